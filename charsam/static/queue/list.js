// The list of the queue: a row for each image, the open one marked.
import { button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { STATES } from "../shared/sources.js";
import { tr } from "../shared/words.js";
import { lazyImage, when } from "./rows.js";

const SMALL = 8; // screen pixels: less is a click

/** A drag with the mouse over the rows chooses those that it passes, as a rectangle would. */
function dragging(list, picked) {
  let from = null; // {id, x, y, on}: where the drag began
  const idAt = (event) => {
    const box = list.getBoundingClientRect();
    const y = Math.min(box.bottom - 2, Math.max(box.top + 2, event.clientY));
    return document.elementFromPoint(box.left + 20, y)?.closest("[data-id]")?.dataset.id;
  };
  list.addEventListener("dragstart", (event) => event.preventDefault()); // of a thumbnail
  list.addEventListener("pointerdown", (event) => {
    const plain = event.pointerType === "mouse" && !event.button && !event.shiftKey && !event.ctrlKey && !event.metaKey;
    const id = plain && idAt(event);
    from = id && event.offsetX < list.clientWidth ? { id, x: event.clientX, y: event.clientY, on: false } : null;
  });
  list.addEventListener("pointermove", (event) => {
    if (!from) return;
    if (!from.on && Math.hypot(event.clientX - from.x, event.clientY - from.y) < SMALL) return;
    if (!from.on) list.setPointerCapture(event.pointerId); // also beyond the list's edge
    from.on = true;
    const edge = list.getBoundingClientRect();
    if (event.clientY > edge.bottom) list.scrollTop += 20;
    if (event.clientY < edge.top) list.scrollTop -= 20;
    const to = idAt(event);
    if (to) picked.between(from.id, to);
  });
  const over = () => {
    const dragged = from?.on;
    from = null;
    if (dragged) list.addEventListener("click", (event) => event.stopPropagation(), { capture: true, once: true });
    if (dragged) setTimeout(() => list.dispatchEvent(new Event("click"))); // where no click came to take it away
  };
  list.addEventListener("pointerup", over);
  list.addEventListener("pointercancel", over);
}

const NOTHING = tr(
  "Drop images, a folder or a zip here, or use Add images below. Words that you have already (words.json and the formats of the known datasets) can come along.",
);

/** pages: see `imagePages`. picked: see `picking`. current: () -> the open image. show: opens an image. again, all: what the ways out do. */
export function imageList({ pages, picked, current, show, again, all, ...listeners }) {
  const list = el("div", {
    class: "cs-queue-list",
    role: "listbox",
    "aria-multiselectable": "true",
    "aria-label": tr("Images"),
    tabindex: 0,
    ...listeners,
  });

  dragging(list, picked);

  const nodeOf = (id) => (id ? list.querySelector(`[data-id="${CSS.escape(id)}"]`) : null);

  function row(thumb, name, facts, attributes) {
    const text = el("span", { class: "cs-queue-text" }, el("b", {}, name), facts);
    return el("div", attributes, el("span", { class: "cs-thumb" }, thumb), text);
  }

  function line(image) {
    const { id, name, state, words, to_check, note, by, at, thumbnail } = image;
    const { mark, name: stateName } = STATES[state] || STATES.new,
      chosen = id === current()?.id;
    const facts = [`${mark} ${stateName}`];
    if (!words && state === "annotated") facts.push(tr("no words found"));
    if (to_check) facts.push(tr("{0} to check", to_check));
    if (image.assigned_to) facts.push(`→ ${image.assigned_to}`);
    if (image.here?.length) facts.push(tr("● {0} here", image.here.join(", ")));
    const noted = note ? el("span", { class: "cs-has-note", title: note }, " ✉ note") : null;
    return row(
      lazyImage(thumbnail),
      name,
      el("span", { class: `cs-state cs-state-${state}` }, facts.join(" · "), noted),
      {
        class: `cs-queue-row${chosen ? " cs-chosen" : ""}${picked.has(id) ? " cs-picked" : ""}`,
        role: "option",
        id: `cs-q-${id}`,
        "data-id": id,
        "aria-selected": String(chosen),
        title: `${name}\n${by}, ${when(at)}${note ? `\n${tr("Note: {0}", note)}` : ""}`,
        onclick: (event) => {
          if (!picked.click(id, event, current()?.id)) show(id);
        },
      },
    );
  }

  const ghost = () =>
    row(null, "\u00a0", el("span", {}, "\u00a0"), { class: "cs-queue-row cs-ghost", "aria-hidden": "true" });
  const way = (text, act) => button(text, act, { class: "cs-tool cs-open" });

  function nothing() {
    const { filter, search } = pages.chosen;
    if (!Object.values(pages.counts).some(Boolean)) return [el("p", {}, tr("No images yet.")), el("p", {}, NOTHING)];
    const said = search
      ? tr("No image fits “{0}”.", search)
      : tr("No image is {0}.", STATES[filter]?.name || tr("here"));
    return [el("p", {}, said), way(tr("Show all images"), all)];
  }

  function nodes() {
    const { rows, next, problem, loading } = pages;
    const blank = (...said) => [el("div", { class: "cs-queue-blank" }, ...said)];
    if (problem) return blank(el("p", { role: "alert", class: "cs-alert" }, problem), way(tr("Try again"), again));
    if (rows.length)
      return [...rows.map(line), ...(next ? [el("p", { class: "cs-queue-more" }, tr("more below…"))] : [])];
    return loading ? Array.from({ length: 5 }, ghost) : blank(...nothing());
  }

  function mark() {
    const id = current()?.id;
    for (const node of list.children) {
      const chosen = Boolean(node.dataset.id) && node.dataset.id === id;
      node.classList.toggle("cs-chosen", chosen);
      node.classList.toggle("cs-picked", picked.has(node.dataset.id));
      if (node.dataset.id) node.setAttribute("aria-selected", String(chosen || picked.has(node.dataset.id)));
    }
    if (nodeOf(id)) list.setAttribute("aria-activedescendant", `cs-q-${id}`);
    else list.removeAttribute("aria-activedescendant");
  }

  return {
    list,
    mark,
    draw() {
      const top = list.scrollTop;
      list.replaceChildren(...nodes());
      list.scrollTop = top;
      mark();
    },
    /** A row as it is now, in its old place: the list never jumps under the labeler's hands. */
    put: (image) => nodeOf(image.id)?.replaceWith(line(image)),
    reveal: (id) => nodeOf(id)?.scrollIntoView({ block: "nearest" }),
    /** Whether the next images should be fetched. */
    get atEnd() {
      return list.scrollTop + list.clientHeight > list.scrollHeight - 300;
    },
  };
}
