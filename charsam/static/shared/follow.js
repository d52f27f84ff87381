// Follows a run: by a stream of server-sent events, or, where a proxy holds that back, by asking again and again.
import { label } from "./api.js";

const FIRST = 2500; // milliseconds until the first sign of a stream, which the server gives at once
const SILENT = 20_000; // without any sign of a stream, which the server gives every five seconds
const ASK = 400;
const ENDS = new Set(["done", "found", "cancelled", "error"]);

/** Server-sent events of a text that comes in pieces: feed(text) calls `take` with the data of each that is whole. */
export function eventReader(take) {
  let rest = "";
  return (text) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block
        .split("\n")
        .filter((line) => line.startsWith("data: "))
        .map((line) => line.slice(6));
      if (data.length) take(JSON.parse(data.join("\n")));
    }
  };
}

/** Calls told(event) with every event of a run, in order and once; resolves when it has ended. */
export async function follow(run, told, signal) {
  let after = 0,
    ended = false;
  const take = (event) => {
    after += 1;
    ended = ended || ENDS.has(event.kind);
    told(event);
  };
  try {
    await stream(`runs/${run}/events?after=${after}`, take, signal);
  } catch (error) {
    if (signal.aborted || error.status === 404) throw error;
  }
  while (!ended) {
    const { events, over } = await label.get(`runs/${run}?after=${after}`, { signal });
    events.forEach(take);
    if (over && !events.length) return;
    if (!ended) await new Promise((go) => setTimeout(go, ASK));
  }
}

async function stream(path, take, signal) {
  const stop = new AbortController(),
    halt = () => stop.abort();
  let timer = setTimeout(halt, FIRST);
  signal.addEventListener("abort", halt);
  try {
    const answer = await label.get(path, { signal: stop.signal, raw: true });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader(),
      feed = eventReader(take);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(halt, SILENT);
      feed(value);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", halt);
  }
}
