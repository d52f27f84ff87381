// How the photo is looked at: brighter, with more contrast, inverted. It changes nothing but the view, and is kept.
import { el } from "../shared/dom.js";
import { kept } from "../shared/storage.js";
import { tr } from "../shared/words.js";

const PLAIN = { brightness: 1, contrast: 1, invert: false };
const BRIGHTER = [1, 1.6, 2.4, 4];

/** surface: the HTML canvas with the photo. changed: told after every change, with what it is now in words. */
export function canvasLook(surface, changed) {
  let now = { ...PLAIN, ...kept.read("look", {}) };

  function apply(what) {
    now = { ...now, ...what };
    kept.write("look", now);
    show();
    changed(
      tr(
        "Brightness {0}, contrast {1}{2}",
        percent("brightness"),
        percent("contrast"),
        now.invert ? tr(", inverted") : "",
      ),
    );
  }

  function show() {
    const { brightness, contrast, invert } = now;
    const plain = brightness === 1 && contrast === 1 && !invert;
    surface.style.filter = plain ? "" : `brightness(${brightness}) contrast(${contrast}) invert(${Number(invert)})`;
  }

  const percent = (name) => `${Math.round(now[name] * 100)} %`;

  function slider(name, title, most) {
    const about = { type: "range", min: 50, max: most, step: 10, value: now[name] * 100, "aria-label": title };
    return el(
      "div",
      { class: "cv-row" },
      el("label", {}, title),
      el("input", { ...about, "data-look": name, oninput: ({ target }) => apply({ [name]: target.value / 100 }) }),
    );
  }

  function rows() {
    const invert = el("input", {
      type: "checkbox",
      checked: now.invert,
      onchange: () => apply({ invert: invert.checked }),
    });
    return [
      slider("brightness", tr("Brightness"), 500),
      slider("contrast", tr("Contrast"), 300),
      el(
        "div",
        { class: "cv-row" },
        el("label", {}, invert, tr("Invert")),
        el("button", { type: "button", class: "cv-button", onclick: () => apply(PLAIN) }, tr("As it is")),
      ),
    ];
  }

  show();
  return {
    rows,
    /** The next brightness, for photos in the dark. */
    brighter: () => apply({ brightness: BRIGHTER.find((value) => value > now.brightness + 0.01) ?? 1 }),
    invert: () => apply({ invert: !now.invert }),
    get now() {
      return now;
    },
  };
}
