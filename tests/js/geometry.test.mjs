// The pure modules of the page, in Node: geometry, masks, the document, and the reader of streams.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as geometry from "../../charsam/static/canvas/geometry.js";
import { closer } from "../../charsam/static/canvas/steps.js";

const SQUARE = [
  [0, 0],
  [10, 0],
  [10, 10],
  [0, 10],
];

test("a point is inside or outside", () => {
  assert.equal(geometry.inside(SQUARE, [5, 5]), true);
  assert.equal(geometry.inside(SQUARE, [15, 5]), false);
});

test("bounds, area and centre of a polygon", () => {
  assert.deepEqual(geometry.bounds(SQUARE), [0, 0, 10, 10]);
  assert.equal(geometry.area(SQUARE), 100);
  assert.deepEqual(geometry.centre(SQUARE), [5, 5]);
});

test("a corner that is dragged keeps the directions of the box's edges", () => {
  assert.deepEqual(geometry.withCorner(SQUARE, 2, 4, 6), [
    [0, 0],
    [14, 0],
    [14, 16],
    [0, 16],
  ]);
});

test("points are turned clockwise with the first one first", () => {
  assert.deepEqual(geometry.clockwise([...SQUARE].reverse())[0], [0, 10]);
  assert.ok(geometry.area(geometry.clockwise(SQUARE)) > 0);
});

test("half way along a bent line", () => {
  const [point, along] = geometry.halfWay([
    [0, 0],
    [6, 0],
    [6, 4],
  ]);
  assert.deepEqual(point, [5, 0]);
  assert.deepEqual(along, [1, 0]);
});

test("a letter to check comes near where that makes it larger, and stays where it is where not", () => {
  const view = { k: 1.4, w: 600, h: 600 };
  assert.deepEqual(closer([100, 100, 110, 112], view), [88, 100, 122, 112]);
  assert.equal(closer([100, 100, 140, 180], view), null, "narrow and tall: nearer it would be no larger");
  assert.equal(closer([100, 100, 200, 200], view), null, "large as it is");
  assert.deepEqual(closer([0, 0, 400, 400], view), [-400, 0, 800, 400], "too large to be seen as a whole");
});
