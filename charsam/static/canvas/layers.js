// The sheet behind the layers button: each overlay on or off, the opacity of heat and masks, and what the signs mean.
import { el, svg } from "../shared/dom.js";
import { SOURCES } from "../shared/sources.js";
import { tr } from "../shared/words.js";

export function canvasLayers(canvas, bar, opener) {
  const LAYERS = [
    ["heat", tr("Heat"), "1"],
    ["words", tr("Words"), "2"],
    ["boxes", tr("Character boxes"), "3"],
    ["points", tr("Points"), "4"],
    ["masks", tr("Masks"), "5"],
    ["labels", tr("Labels"), "6"],
    ["outline", tr("Outlines only"), "O"],
    ["details", tr("Every word in detail"), "7"],
  ];
  let popover = null;

  function row([name, title, key]) {
    const { on, opacity } = canvas.layers[name];
    const box = el("input", { type: "checkbox", checked: on, "data-layer": name, onchange: () => canvas.run(name) });
    const slide =
      opacity === undefined
        ? null
        : el("input", {
            type: "range",
            min: 5,
            max: 100,
            value: Math.round(opacity * 100),
            "aria-label": tr("Opacity: {0}", title),
            oninput: (event) => canvas.setOpacity(name, event.target.value / 100),
          });
    return el("div", { class: "cv-row" }, el("label", {}, box, title, el("kbd", {}, key)), slide);
  }

  function sample(name) {
    const { colour, dash, mark, name: title } = SOURCES[name];
    const stroke = svg("path", { d: "M0 4H26", stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash || null });
    return el("span", {}, svg("svg", { width: 26, height: 8, "aria-hidden": "true" }, stroke), ` ${mark} ${title}`);
  }

  function legend() {
    const signs = [tr("△ to check"), tr("✓ accepted"), tr("✕ rejected")].map((text) => el("span", {}, text));
    return el(
      "div",
      { class: "cv-legend" },
      ...["craft", "watershed", "aligned", "even", "given"].map(sample),
      ...signs,
    );
  }

  function toggle() {
    if (popover) return close(true);
    const keydown = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close(true);
    };
    popover = el(
      "div",
      { class: "cv-popover", role: "dialog", "aria-label": tr("Layers"), onkeydown: keydown },
      ...LAYERS.map(row),
      el("div", { class: "cv-look", role: "group", "aria-label": tr("The photo") }, ...canvas.look.rows()),
      legend(),
    );
    opener.setAttribute("aria-expanded", "true");
    bar.append(popover);
    const left = Math.min(bar.clientWidth - popover.offsetWidth - 6, opener.offsetLeft - 40);
    popover.style.left = `${Math.max(6, left)}px`;
    popover.querySelector("input").focus();
  }

  function close(back) {
    popover?.remove();
    popover = null;
    opener.setAttribute("aria-expanded", "false");
    if (back) opener.focus();
  }

  document.addEventListener("pointerdown", ({ target }) => {
    if (popover && !popover.contains(target) && !opener.contains(target)) close(false);
  });

  /** The boxes as the layers are now, however they came to be so. */
  function changed() {
    for (const box of popover?.querySelectorAll("[data-layer]") || [])
      box.checked = canvas.layers[box.dataset.layer].on;
    for (const slide of popover?.querySelectorAll("[data-look]") || [])
      slide.value = canvas.look.now[slide.dataset.look] * 100;
  }

  return { toggle, changed };
}
