// What is done to many pictures at once: those that are chosen in the list, or all that a filter shows.
import { label } from "../shared/api.js";
import { ask, button, confirm, form } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { counted, tr } from "../shared/words.js";
import { assign } from "./team.js";

/** project: () -> its id. chosen: () -> {state, search}. picked: the ids chosen in the list. done: after something was. */
export function bulk({ project, chosen, counts, picked, done, tell }) {
  const root = el("div", { class: "cs-bulk", role: "toolbar", "aria-label": tr("Chosen images"), hidden: true });

  const decide = (wanted) => label.post(`projects/${encodeURIComponent(project())}/decide`, wanted);

  async function settle(wanted) {
    try {
      const { images, state } = await decide(wanted);
      await done();
      const said = { accepted: tr("accepted"), rejected: tr("rejected") }[state] || tr("opened again");
      const back = [tr("Take back"), () => settle({ state: "corrected", images })];
      tell(
        tr("{0} {1}.", counted(images.length, "image"), said),
        false,
        images.length && state !== "corrected" ? back : null,
      );
    } catch (error) {
      tell(error.message, true);
    }
  }

  async function give() {
    try {
      if (await assign({ id: project() }, picked.all(), tell)) await done();
    } catch (error) {
      tell(error.message, true);
    }
  }

  async function remove() {
    const images = picked.all();
    const kept = label.mode === "demo" ? tr("This can't be undone.") : tr("They go into the project's trash.");
    if (!(await confirm(tr("Delete {0}?", counted(images.length, "image")), kept, tr("Delete")))) return;
    try {
      for (const id of images) await label.documents.delete(id);
      picked.clear();
      await done();
      tell(tr("{0} deleted.", counted(images.length, "image")));
    } catch (error) {
      tell(error.message, true);
    }
  }

  /** Accept all that the list shows, or only what has nothing to check. */
  async function acceptShown() {
    const { state, search } = chosen(),
      states = state ? [state] : ["annotated", "corrected"],
      most = states.reduce((sum, one) => sum + (counts()[one] || 0), 0);
    const clean = el("input", { type: "checkbox", checked: true });
    const nodes = [
      el(
        "p",
        {},
        search
          ? tr("This accepts what the list shows, images with “{0}”.", search)
          : tr("This accepts what the list shows, at most {0}.", counted(most, "image")),
      ),
      el("p", {}, tr("Images without a mask, and those that are rejected, stay as they are.")),
      el("label", { class: "cs-option" }, clean, el("span", {}, tr("Only images with nothing to check"))),
    ];
    const wanted = await ask({
      title: tr("Accept images"),
      answer: (said) => said === "ok",
      fill: (close) => [form(tr("Accept images"), tr("Accept"), close, nodes, { kind: "cs-main-way" })],
    });
    if (!wanted) return;
    await settle({
      state: "accepted",
      states,
      search,
      checked: clean.checked,
    });
  }

  function draw() {
    const images = picked.all();
    root.hidden = images.length < 2;
    const one = (text, act, more) => button(text, act, { class: "cs-tool cs-open", ...more });
    root.replaceChildren(
      el("b", {}, tr("{0} chosen", images.length)),
      one(tr("✓ Accept"), () => settle({ state: "accepted", images })),
      one(tr("✕ Reject"), () => settle({ state: "rejected", images })),
      one(tr("Reopen"), () => settle({ state: "corrected", images })),
      ...(label.mode === "login" ? [one(tr("Assign…"), give)] : []),
      one(tr("Delete…"), remove, { class: "cs-tool cs-open cs-danger" }),
      button("✕", picked.clear, { "aria-label": tr("Choose one alone"), title: tr("Choose one alone (Escape)") }),
    );
  }

  return { root, draw, acceptShown };
}

/** Which rows are chosen beside the open one: Ctrl and a click add or take away, Shift and a click take all between. */
export function picking({ ids, changed }) {
  const chosen = new Set();
  let anchor = null;
  const all = () => ids().filter((id) => chosen.has(id));

  function clear() {
    chosen.clear();
    changed();
  }

  return {
    all,
    clear,
    has: (id) => chosen.has(id),
    /** All rows from one to another, and no others: what a drag over the list takes. */
    between(from, to) {
      const [a, b] = [ids().indexOf(from), ids().indexOf(to)].sort((x, y) => x - y);
      chosen.clear();
      for (const one of a < 0 ? [] : ids().slice(a, b + 1)) chosen.add(one);
      anchor = from;
      changed();
    },
    /** A click on a row; whether it only chose, and opened nothing. */
    click(id, event, open) {
      const many = event.ctrlKey || event.metaKey;
      if (!many && !event.shiftKey) {
        anchor = id;
        if (chosen.size) clear();
        return false;
      }
      const from = anchor ?? open;
      if (event.shiftKey && ids().includes(from)) {
        const [a, b] = [ids().indexOf(from), ids().indexOf(id)].sort((x, y) => x - y);
        for (const one of ids().slice(a, b + 1)) chosen.add(one);
      } else {
        if (!chosen.size && open && ids().includes(open) && open !== id) chosen.add(open);
        if (chosen.has(id)) chosen.delete(id);
        else chosen.add(id);
        anchor = id;
      }
      changed();
      return true;
    },
  };
}
