import assert from "node:assert/strict";
import { test } from "node:test";
import { broughtIn, changed, foretold, inWords, order } from "../../charsam/static/canvas/document.js";
import { idOf, refOf } from "../../charsam/static/canvas/refs.js";
import { colourOf } from "../../charsam/static/shared/colours.js";

const letter = (id, category, more = {}) => ({
  id,
  category,
  quad: [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ],
  positive: [],
  negative: [],
  suspicion: 0,
  review: "",
  mask: { x: 0, y: 0, size: [0, 0], counts: "" },
  ...more,
});
const word = (id, ...characters) => ({
  id,
  text: characters.map((one) => one.category).join(""),
  polygon: [
    [0, 0],
    [9, 0],
    [9, 3],
    [0, 3],
  ],
  ignore: false,
  characters,
});
const DOCUMENT = {
  width: 20,
  height: 10,
  words: [word("w1", letter("c1", "A"), letter("c2", "B", { suspicion: 0.7 })), word("w2", letter("c3", "A"))],
};

test("the same letter has the same colour wherever it stands", () => {
  const [first, , last] = order(DOCUMENT);
  assert.equal(first.colour, last.colour);
  assert.equal(first.colour, colourOf("A"));
});

test("what is to check is what nobody has judged", () => {
  assert.equal(inWords(DOCUMENT), "2 words, 3 characters, 1 to check");
  const judged = foretold(DOCUMENT, { do: "review", characters: ["c2"], as: "accepted" });
  assert.equal(inWords(judged), "2 words, 3 characters, none to check");
  const bare = { words: [{ characters: [] }, { characters: [], ignore: true }] };
  assert.equal(inWords(bare), "2 words, no masks yet: Run makes them.");
  assert.equal(inWords({ words: [bare.words[1]] }), "1 word, 0 characters, none to check");
});

test("a change of the server takes words away, alters them and puts them back in their place", () => {
  const without = changed(DOCUMENT, {
    words: [{ id: "w1", at: 0, before: DOCUMENT.words[0], after: null }],
    next_id: null,
  });
  assert.deepEqual(
    without.words.map(({ id }) => id),
    ["w2"],
  );
  const back = changed(without, {
    words: [{ id: "w1", at: 0, before: null, after: DOCUMENT.words[0] }],
    next_id: null,
  });
  assert.deepEqual(
    back.words.map(({ id }) => id),
    ["w1", "w2"],
  );
});

test("an edit is foretold without altering the document", () => {
  const after = foretold(DOCUMENT, { do: "set_category", character: "c1", category: "Z" });
  assert.equal(after.words[0].characters[0].category, "Z");
  assert.equal(DOCUMENT.words[0].characters[0].category, "A");
  assert.equal(foretold(DOCUMENT, { do: "something new" }), DOCUMENT);
});

test("the id that a change brought in", () => {
  const after = { ...DOCUMENT.words[1], characters: [...DOCUMENT.words[1].characters, letter("c9", "X")] };
  assert.equal(broughtIn({ words: [{ id: "w2", before: DOCUMENT.words[1], after }] }), "c9");
});

test("references between views go both ways", () => {
  assert.equal(refOf(DOCUMENT, "c3"), "w1c0");
  assert.equal(idOf(DOCUMENT, "w0c1"), "c2");
  assert.equal(idOf(DOCUMENT, "w7"), null);
});
