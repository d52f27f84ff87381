// The labeling document as a value: looking things up in it, applying the server's changes, and foretelling what a
// command will do, so that an edit shows at once. Documents are never altered in place.
import { colourOf } from "../shared/colours.js";
import { SUSPICIOUS } from "../shared/suspicion.js";
import { counted, tr } from "../shared/words.js";
import { centre, topSide } from "./geometry.js";
import { encode, grid, strokeGrid, union, without } from "./masks.js";

const listings = new WeakMap();

/** Everything that is looked up often, made once for each document. */
function listing(document) {
  let found = listings.get(document);
  if (found) return found;
  found = { words: new Map(), characters: new Map(), order: [] };
  document.words.forEach((word, wordIndex) => {
    found.words.set(word.id, { word, wordIndex });
    word.characters.forEach((character, index) => {
      const entry = {
        word,
        wordIndex,
        character,
        index,
        ref: `w${wordIndex}c${index}`,
        colour: colourOf(character.category),
      };
      found.characters.set(character.id, entry);
      found.order.push(entry);
    });
  });
  listings.set(document, found);
  return found;
}

const word = (document, id) => listing(document).words.get(id);
const character = (document, id) => listing(document).characters.get(id);
const order = (document) => listing(document).order;

const toCheck = (character) => !character.review && character.suspicion >= SUSPICIOUS;

/** "3 words, 15 characters, 2 to check". */
function inWords(document) {
  const check = order(document).filter((entry) => toCheck(entry.character)).length;
  const [words, characters] = [counted(document.words.length, "word"), counted(order(document).length, "character")];
  if (!order(document).length && document.words.some((one) => !one.ignore && !one.waiting))
    return tr("{0}, no masks yet: Run makes them.", words);
  return tr("{0}, {1}, {2} to check", words, characters, check || tr("none"));
}

/** The document after a change that the server made. */
function changed(document, change) {
  const words = [...document.words];
  for (const { id, after } of change.words) {
    const at = words.findIndex((word) => word.id === id);
    if (at >= 0 && !after) words.splice(at, 1);
    else if (at >= 0) words[at] = after;
  }
  for (const { id, at, after } of [...change.words].sort((a, b) => a.at - b.at)) {
    if (after && !words.some((word) => word.id === id)) words.splice(at, 0, after);
  }
  return { ...document, words, next_id: change.next_id ? change.next_id[1] : document.next_id };
}

const withWord = (document, id, edit) => ({
  ...document,
  words: document.words.flatMap((word) => (word.id === id ? (edit(word) ?? []) : [word])),
});

const withCharacter = (document, id, edit) => {
  const found = character(document, id);
  if (!found) return document;
  return withWord(document, found.word.id, (word) => ({
    ...word,
    characters: word.characters.flatMap((item) => (item.id === id ? (edit(item) ?? []) : [item])),
  }));
};

const blankCharacter = (id, category, quad) => ({
  id,
  category,
  quad,
  box_source: "given",
  recognised: "",
  probability: 0,
  positive: [],
  negative: [],
  quality: 0,
  glyph_agreement: null,
  suspicion: 0,
  signals: {},
  box_edited: true,
  points_edited: false,
  painted: false,
  review: "",
  mask: { x: 0, y: 0, size: [0, 0], counts: "" },
  waiting: true,
});

const listOf = (label) => (label ? "positive" : "negative");

function withPoints(document, id, label, edit) {
  const name = listOf(label);
  return withCharacter(document, id, (item) => ({ ...item, [name]: edit(item[name]), points_edited: true }));
}

/** Where a new character belongs among those of its word: by its place along the reading direction. */
function placeOf(word, quad) {
  const line = topSide(word.polygon),
    [fx, fy] = line[0],
    [lx, ly] = line[line.length - 1];
  const along = (points) => {
    const [x, y] = centre(points);
    return (x - fx) * (lx - fx) + (y - fy) * (ly - fy);
  };
  return word.characters.filter((item) => along(item.quad) < along(quad)).length;
}

function painted(document, { character: id, stroke, radius, erase }) {
  const ink = strokeGrid(stroke, radius, document.width, document.height);
  if (erase)
    return withCharacter(document, id, (item) => ({
      ...item,
      painted: true,
      mask: encode(without(grid(item.mask), ink)),
    }));
  const words = document.words.map((word) => ({
    ...word,
    characters: word.characters.map((item) => {
      const before = grid(item.mask);
      if (item.id === id) return { ...item, painted: true, mask: encode(union(before, ink)) };
      const left = without(before, ink);
      return left === before ? item : { ...item, mask: encode(left) };
    }),
  }));
  return { ...document, words };
}

function reviewed(document, command) {
  const meant = (word, item) => command.all || command.word === word.id || (command.characters || []).includes(item.id);
  return {
    ...document,
    words: document.words.map((word) => ({
      ...word,
      characters: word.characters.map((item) => (meant(word, item) ? { ...item, review: command.as } : item)),
    })),
  };
}

const FORETELL = {
  add_word: (document, { polygon, text }, id) => ({
    ...document,
    words: [
      ...document.words,
      { id, polygon, text: text || "", ignore: false, text_read: !text, problem: "", characters: [], waiting: true },
    ],
  }),
  set_polygon: (document, { word: id, polygon }) =>
    withWord(document, id, (word) => ({ ...word, polygon, waiting: true })),
  set_text: (document, { word: id, text }) =>
    withWord(document, id, (word) => ({ ...word, text, text_read: false, reads: "", waiting: true })),
  set_ignore: (document, { word: id, ignore }) => withWord(document, id, (word) => ({ ...word, ignore })),
  delete_word: (document, { word: id }) => withWord(document, id, () => null),
  add_character: (document, { word: id, quad, category, at }, newId) =>
    withWord(document, id, (word) => ({
      ...word,
      characters: word.characters.toSpliced(at ?? placeOf(word, quad), 0, blankCharacter(newId, category, quad)),
    })),
  set_quad: (document, { character: id, quad }) =>
    withCharacter(document, id, (item) => ({ ...item, quad, box_edited: true, waiting: true })),
  delete_character: (document, { character: id }) => withCharacter(document, id, () => null),
  set_category: (document, { character: id, category }) =>
    withCharacter(document, id, (item) => ({ ...item, category })),
  add_point: (document, { character: id, point, label }) => withPoints(document, id, label, (list) => [...list, point]),
  remove_point: (document, { character: id, label, index }) =>
    withPoints(document, id, label, (list) => list.toSpliced(index, 1)),
  move_point: (document, { character: id, label, index, point }) =>
    withPoints(document, id, label, (list) => list.with(index, point)),
  paint: painted,
  review: reviewed,
};

/** The document as it will probably look after a command; itself where nobody can say. newId names what it adds. */
function foretold(document, command, newId) {
  try {
    return FORETELL[command.do]?.(document, command, newId) ?? document;
  } catch {
    return document; // the command speaks of something that an edit before it took away; the server will say so
  }
}

/** The id that a change brought into the document: a new word, or else a new character. */
function broughtIn(change) {
  for (const { id, before, after } of change.words) {
    if (!before && after) return id;
    const old = new Set((before?.characters || []).map((item) => item.id));
    const fresh = after?.characters.find((item) => !old.has(item.id));
    if (fresh) return fresh.id;
  }
  return null;
}

export { word, character, order, toCheck, inWords, changed, foretold, broughtIn, listOf };
