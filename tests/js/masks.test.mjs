import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, strokeGrid, union, without } from "../../charsam/static/canvas/masks.js";

const grid = (x, y, ...rows) => ({
  x,
  y,
  w: rows[0].length,
  h: rows.length,
  bits: Uint8Array.from(rows.join(""), Number),
});
const rows = ({ w, h, bits }) => Array.from({ length: h }, (_, row) => bits.slice(row * w, (row + 1) * w).join(""));

test("a mask that is written and read is the same, cut to its bounds", () => {
  const mask = encode(grid(3, 4, "0000", "0110", "0010"));
  assert.deepEqual([mask.x, mask.y, mask.size], [4, 5, [2, 2]]);
  assert.deepEqual(rows(decode(mask)), ["11", "01"]);
});

test("a mask without pixels has no size", () => {
  assert.deepEqual(encode(grid(3, 4, "00", "00")).size, [0, 0]);
});

test("union and difference of crops at different places", () => {
  const both = union(grid(0, 0, "11", "11"), grid(1, 1, "11", "11"));
  assert.deepEqual(rows(both), ["110", "111", "011"]);
  assert.deepEqual(rows(without(both, grid(1, 1, "1"))), ["110", "101", "011"]);
});

test("what shares no pixel is left as it is", () => {
  const first = grid(0, 0, "11");
  assert.equal(without(first, grid(5, 5, "1")), first);
});

test("a stroke is clipped to the image and as wide as its brush", () => {
  const drawn = strokeGrid(
    [
      [0.5, 5.5],
      [20.5, 5.5],
    ],
    1,
    10,
    10,
  );
  assert.deepEqual([drawn.x, drawn.w], [0, 10]);
  assert.equal(rows(drawn)[1], "1".repeat(10));
});
