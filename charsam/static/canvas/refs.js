// References between the views: "w2" is the third word of the document, "w2c5" its sixth character.
import { character as findCharacter, word as findWord } from "./document.js";

export function refOf(document, id) {
  if (!id || !document) return null;
  const word = findWord(document, id);
  return word ? `w${word.wordIndex}` : (findCharacter(document, id)?.ref ?? null);
}

export function idOf(document, ref) {
  const [, word, character] = /^w(\d+)(?:c(\d+))?$/.exec(ref || "") || [];
  const found = document?.words[word];
  return (character === undefined ? found?.id : found?.characters[character]?.id) ?? null;
}

/** {kind, id} of what an id names; null where the document has it not. */
export function thingOf(document, id) {
  if (id && findWord(document, id)) return { kind: "word", id };
  return id && findCharacter(document, id) ? { kind: "character", id } : null;
}
