import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENTS, emit, listen } from "../../charsam/static/shared/events.js";
import { eventReader } from "../../charsam/static/shared/follow.js";

test("events of a stream are whole, in order and once, however the text is cut", () => {
  const text = ': here\n\nid: 0\ndata: {"kind":"stage","number":1}\n\n: still here\n\nid: 1\ndata: {"kind":"done"}\n\n';
  for (const size of [1, 7, text.length]) {
    const told = [],
      feed = eventReader((event) => told.push(event.kind));
    for (let at = 0; at < text.length; at += size) feed(text.slice(at, at + size));
    assert.deepEqual(told, ["stage", "done"]);
  }
});

test("only events that are listed can be said and heard", () => {
  assert.throws(() => emit("nothing", {}), /no event "nothing"/);
  assert.throws(() => listen("nothing", () => {}), /no event/);
  let heard = null;
  listen("notice", (detail) => {
    heard = detail.text;
  });
  emit("notice", { text: "hello" });
  assert.equal(heard, "hello");
  assert.ok(Object.values(EVENTS).every((payload) => payload.startsWith("{")));
});
