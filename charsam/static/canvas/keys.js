// Every key of the canvas in one table: what is pressed, what it says in the sheet, what it does. The toolbar's tooltips
// and the `?` sheet are made from it.
import { byTouch } from "../shared/device.js";
import { el } from "../shared/dom.js";
import { tr } from "../shared/words.js";

export function canvasKeys(canvas) {
  const TOOLS = {
    v: "select",
    q: "quad",
    w: "polygon",
    c: "character",
    s: "split",
    p: "point",
    b: "brush",
    e: "eraser",
  };
  const LAYERS = { 1: "heat", 2: "words", 3: "boxes", 4: "points", 5: "masks", 6: "labels", 7: "details" };
  const run = (name) => () => canvas.run(name);

  const GROUPS = [
    [
      tr("Choose"),
      [
        ["J", tr("next character"), run("next")],
        ["K", tr("previous character"), run("previous")],
        ["Shift+J", tr("next word"), run("next_word")],
        ["Shift+K", tr("previous word"), run("previous_word")],
        ["N", tr("next character to check, shown large"), run("next_suspicious")],
        ["Shift+N", tr("previous character to check"), run("previous_suspicious")],
        [",", tr("previous corner of the word"), run("previous_vertex")],
        [".", tr("next corner of the word"), run("next_vertex")],
        ["Ctrl+A", tr("every character"), run("choose_all")],
        ["Shift+click", tr("take one more, or out again; so does Ctrl"), null],
        ["Shift+drag", tr("a lasso around several"), null],
        ["Ctrl+drag", tr("a rectangle around several"), null],
        ["Escape", tr("leave the tool, then the selection"), run("escape")],
      ],
    ],
    [
      tr("Decide"),
      [
        ["A", tr("accept the character, or all of the word"), run("accept")],
        ["X", tr("reject it"), run("reject")],
        ["U", tr("neither"), run("undecide")],
        ["Shift+A", tr("accept every character"), run("accept_all")],
        ["Ctrl+Enter", tr("accept the image, open the next undecided one"), run("accept_picture")],
        ["Ctrl+Backspace", tr("reject the image, open the next undecided one"), run("reject_picture")],
        ["D", tr("next undecided image"), run("next_undecided")],
        ["PageDown", tr("next image"), run("next_picture")],
        ["PageUp", tr("previous image"), run("previous_picture")],
      ],
    ],
    [
      tr("Tools"),
      [
        ["V", tr("select and change"), run("select")],
        ["Q", tr("word: drag a box or click four corners"), run("quad")],
        ["W", tr("word: click points, Enter closes"), run("polygon")],
        ["C", tr("character: drag a box"), run("character")],
        ["S", tr("split a character at a line"), run("split")],
        ["P", tr("points: click +, right or Alt-click −"), run("point")],
        ["Shift+P", tr("points: a click sets − instead of +, and back"), run("negative")],
        ["B", "brush", run("brush")],
        ["E", "eraser", run("eraser")],
        ["[", tr("smaller brush"), run("smaller")],
        ["]", tr("larger brush"), run("larger")],
      ],
    ],
    [
      tr("Change"),
      [
        ["Enter", tr("type the letter of the character, the text of the word"), run("type")],
        ["T", tr("type the text of the word"), run("type_word")],
        ["L", tr("take the text that is read in the word"), run("take_reading")],
        ["Arrows", tr("move the box, the corner, the word by a pixel (held: faster)"), null],
        ["Shift+Arrows", tr("move the right or lower edge"), null],
        ["Ctrl+Arrows", tr("move the left or upper edge"), null],
        ["R", tr("turn the word clockwise"), run("turn")],
        ["Shift+R", tr("turn it back"), run("turn_back")],
        ["M", tr("merge with the next character"), run("merge")],
        ["Shift+M", tr("merge with the one before"), run("merge_before")],
        ["Insert", tr("a new corner after the chosen one"), run("insert")],
        ["Delete", tr("delete what is chosen"), run("delete")],
        ["Backspace", tr("take back what the tool has just made; without a tool, delete"), run("back")],
        ["I", tr("ignore the word, or not"), run("ignore")],
        ["Y", tr("forget the brush: the machine's mask again"), run("repaint")],
        ["Ctrl+C", tr("copy the chosen words, or all"), null],
        ["Ctrl+V", tr("paste them, on this image or another"), null],
        ["F", tr("the words of the image before, here too"), run("repeat")],
        ["G", tr("find and mask all words; corrections stay"), run("annotate")],
        ["Ctrl+Z", tr("undo"), run("undo")],
        ["Ctrl+Shift+Z", tr("redo"), run("redo")],
        ["Ctrl+Y", tr("redo"), run("redo")],
      ],
    ],
    [
      tr("Draw without a mouse (in any tool but select)"),
      [
        ["Arrows", tr("move the crosshair (held: faster)"), null],
        ["Shift+Arrows", tr("ten times as far"), null],
        ["Space", tr("press here: a point, a corner, the begin or end of a box, line or stroke"), null],
        ["Shift+Space", tr("a negative point here"), null],
        ["Enter", tr("finish the shape or the stroke"), null],
        ["Delete", tr("take the point here away"), null],
      ],
    ],
    [
      tr("See"),
      [
        ["+", tr("zoom in"), run("zoom_in")],
        ["-", tr("zoom out"), run("zoom_out")],
        ["0", tr("fit the image"), run("fit")],
        ["Z", tr("zoom to what is chosen"), run("zoom_selection")],
        ["Alt+Arrows", tr("move the image (arrows alone do where nothing is chosen)"), null],
        ["Space+drag", tr("move the image; so does the middle button, or two fingers"), null],
        ["1", "heat", run("heat")],
        ["2", "words", run("words")],
        ["3", "boxes", run("boxes")],
        ["4", "points", run("points")],
        ["5", "masks", run("masks")],
        ["6", "labels", run("labels")],
        ["7", tr("every word in detail, or only the chosen one"), run("details")],
        ["O", tr("outlines only"), run("outline")],
        ["Shift+O", tr("another mask opacity"), run("opacity")],
        ["H", tr("brighten the photo, step by step and back"), run("brighter")],
        ["Shift+H", tr("invert the photo, and back"), run("invert")],
        ["?", tr("this sheet"), run("help")],
      ],
    ],
  ];

  /** What fingers do, where there are neither mouse nor keys. */
  const GESTURES = [
    [
      tr("Fingers"),
      [
        [tr("Tap"), tr("choose a letter or a word; the buttons below the image then are for it")],
        [tr("Double tap"), tr("type the letter, or the text of the word")],
        [tr("Drag"), tr("scroll the page, or move what is chosen and its handles")],
        [tr("Two fingers"), tr("move and zoom the image")],
        ["%", tr("fit the image, or show it at full size")],
      ],
    ],
    [
      tr("With a tool"),
      [
        [tr("Drag"), tr("a box around a word or a letter, a line to split, a stroke of brush or eraser")],
        [tr("Tap"), tr("a corner of a word, a point on a letter; a tap on a point removes it")],
        [tr("Negative"), tr("taps then mark what is not the letter")],
      ],
    ],
  ];

  const acts = new Map(
    GROUPS.flatMap(([, rows]) => rows.filter(([, , act]) => act).map(([keys, , act]) => [keys, act])),
  );
  acts.set("=", acts.get("+"));

  /** The name of a key press as the table writes it. */
  function nameOf(event) {
    const held = [],
      third = event.getModifierState?.("AltGraph"); // how some keyboards type [ and ]
    if (!third && (event.ctrlKey || event.metaKey)) held.push("Ctrl");
    if (!third && event.altKey) held.push("Alt");
    const key = /^[a-z]$/i.test(event.key) ? event.key.toUpperCase() : event.key;
    if (event.shiftKey && /^([A-Z]|.{2,})$/.test(key)) held.push("Shift");
    return [...held, key].join("+");
  }

  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  let repeats = 0;

  /** A key beside an open field: Escape shuts the field, a key of the canvas takes what was typed and goes on. */
  function leaves(event) {
    if (event.key === "Escape") canvas.field.close();
    else if (acts.has(nameOf(event))) {
      canvas.field.take();
      acts.get(nameOf(event))();
    } else return false;
    return true;
  }

  function press(event) {
    if (event.isComposing) return false;
    if (canvas.field.isOpen) return leaves(event);
    const step = STEPS[event.key];
    repeats = event.repeat ? repeats + 1 : 0;
    if (step) return canvas.arrow(step, event, Math.min(10, 1 + Math.floor(repeats / 6)));
    if (event.key === " " && !event.ctrlKey && !event.altKey) return canvas.space(event);
    if (event.key === "Enter" && !event.ctrlKey && canvas.finish()) return true;
    const act = acts.get(nameOf(event));
    if (!act) return false;
    act();
    return true;
  }

  const sheet = el("dialog", { class: "cv-sheet", "aria-label": tr("Keys of the canvas") });

  const keysOf = (keys) =>
    keys.split(/(?<=.)\+(?=.)/).flatMap((key, index) => [index ? "+" : null, el("kbd", {}, tr(key))]);

  function help() {
    const touch = byTouch(),
      closes = touch ? tr("Close") : tr("Close (Escape)");
    sheet.classList.toggle("cv-gestures", touch);
    sheet.replaceChildren(
      el(
        "div",
        { class: "cv-sheet-head" },
        el("h2", {}, touch ? tr("Gestures") : tr("Keys")),
        el("button", { type: "button", class: "cv-button", onclick: () => sheet.close() }, closes),
      ),
      el(
        "div",
        { class: "cv-groups" },
        ...(touch ? GESTURES : GROUPS).map(([title, rows]) =>
          el(
            "section",
            {},
            el("h3", {}, title),
            el(
              "dl",
              {},
              ...rows.flatMap(([keys, words]) => [
                el("dt", {}, ...(touch ? [keys] : keysOf(keys))),
                el("dd", {}, words),
              ]),
            ),
          ),
        ),
      ),
    );
    if (!sheet.isConnected) canvas.root.append(sheet);
    sheet.showModal();
  }

  sheet.addEventListener("close", () => canvas.stage.focus({ preventScroll: true }));
  sheet.addEventListener("click", (event) => {
    if (event.target === sheet) sheet.close();
  });

  return {
    press,
    help,
    TOOLS,
    LAYERS,
    keyOf: (name, table) =>
      Object.keys(table)
        .find((key) => table[key] === name)
        ?.toUpperCase(),
  };
}
