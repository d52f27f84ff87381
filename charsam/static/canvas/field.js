// The small text field that opens at a word or a character, on the picture itself.
import { el } from "../shared/dom.js";
import { tr } from "../shared/words.js";

export function canvasField(canvas) {
  let open = null;

  const graphemes = (text) =>
    window.Intl?.Segmenter ? [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment) : [...text];

  function place() {
    if (!open) return;
    const [x, y] = canvas.view.toScreen(open.at),
      width = open.node.offsetWidth,
      height = open.node.offsetHeight;
    open.node.style.left = `${Math.round(Math.max(4, Math.min(canvas.view.w - width - 4, x)))}px`;
    open.node.style.top = `${Math.round(Math.max(4, Math.min(canvas.view.h - height - 4, y - height - 8)))}px`;
  }

  /** at: image point; value: the text to begin with; letters: how many the text may have; 0: any. */
  function show({ at, label, value = "", hint = "", letters = 0, done, dropped = () => {} }) {
    close();
    const input = el("input", {
      type: "text",
      class: letters ? "cv-input cv-short" : "cv-input",
      "aria-label": label,
      maxlength: 200,
      placeholder: hint,
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
    });
    const node = el(
      "form",
      { class: "cv-field" },
      input,
      el("button", { type: "submit", class: "cv-button", "aria-label": tr("Take it (Enter)") }, "✓"),
      el(
        "button",
        { type: "button", class: "cv-button", "aria-label": tr("Cancel (Escape)"), onclick: () => close() },
        "✕",
      ),
    );
    input.value = value;
    open = { node, input, at, done, dropped, letters };
    node.addEventListener("submit", (event) => {
      event.preventDefault();
      take();
    });
    node.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") close();
    });
    input.addEventListener("input", () => refuse(""));
    canvas.stage.append(node);
    place();
    input.focus({ preventScroll: true });
    input.select();
  }

  /** Say in the field itself why its text is not taken; "": nothing is wrong any more. */
  function refuse(sentence) {
    open.input.setCustomValidity(sentence);
    open.input.setAttribute("aria-invalid", String(Boolean(sentence)));
    if (sentence) canvas.say(sentence);
  }

  function take() {
    const { done, input, letters } = open,
      text = input.value.normalize("NFC").trim();
    if (letters && text && graphemes(text).length !== letters)
      return refuse(
        letters === 1
          ? tr("One letter, then Enter; Escape leaves it as it was.")
          : tr("{0} letters, then Enter; Escape leaves it as it was.", letters),
      );
    end();
    done(text);
  }

  /** What was typed is not lost by going on elsewhere; what could not be taken is dropped. */
  function leave() {
    const mine = open;
    if (!mine) return;
    take();
    if (open === mine) close();
  }

  /** Close without taking the text. */
  function close() {
    if (!open) return;
    const { dropped } = open;
    end();
    dropped();
  }

  function end() {
    const { node } = open;
    open = null;
    node.remove();
    canvas.stage.focus({ preventScroll: true });
  }

  return {
    open: show,
    graphemes,
    close,
    place,
    take: leave,
    get isOpen() {
      return Boolean(open);
    },
  };
}
