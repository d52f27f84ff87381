// Follows a run: by a stream of server-sent events, or, where a proxy holds that back, by requests that wait for what
// comes next. The server stops a run whose connection was closed; a network that breaks for a moment looks the same, so
// whoever comes back and hears that the run was abandoned begins it again.
import { label } from "./api.js";

const FIRST = 2500; // milliseconds until the first sign of a stream, which the server gives at once
const SILENT = 20_000; // without any sign of a stream, which the server gives every five seconds
const WAIT = 10; // seconds that the server holds a request for what comes next
const AGAIN = 500; // milliseconds until the next try where the server cannot be reached
const PATIENCE = 30_000; // milliseconds without an answer until that is said
const ENDS = new Set(["done", "found", "cancelled", "error", "abandoned"]);

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

/**
 * Calls told(event) with every event of a run, in order and once; resolves when it has ended: with true where the server
 * took it for abandoned.
 */
export async function follow(run, told, signal) {
  let after = 0,
    ended = false,
    abandoned = false;
  const take = (event) => {
    after += 1;
    ended = ended || ENDS.has(event.kind);
    if (event.kind === "abandoned") abandoned = true;
    else told(event);
  };
  const first = stream(`runs/${run}/events?after=${after}`, take, signal);
  try {
    await first.over;
  } catch (error) {
    if (signal.aborted || error.status === 404) throw error;
  }
  let heard = Date.now();
  while (!ended) {
    try {
      const { events, over } = await label.get(`runs/${run}?after=${after}&wait=${WAIT}`, { signal });
      first.close(); // not before: a run that nobody follows is stopped
      heard = Date.now();
      events.forEach(take);
      if (over && !events.length) break;
    } catch (error) {
      if (signal.aborted || error.status || Date.now() - heard > PATIENCE) throw error;
      await new Promise((go) => setTimeout(go, AGAIN));
    }
  }
  return abandoned;
}

/** over: resolves when the stream has ended, or has been silent for too long, from when on nothing of it is taken. */
function stream(path, take, signal) {
  const stop = new AbortController(),
    close = () => stop.abort();
  signal.addEventListener("abort", close);
  let timer = 0,
    listening = true;
  let giveUp;
  const silent = new Promise((ready) => {
    giveUp = ready;
  });
  const wait = (long) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, long);
  };
  wait(FIRST);
  const read = async () => {
    const answer = await label.get(path, { signal: stop.signal, raw: true });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader(),
      feed = eventReader(take);
    for (;;) {
      const { done, value } = await reader.read();
      if (done || !listening) return;
      wait(SILENT);
      feed(value);
    }
  };
  const over = Promise.race([read(), silent]).finally(() => {
    listening = false;
    clearTimeout(timer);
  });
  return { over, close };
}
