// What is chosen on the canvas, and the steps from one character, word or corner to the next.
import { character as findCharacter, word as findWord, order } from "./document.js";

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
    canvas.say(all.length ? "No character is left to check." : "There is no character yet.");
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
    if (!words.length) return canvas.say("There is no word yet.");
    const at = word ? words.indexOf(word) + way : way > 0 ? 0 : -1;
    pick({ kind: "word", id: words[(at + words.length) % words.length].id });
  }

  function vertex(way) {
    const word = chosenWord();
    if (!word) return canvas.say("Choose a word first (Shift+J).");
    const from =
      canvas.selected.kind === "word" && Number.isInteger(canvas.selected.vertex)
        ? canvas.selected.vertex
        : way > 0
          ? -1
          : 0;
    canvas.select({ kind: "word", id: word.id, vertex: (from + way + word.polygon.length) % word.polygon.length });
    canvas.run("select");
  }

  return { chosenCharacter, chosenWord, step, stepWord, vertex };
}
