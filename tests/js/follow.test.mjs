import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENTS, emit, listen } from "../../charsam/static/shared/events.js";
import { eventReader, follow } from "../../charsam/static/shared/follow.js";

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

/** A server whose stream breaks after its first event, and which then gives the answers in turn: null is no answer. */
function breaking(answers) {
  const asked = [];
  globalThis.location = { origin: "http://127.0.0.1" };
  globalThis.fetch = async (url) => {
    asked.push(new URL(url).pathname + new URL(url).search);
    if (url.includes("/events")) return new Response('data: {"kind":"waiting"}\n\n');
    const answer = answers.shift();
    if (!answer) throw new TypeError("network changed");
    return Response.json(answer);
  };
  return asked;
}

test("a network that breaks for a moment loses no event of a run", async () => {
  const asked = breaking([
      null,
      { events: [{ kind: "stage" }], over: false },
      { events: [{ kind: "done" }], over: true },
    ]),
    told = [];
  assert.equal(await follow("a", (event) => told.push(event.kind), new AbortController().signal), false);
  assert.deepEqual(told, ["waiting", "stage", "done"]);
  assert.deepEqual(asked.slice(1), [
    "/label/runs/a?after=1&wait=10",
    "/label/runs/a?after=1&wait=10",
    "/label/runs/a?after=2&wait=10",
  ]);
});

test("whoever comes back to a run that was taken for abandoned is told so, to begin it again", async () => {
  breaking([{ events: [{ kind: "abandoned", text: "…" }], over: true }]);
  const told = [];
  assert.equal(await follow("a", (event) => told.push(event.kind), new AbortController().signal), true);
  assert.deepEqual(told, ["waiting"]);
});

test("a stream that is late is closed only when a request that waits was answered, so that the run is always followed", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const told = [],
    asked = [];
  globalThis.location = { origin: "http://127.0.0.1" };
  globalThis.fetch = (url, { signal }) => {
    if (!url.includes("/events")) {
      asked.push(late.aborted);
      return Promise.resolve(
        Response.json({ events: [{ kind: asked.length > 1 ? "done" : "stage" }], over: asked.length > 1 }),
      );
    }
    late = signal;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  let late = null;
  const over = follow("a", (event) => told.push(event.kind), new AbortController().signal);
  context.mock.timers.tick(2600);
  assert.equal(await over, false);
  assert.deepEqual(told, ["stage", "done"]);
  assert.deepEqual(asked, [false, true]);
});
