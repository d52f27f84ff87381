import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress, TO_CHECK } from "../../charsam/static/inspect/address.js";
import { readCases, scriptOf } from "../../charsam/static/inspect/data.js";
import { compared, mostChanged } from "../../charsam/static/inspect/project_compare.js";

test("a character has a script, a digit and a sign have none", () => {
  assert.deepEqual(["A", "é", "字", "я", "7", "&"].map(scriptOf), [
    "Latin",
    "Latin",
    "Han",
    "Cyrillic",
    "digit",
    "sign",
  ]);
});

const letter = (index) => ({ index, category: "A", suspicion: 0.9, kinds: [0] });
const image = (more) => ({
  file: "a.jpg",
  words: [{ index: 0, text: "AA", characters: [letter(0), letter(1)] }],
  ...more,
});

test("what is decided with its whole image is decided, and one that is decided leaves the undecided", () => {
  const data = readCases({ kinds: ["kind"], decisions: true });
  data.add(image({ state: "accepted", reviews: {} }));
  const open = image({ state: "annotated", reviews: {} });
  data.add(open);
  const undecided = () => data.passing({ unit: "characters", text: "", filters: { review: new Set(["undecided"]) } });
  assert.equal(undecided().length, 2);
  data.decided(open, { state: "corrected", reviews: { w0c1: "accepted" } });
  assert.deepEqual(undecided(), [open.words[0].characters[0]]);
});

test("the images that lost most come first: by IoU with truth, else by what is to check", () => {
  const row = (name, a, b) => ({ name, first: { iou: a, check: 2 }, second: { iou: b, check: 5 - 10 * b } });
  const rows = [row("better", 0.5, 0.7), row("worse", 0.9, 0.4)];
  assert.deepEqual(
    compared(rows, true).map(({ name }) => name),
    ["worse", "better"],
  );
  assert.equal(compared(rows, false)[0].gain, 2 - 1);
});

test("what truth has told of a case stands above what was suspected", () => {
  const data = readCases({ kinds: ["kind"] });
  assert.equal(data.trouble({ suspected: "merged letters" }), "merged letters");
  assert.equal(data.trouble({ suspected: "merged letters", iou: 0.96, failure: null }), null);
  assert.equal(data.trouble({ suspected: "merged letters", iou: 0.2, failure: "spilled over" }), "spilled over");
});

test("what is to check leads to the undecided suspicious cases alone, the worst first, whether truth is known or not", () => {
  for (const truth of [false, true]) {
    const data = readCases({ kinds: ["kind"], decisions: true, truth });
    const open = image({ state: "annotated", reviews: { w0c0: "rejected" } });
    open.words[0].characters.push({ ...letter(2), suspicion: 0.2 }, { ...letter(3), suspicion: 0.5 });
    data.add(open);
    const plain = { unit: "characters", text: "", sort: truth ? "iou" : "suspicion", way: truth ? 1 : -1, filters: {} };
    const state = readAddress(TO_CHECK, data, plain);
    const list = data.sorted(data.passing(state), state.sort, state.way);
    assert.deepEqual(
      list.map(({ suspicion }) => suspicion),
      [0.9, 0.5],
    );
  }
});

test("what is counted in whole numbers has bars of whole numbers", () => {
  const data = readCases({ kinds: [] });
  const list = [0, 3, 30].map((length) => ({ length }));
  assert.ok(data.bins(list, data.field("length")).every(({ from }) => Number.isInteger(from)));
});

test("a comparison names the letter that changed most, in the way in which the image changed", () => {
  const side = (check, ...suspicions) => ({
    check,
    iou: null,
    letters: suspicions.map((suspicion, index) => ({
      ref: `w0c${index}`,
      text: `${"ABC"[index]} · ABC`,
      suspicion,
      iou: null,
    })),
  });
  const better = { first: side(2, 0.9, 0.6, 0.1), second: side(1, 0.2, 0.5, 0.8) };
  assert.equal(mostChanged(better, false).ref, "w0c0");
  const worse = { first: better.second, second: side(3, 0.2, 0.5, 0.9) };
  assert.equal(mostChanged(worse, false).ref, "w0c2");
  assert.equal(mostChanged({ first: better.first, second: better.first }, false), null);
  const known = (...ious) => ({
    iou: ious[0],
    letters: ious.map((iou, k) => ({ ref: `w${k}`, text: "", suspicion: 0, iou })),
  });
  assert.equal(mostChanged({ first: known(0.5, 0.9, 0.9), second: known(0.4, 0.9, 0.2) }, true).ref, "w2");
});
