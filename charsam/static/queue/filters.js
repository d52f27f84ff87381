// Which images of a project the queue shows, and in which order: by state, by what is searched for, by whose they are.
import { label } from "../shared/api.js";
import { button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { STATES } from "../shared/sources.js";
import { tr } from "../shared/words.js";

const ORDERS = {
  added: tr("as added"),
  name: tr("by name"),
  to_check: tr("most to check"),
  changed: tr("last changed"),
};
const WHOSE = { "": tr("everybody's"), mine: tr("mine"), nobody: tr("nobody's") };
const SOON = 200; // milliseconds after the last letter

/** pick: shows other images. search: shows those that fit what is searched for. acceptShown: accepts those that are shown. */
export function queueFinding({ pages, pick, search, acceptShown }) {
  const { chosen } = pages;
  let timer = 0;
  const chips = el("div", { class: "cs-chips", role: "group", "aria-label": tr("Show images in state") });
  const find = el("input", {
    type: "search",
    placeholder: tr("Search names, texts, notes"),
    "aria-label": tr("Search images"),
    maxlength: 100,
    oninput: () => {
      chosen.search = find.value;
      clearTimeout(timer);
      timer = setTimeout(search, SOON);
    },
  });
  const options = (all) => Object.entries(all).map(([value, name]) => el("option", { value }, name));
  const sorting = el(
    "select",
    { "aria-label": tr("Order of images"), onchange: () => pick({ order: sorting.value }) },
    ...options(ORDERS),
  );
  const whose = el(
    "select",
    { "aria-label": tr("Whose images"), hidden: label.mode !== "login", onchange: () => pick({ whose: whose.value }) },
    ...options(WHOSE),
  );
  const title = tr("Accept all that the list shows, or what has nothing to check");
  const accept = button(tr("Accept shown…"), acceptShown, { title });
  const root = el("div", { class: "cs-queue-find" }, find, whose, sorting, accept);

  function chip(filter, text, count) {
    const onclick = () => pick({ filter: chosen.filter === filter ? "" : filter });
    const about = { type: "button", class: "cs-chip", "aria-pressed": String(chosen.filter === filter), onclick };
    return el("button", about, el("span", {}, text), " ", el("b", {}, String(count)));
  }

  return {
    chips,
    root,
    /** The fields as what is chosen says. */
    show() {
      find.value = chosen.search;
      sorting.value = chosen.order;
      whose.value = chosen.whose ?? "";
    },
    drawChips() {
      const { counts } = pages,
        all = Object.values(counts).reduce((sum, count) => sum + count, 0);
      const states = Object.entries(STATES).map(([state, { mark, name }]) =>
        chip(state, `${mark} ${name}`, counts[state] || 0),
      );
      chips.replaceChildren(chip("", tr("all"), all), ...states);
    },
  };
}
