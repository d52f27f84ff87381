// The small text field that opens at a word or a character, on the picture itself.
import { el } from "../shared/dom.js";

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

  /** at: image point; value: the text to begin with; letters: taken as soon as so many are typed. */
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
      el("button", { type: "submit", class: "cv-button", "aria-label": "Take it (Enter)" }, "✓"),
      el(
        "button",
        { type: "button", class: "cv-button", "aria-label": "Leave it (Escape)", onclick: () => close() },
        "✕",
      ),
    );
    input.value = value;
    open = { node, input, at, done, dropped };
    node.addEventListener("submit", (event) => {
      event.preventDefault();
      take();
    });
    node.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") close();
    });
    const typed = (event) => {
      if (letters && !event.isComposing && graphemes(input.value.trim()).length === letters) take();
    };
    input.addEventListener("input", typed);
    input.addEventListener("compositionend", typed);
    canvas.stage.append(node);
    place();
    input.focus({ preventScroll: true });
    input.select();
  }

  function take() {
    const { done, input } = open,
      text = input.value.normalize("NFC").trim();
    end();
    done(text);
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
    take: () => open && take(),
    get isOpen() {
      return Boolean(open);
    },
  };
}
