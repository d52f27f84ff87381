import assert from "node:assert/strict";
import { test } from "node:test";
import { picking } from "../../charsam/static/queue/bulk.js";
import { rest } from "../../charsam/static/queue/job.js";
import { goesTo, walking } from "../../charsam/static/queue/navigation.js";
import { median } from "../../charsam/static/queue/time_left.js";
import { duration } from "../../charsam/static/shared/time.js";

const click = (more = {}) => ({ ctrlKey: false, metaKey: false, shiftKey: false, ...more });

test("Shift takes all rows between, Ctrl adds and takes away, a plain click chooses one alone", () => {
  const picked = picking({ ids: () => ["a", "b", "c", "d", "e"], changed: () => {} });
  assert.equal(picked.click("b", click(), "a"), false);
  assert.equal(picked.click("d", click({ shiftKey: true }), "b"), true);
  assert.deepEqual(picked.all(), ["b", "c", "d"]);
  picked.click("c", click({ ctrlKey: true }), "b");
  assert.deepEqual(picked.all(), ["b", "d"]);
  picked.click("e", click(), "b");
  assert.deepEqual(picked.all(), []);
});

test("a drag takes the rows that it passes, and lets those go that it leaves", () => {
  const picked = picking({ ids: () => ["a", "b", "c", "d"], changed: () => {} });
  picked.between("c", "a");
  assert.deepEqual(picked.all(), ["a", "b", "c"]);
  picked.between("c", "d");
  assert.deepEqual(picked.all(), ["c", "d"]);
  picked.between("gone", "d");
  assert.deepEqual(picked.all(), []);
});

test("Ctrl and a click beside the open picture chooses both", () => {
  const picked = picking({ ids: () => ["a", "b"], changed: () => {} });
  picked.click("b", click({ metaKey: true }), "a");
  assert.deepEqual(picked.all(), ["a", "b"]);
});

test("the time that is left is said at the pace of the middle decision", () => {
  assert.equal(median([4, 200, 6]), 6);
  assert.equal(median([4, 6]), 5);
  assert.equal(duration(20), "under a minute");
  assert.equal(duration(34 * 20), "about 11 min");
  assert.equal(duration(7800), "about 2 h 10 min");
});

test("a photo goes where the queue is open, and on a phone, where it would cover the image, to the image's project", () => {
  const signs = { id: "p", name: "Signs", inbox: false };
  const to = (more) => goesTo({ open: false, chosen: null, image: {}, projects: [signs], covers: false, ...more });
  assert.equal(to({ open: true, chosen: signs }), signs);
  assert.equal(to({ open: true, chosen: { inbox: true } }), null);
  assert.equal(to({ image: { project: "p", inbox: false } }), null);
  assert.equal(to({ image: { project: "p", inbox: false }, covers: true }), signs);
  assert.equal(to({ image: { project: "p", inbox: true }, covers: true }), null);
  assert.equal(to({ image: { project: "q", inbox: false }, covers: true }).id, "q");
});

test("an open queue leads through its own project, also while an image of another one is open", async () => {
  const asked = [];
  const ask = async (what, { after }, id) => {
    asked.push([what, after, id]);
    return {};
  };
  const pages = { rows: [], chosen: {}, ask };
  const go = (project, listed) =>
    walking({ pages, current: () => ({ id: "i", project }), listed: () => listed, project: () => "shown" }).go("next");
  await go("other", true);
  await go("shown", true);
  await go("other", false);
  assert.deepEqual(asked, [
    ["next", undefined, "shown"],
    ["next", "i", "shown"],
    ["next", "i", "other"],
  ]);
});

test("a batch says how long it still takes, at its pace since one watches, as soon as that is known", () => {
  const from = { done: 10, at: 5000 };
  assert.equal(rest(from, { done: 11, of: 60 }, 9000), null);
  assert.equal(rest(from, { done: 14, of: 60 }, 13_000), 92);
});
