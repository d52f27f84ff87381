import assert from "node:assert/strict";
import { test } from "node:test";
import { parsed } from "../../charsam/static/canvas/multi_select.js";

const word = {
  polygon: [
    [0, 0],
    [9, 0],
    [9, 4],
    [0, 4],
  ],
  text: "A",
};
const clip = (more) => JSON.stringify({ charsam: 1, width: 20, height: 10, words: [word], ...more });

test("words of the clipboard are taken where they are whole", () => {
  assert.equal(parsed(clip()).words[0].text, "A");
});

test("anything else on the clipboard is left alone", () => {
  for (const text of [
    "",
    "hello",
    "null",
    "[]",
    clip({ charsam: 2 }),
    clip({ words: [] }),
    clip({ words: [{ polygon: [[0, "x"]] }] }),
  ])
    assert.equal(parsed(text), null, text);
});
