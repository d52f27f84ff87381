// Four steps on the first visit, and never again: where to begin, how it works, how to correct, where more is.
import { byTouch } from "../shared/device.js";
import { el } from "../shared/dom.js";
import { lasting } from "../shared/storage.js";
import { tr } from "../shared/words.js";

const STEPS = [
  ["#cs-picture .cs-open-row, #cs-examples", tr("Open a photo, or click an example. Every letter of it gets a mask.")],
  [
    "#cs-right .cs-tabs",
    tr("Each tab shows a stage: words, heat, boxes, the fonts' votes, the masks, and why one failed."),
  ],
  [
    "#cs-picture .cv-bar",
    byTouch()
      ? tr("Is something wrong? Tap a letter and correct it. Every edit is saved, and can be taken back.")
      : tr("Is something wrong? Click a letter and correct it. Every edit is saved, Ctrl+Z takes it back."),
  ],
  [
    "#cs-account",
    byTouch()
      ? tr("Many photos? The queue holds projects: review, accept, export.")
      : tr("Many photos? The queue holds projects: review, accept, export. Press ? for all keys."),
  ],
];

export function tour() {
  if (lasting.read("toured", false)) return;
  let at = 0,
    spoken = null;
  const follow = new ResizeObserver(() => spoken && place(spoken));
  const said = el("p", { "aria-live": "polite" });
  const count = el("small", {});
  const on = el("button", { type: "button", class: "cs-tool cs-open", onclick: () => go(1) }, tr("Next"));
  const off = el("button", { type: "button", class: "cs-tool", onclick: end }, tr("Skip"));
  const box = el(
    "div",
    { class: "cs-tour", role: "dialog", "aria-label": tr("Tour") },
    said,
    el("div", {}, count, off, on),
  );

  function go(by) {
    at += by;
    if (at >= STEPS.length) return end();
    return show();
  }

  function show() {
    const [where, text] = STEPS[at];
    const node = [...document.querySelectorAll(where)].find((one) => one.offsetParent);
    for (const one of document.querySelectorAll(".cs-toured")) one.classList.remove("cs-toured");
    if (!node) return go(1);
    node.classList.add("cs-toured");
    said.textContent = text;
    count.textContent = `${at + 1} / ${STEPS.length}`;
    off.hidden = at === STEPS.length - 1;
    on.textContent = at === STEPS.length - 1 ? tr("Done") : tr("Next");
    follow.disconnect();
    for (const moved of [node, document.body]) follow.observe(moved);
    spoken = node;
    place(node);
    return undefined;
  }

  /** Below what it speaks of, or above where there is no room. */
  function place(node) {
    const { left, top, bottom } = node.getBoundingClientRect(),
      { offsetWidth: width, offsetHeight: height } = box;
    const below = bottom + height + 20 < window.innerHeight;
    box.style.left = `${Math.max(8, Math.min(window.innerWidth - width - 8, left))}px`;
    box.style.top = `${Math.max(8, below ? bottom + 10 : top - height - 10)}px`;
  }

  function end() {
    lasting.write("toured", true);
    follow.disconnect();
    for (const one of document.querySelectorAll(".cs-toured")) one.classList.remove("cs-toured");
    box.remove();
    document.removeEventListener("keydown", key, true);
  }

  function key(event) {
    if (event.key === "Escape") end();
  }

  document.addEventListener("keydown", key, true);
  document.querySelector(".cs-app").append(box);
  show();
}
