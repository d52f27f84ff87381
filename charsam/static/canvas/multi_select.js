// Several letters or words at once: chosen with Shift, Ctrl or a lasso; and words carried to other pictures.

import { counted, tr } from "../shared/words.js";
import { character as findCharacter, word as findWord, order } from "./document.js";
import { centre, clamped, inside, rounded } from "./geometry.js";

const BESIDE = 12; // image pixels by which words are pasted beside themselves

export function canvasSeveral(canvas) {
  let before = null; // {id, width, height, words} of the picture that was open before

  const ids = () => (canvas.selected ? [canvas.selected.id, ...canvas.also] : []);

  /** The ids of the characters that are meant by what is chosen, those of chosen words included. */
  function characters() {
    return ids().flatMap((id) => {
      const word = findWord(canvas.document, id)?.word;
      return word ? word.characters.map((one) => one.id) : findCharacter(canvas.document, id) ? [id] : [];
    });
  }

  const words = () =>
    [
      ...new Set(ids().map((id) => findWord(canvas.document, id)?.word ?? findCharacter(canvas.document, id)?.word)),
    ].filter(Boolean);

  function choose(things) {
    const [first, ...others] = things;
    canvas.select(first ?? null);
    canvas.also = new Set(others.map(({ id }) => id));
    canvas.view.touch("live", "shapes");
    canvas.update();
  }

  /** A click with Shift or Ctrl: takes a thing in, or out again. */
  function toggle(thing) {
    if (!thing) return;
    const now = ids();
    const next = now.includes(thing.id) ? now.filter((id) => id !== thing.id) : [...now, thing.id];
    choose(next.map((id) => ({ kind: findWord(canvas.document, id) ? "word" : "character", id })));
  }

  /** All characters whose middle lies within a line that was drawn; where there is none, all such words. */
  function lasso(path) {
    const within = (points) => inside(path, centre(points));
    const found = order(canvas.document).filter(({ character }) => within(character.quad));
    if (found.length) return choose(found.map(({ character }) => ({ kind: "character", id: character.id })));
    const around = canvas.document.words.filter(({ polygon }) => within(polygon));
    return choose(around.map(({ id }) => ({ kind: "word", id })));
  }

  function all() {
    choose(order(canvas.document).map(({ character }) => ({ kind: "character", id: character.id })));
  }

  /** What is chosen (all, where nothing is), as text for the clipboard. */
  function copied() {
    const { document: shown } = canvas,
      chosen = canvas.selected ? words() : (shown?.words ?? []);
    if (!chosen.length) return null;
    canvas.say(tr("{0} copied. Ctrl+V puts them on another image.", counted(chosen.length, "word")));
    return JSON.stringify({ charsam: 1, ...carried(chosen), id: canvas.store.id });
  }

  const carried = (chosen) => ({
    width: canvas.document.width,
    height: canvas.document.height,
    words: chosen.map(({ polygon, text, ignore }) => ({ polygon, text, ignore })),
  });

  /** Words of the clipboard; whether it held any. */
  function paste(text) {
    const given = parsed(text);
    if (!given || !canvas.document) return false;
    put(given, given.id === canvas.store.id ? BESIDE : 0);
    return true;
  }

  /** The words of the picture before, at the same places of this one; those that are there already are left out. */
  function repeat() {
    if (!before || before.id === canvas.store.id) return canvas.say(tr("There is no image before this one."));
    const there = canvas.document.words.map(({ polygon }) => polygon);
    const fresh = before.words.filter(({ polygon }) => !there.some((other) => inside(other, centre(polygon))));
    if (!fresh.length) return canvas.say(tr("All words of the image before are here already."));
    return put({ ...before, words: fresh }, 0);
  }

  function put({ width, height, words: given }, shift) {
    const { document: shown } = canvas,
      [sx, sy] = [shown.width / width, shown.height / height];
    const made = given.map(({ polygon, text }) => {
      const moved = polygon.map(([x, y]) => clamped([x * sx + shift, y * sy + shift], shown.width, shown.height));
      return canvas.edit({ do: "add_word", polygon: rounded(moved), ...(text ? { text } : {}) });
    });
    choose(made.map((id) => ({ kind: "word", id })));
    canvas.say(tr("{0} added.", counted(made.length, "word")));
  }

  return {
    ids,
    characters,
    words,
    toggle,
    lasso,
    all,
    copied,
    paste,
    repeat,
    /** The open picture is being left. */
    leave() {
      if (canvas.document?.words.length) before = { ...carried(canvas.document.words), id: canvas.store.id };
    },
  };
}

/** What a text of the clipboard holds of ours; null where it is something else, or malformed. */
export function parsed(text) {
  try {
    const given = JSON.parse(text);
    const point = (p) => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite);
    const word = (one) => Array.isArray(one.polygon) && one.polygon.length >= 4 && one.polygon.every(point);
    const whole = given.charsam === 1 && given.width > 0 && given.height > 0 && given.words.length <= 500;
    return whole && given.words.length && given.words.every(word) ? given : null;
  } catch {
    return null;
  }
}
