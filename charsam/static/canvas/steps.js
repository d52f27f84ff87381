// What is chosen on the canvas, and the steps from one character, word or corner to the next.

import { tr } from "../shared/words.js";
import { character as findCharacter, word as findWord, order, toCheck } from "./document.js";
import { bounds } from "./geometry.js";

const LARGE = 90; // screen pixels: a letter this large is judged where it is

const SHARE = 0.42; // of the view, for a letter with its neighbours
const WORTH = 1.25; // so many times larger at least: for less the picture does not move

/** What is to fill the view, so that a letter with this box is seen well; null: it is, or moving there gains nothing. */
export function closer([x0, y0, x1, y1], { k, w, h }) {
  const height = y1 - y0,
    around = [x0 - height, y0, x1 + height, y1];
  if (height * k > h * 0.8) return around;
  const reached = SHARE * Math.min(w / (around[2] - around[0]), h / height);
  return Math.min(x1 - x0, height) * k < LARGE && reached > WORTH * k ? around : null;
}

export function canvasSteps(canvas, live) {
  const chosenCharacter = () =>
    canvas.selected?.kind === "character" ? findCharacter(canvas.document, canvas.selected.id) : null;
  const chosenWord = () =>
    (canvas.selected?.kind === "word"
      ? findWord(canvas.document, canvas.selected.id)?.word
      : chosenCharacter()?.word) ?? null;

  /** The next (or previous) character in reading order that `fits`, going round. */
  function step(way, fits = () => true) {
    const all = order(canvas.document),
      here = chosenCharacter(),
      word = chosenWord();
    const first = word ? all.findIndex((entry) => entry.word.id === word.id) : way > 0 ? 0 : -1;
    const start = here ? all.indexOf(here) : first >= 0 ? first - (way > 0 ? 1 : 0) : way > 0 ? -1 : all.length;
    for (let far = 1; far <= all.length; far++) {
      const entry = all[(((start + way * far) % all.length) + all.length) % all.length];
      if (fits(entry.character)) return pick({ kind: "character", id: entry.character.id });
    }
    canvas.say(tr("There is no character yet."));
  }

  /** To the next character to check, large; after the last one back to the view before. */
  function check(way = 1) {
    const { view } = canvas,
      left = order(canvas.document).filter(({ character }) => toCheck(character)).length;
    if (!left) return checked();
    canvas.before ??= view.fitted ? "fit" : { k: view.k, middle: view.toImage([view.w / 2, view.h / 2]) };
    step(way, toCheck);
    const box = closer(bounds(chosenCharacter().character.quad), view);
    if (box) view.lookAt(box, SHARE);
  }

  /** Back to where one looked before checking. */
  function stop() {
    const { before } = canvas;
    canvas.before = null;
    canvas.select(null);
    if (before === "fit") canvas.view.fit();
    else if (before) canvas.view.centreOn(before.middle, before.k);
  }

  function checked() {
    stop();
    canvas.through = order(canvas.document).length > 0;
    canvas.update();
  }

  function pick(selected) {
    canvas.select(selected);
    const box = live.boundsOf(selected),
      { view } = canvas;
    if (box) view.reveal(box);
    if (canvas.crosshair || canvas.tool !== "select")
      canvas.pointer = box && [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  }

  function stepWord(way) {
    const { words } = canvas.document,
      word = chosenWord();
    if (!words.length) return canvas.say(tr("There is no word yet."));
    const at = word ? words.indexOf(word) + way : way > 0 ? 0 : -1;
    pick({ kind: "word", id: words[(at + words.length) % words.length].id });
  }

  function vertex(way) {
    const word = chosenWord();
    if (!word) return canvas.say(tr("Choose a word first (Shift+J)."));
    const from =
      canvas.selected.kind === "word" && Number.isInteger(canvas.selected.vertex)
        ? canvas.selected.vertex
        : way > 0
          ? -1
          : 0;
    canvas.select({ kind: "word", id: word.id, vertex: (from + way + word.polygon.length) % word.polygon.length });
    canvas.run("select");
  }

  return { chosenCharacter, chosenWord, step, check, stop, stepWord, vertex };
}
