// The line under the tools: what is chosen, in words, with what can be done to it; and the messages on the picture.

import { byTouch } from "../shared/device.js";
import { el } from "../shared/dom.js";
import { sourceName } from "../shared/sources.js";
import { counted, tr } from "../shared/words.js";
import { character as findCharacter, word as findWord, inWords, order, toCheck } from "./document.js";

export function canvasStatus(canvas, { button }) {
  const line = el("span", { class: "cv-line", role: "status", "aria-live": "polite" });
  const saving = el("span", { class: "cv-saving" });
  const actions = el("div", { class: "cv-actions" });
  const status = el("div", { class: "cv-status" }, line, saving, actions);
  const note = el("div", { class: "cv-note", role: "alert", hidden: true });
  let drawn = "";

  /** What the tool at hand waits for. */
  const WAITS = {
    quad: tr("New word: drag a box over it, or click its four corners."),
    polygon: byTouch()
      ? tr("New word: tap points along it, all the way round; then close the shape.")
      : tr("New word: click points along it, all the way round; Enter closes it."),
    character: tr("New character: drag a box around it; then type its letter."),
    split: tr("Split: draw a line between two letters, or click where they meet."),
    point: byTouch()
      ? tr("Points: tap the letter; where it is not, press Negative first. A tap on a point removes it.")
      : tr("Points: click on the letter; right-click or Alt+click where it is not. A click on a point removes it."),
    brush: byTouch()
      ? tr("Brush: paint what the mask has missed.")
      : tr("Brush: paint what the mask has missed. [ and ] change the size, Alt erases."),
    eraser: byTouch()
      ? tr("Eraser: wipe what is too much.")
      : tr("Eraser: wipe what is too much. [ and ] change the size, Alt paints."),
  };
  const CHOOSES = {
    point: tr("Points: click the character that they are for."),
    brush: tr("Brush: click the character to paint."),
    eraser: tr("Eraser: click the character to wipe."),
  };

  const home = () => canvas.stage.focus({ preventScroll: true });

  function describeCharacter({ character: item, word, index }) {
    const parts = [
      tr("{0}, character {1} of {2} in {3}", item.category, index + 1, word.characters.length, word.text || "?"),
    ];
    parts.push(item.waiting ? tr("being masked…") : tr("suspicion {0}", item.suspicion.toFixed(2)));
    parts.push(item.box_edited ? tr("box given") : tr("box from {0}", sourceName(item.box_source)));
    if (item.painted) parts.push(tr("brushed"));
    if (item.review) parts.push(tr(item.review));
    if (word.reads) parts.push(tr("the word reads {0}", word.reads));
    return parts.join(", ");
  }

  /** A character on the way through all that is to check. */
  function describeDoubt(shown, { character, word }) {
    const left = order(shown).filter((entry) => toCheck(entry.character)).length;
    const all = [character.category, word.text || "?", left];
    return byTouch()
      ? tr("{0} in {1}: {2} to check. Accept or reject it, and the next one comes.", ...all)
      : tr("{0} in {1}: {2} to check. A accepts, X rejects, and the next one comes.", ...all);
  }

  function toolWaits(character) {
    if (CHOOSES[canvas.tool] && !character) return CHOOSES[canvas.tool];
    return (CHOOSES[canvas.tool] ? tr("{0} is chosen. ", character.character.category) : "") + WAITS[canvas.tool];
  }

  function describeWord(word, vertex) {
    const parts = [tr("Word {0}", word.text || tr("without text"))],
      check = word.characters.filter(toCheck).length;
    if (word.ignore) parts.push(tr("ignored"));
    else if (word.waiting) parts.push(tr("being read and masked…"));
    else parts.push(counted(word.characters.length, "character"));
    if (check && !word.ignore) parts.push(tr("{0} to check", check));
    if (word.reads && !word.ignore) parts.push(tr("but it reads {0}", word.reads));
    if (word.crossing) parts.push(tr("its sides cross: taken in order around the word"));
    if (Number.isInteger(vertex)) parts.push(tr("corner {0} of {1}", vertex + 1, word.polygon.length));
    return parts.join(", ") + (word.problem ? `. ${word.problem}` : "");
  }

  /** What is chosen, in words; else what the picture holds. */
  function describe() {
    const { document: shown, selected } = canvas;
    if (!shown) return canvas.message;
    const character = selected?.kind === "character" ? findCharacter(shown, selected.id) : null;
    if (canvas.tool !== "select") return toolWaits(character);
    if (canvas.also.size)
      return tr("{0} chosen. A accepts, X rejects, Delete deletes them.", counted(canvas.also.size + 1, selected.kind));
    if (character) return canvas.before ? describeDoubt(shown, character) : describeCharacter(character);
    const word = selected?.kind === "word" ? findWord(shown, selected.id) : null;
    if (word) return describeWord(word.word, selected.vertex);
    if (!order(shown).length && document.body.hasAttribute("data-cs-busy"))
      return tr("At work: what is found appears on the image.");
    if (!shown.words.length)
      return byTouch()
        ? tr("No words yet: draw one, or let them be found.")
        : tr("No words yet: draw one (Q), or let them be found (G).");
    const left = order(shown).some((entry) => toCheck(entry.character));
    if (canvas.through && !left)
      return byTouch()
        ? tr("Nothing is left to check here: accept the image, and the next one opens.")
        : tr("Nothing is left to check here. Ctrl+Enter accepts the image and opens the next.");
    return inWords(shown);
  }

  function act(text, key, name, more = {}) {
    const go = () => {
      canvas.run(name);
      if (!canvas.field.isOpen) home();
    };
    return el(
      "button",
      { type: "button", class: "cv-button", title: `${text} (${key})`, "data-run": name, onclick: go, ...more },
      text,
    );
  }

  /** A button that is pressed while something is so, and then takes it back. */
  const toggle = (text, key, so, name, back = name) => act(text, key, so ? back : name, { "aria-pressed": String(so) });

  function sizeSlider() {
    const slide = el("input", {
      type: "range",
      min: 1,
      max: 100,
      value: shownSize(),
      "aria-label": tr("Brush size ([ and ])"),
      oninput: (event) => canvas.setRadius(event.target.value / 2),
      onchange: home,
    });
    return el("label", { class: "cv-size" }, sizeText(), slide);
  }

  const sizeText = () => tr("Size {0} px", canvas.radius * 2);
  const shownSize = () => Math.min(100, canvas.radius * 2);

  function steps() {
    const step = (icon, title, key, name) =>
      button(icon, title, key, () => {
        canvas.run(name);
        home();
      });
    return [
      step("before", tr("Character before"), "K", "previous"),
      step("after", tr("Next character"), "J", "next"),
      step("check", tr("Next suspicious character"), "N", "next_suspicious"),
    ];
  }

  const forReading = ({ reads, ignore }) =>
    reads && !ignore ? [act(tr("Use “{0}”", reads), "L", "take_reading")] : [];

  function forCharacter({ character: { review, painted }, word }) {
    return [
      ...(canvas.active.paints ? [] : forReading(word)),
      toggle(tr("Accept"), "A", review === "accepted", "accept", "undecide"),
      toggle(tr("Reject"), "X", review === "rejected", "reject", "undecide"),
      ...(canvas.active.paints ? [] : [act(tr("Letter…"), "Enter", "type"), act(tr("Merge"), "M", "merge")]),
      ...(painted ? [act(tr("Machine mask"), "Y", "repaint")] : []),
      ...(canvas.active.paints ? [] : [act(tr("Delete"), "Delete", "delete")]),
    ];
  }

  const forSeveral = () => [
    act(tr("Accept"), "A", "accept"),
    act(tr("Reject"), "X", "reject"),
    act(tr("Delete"), "Delete", "delete"),
  ];

  function forWord(word) {
    const { ignore } = word;
    return [
      ...forReading(word),
      act(tr("Text…"), "Enter", "type"),
      act(tr("Accept"), "A", "accept"),
      toggle(tr("Ignore"), "I", ignore, "ignore"),
      act(tr("Delete"), "Delete", "delete"),
    ];
  }

  /** The buttons for what is chosen and the tool at hand. */
  function offered() {
    const { document: shown, selected, tool, draft } = canvas;
    if (!shown) return [];
    if (draft?.open && !draft.resting && draft.points.length) {
      return [act(tr("Close the shape"), "Enter", "finish"), act(tr("Cancel"), "Escape", "escape")];
    }
    const list = [];
    if (canvas.active.paints) list.push(sizeSlider());
    if (tool === "point") list.push(toggle(tr("Negative"), "Shift+P", canvas.negative, "negative"));
    if (canvas.also.size) return [...list, ...forSeveral()];
    if (order(shown).length) list.push(...steps());
    const character = selected?.kind === "character" ? findCharacter(shown, selected.id) : null;
    const word = selected?.kind === "word" ? findWord(shown, selected.id) : null;
    if (character) list.push(...forCharacter(character));
    if (word) list.push(...forWord(word.word));
    return list;
  }

  function drawActions() {
    const next = offered();
    const print = next.map((node) => node.outerHTML.replace(/Size [\d.]+ px|value="[\d.]+"/g, "")).join("");
    if (print === drawn) return showSize();
    const { activeElement } = document;
    const focused = actions.contains(activeElement) ? activeElement.dataset.run || activeElement.dataset.name : null;
    drawn = print;
    actions.replaceChildren(...next);
    if (focused)
      (actions.querySelector(`[data-run="${focused}"], [data-name="${focused}"]`) || canvas.stage).focus({
        preventScroll: true,
      });
  }

  /** The brush's size, without making its slider anew under the finger that moves it. */
  function showSize() {
    const label = actions.querySelector(".cv-size"),
      slide = label?.querySelector("input");
    if (!label) return;
    label.firstChild.textContent = sizeText();
    if (slide !== document.activeElement) slide.value = shownSize();
  }

  function update() {
    const { store } = canvas;
    const words = canvas.said || [describe(), canvas.news].filter(Boolean).join(" — ");
    if (line.textContent !== words) line.textContent = line.title = words; // its end may be cut off
    const waits = ["away", "conflict", "login"].includes(store?.trouble?.kind)
      ? tr("{0} waiting", counted(store.pending, "edit"))
      : tr("saving…");
    saving.textContent = store?.pending ? waits : "";
    drawActions();
  }

  /** A sentence on the picture that stays until it is answered or settled. ways: [name, what it does]. */
  function tell(text, ways = []) {
    const way = ([name, go]) => el("button", { type: "button", class: "cv-button", onclick: go }, name);
    const shut = el(
      "button",
      { type: "button", class: "cv-button", "aria-label": tr("Close this message"), onclick: () => tell("") },
      "✕",
    );
    note.hidden = !text;
    note.replaceChildren(...(text ? [el("span", {}, text), ...(ways.length ? ways.map(way) : [shut])] : []));
  }

  return { status, note, update, tell };
}
