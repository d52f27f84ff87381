// Run, Find words, Cancel, and how far it is. A run is followed stage by stage; another picture ends it.
import { order, toCheck } from "../canvas/document.js";
import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { follow } from "../shared/follow.js";
import { opened } from "../shared/open.js";
import { settings } from "../shared/settings.js";
import { counted, heard, tr } from "../shared/words.js";

const STAGES = 7;
const TRIES = 4; // a run that the server took for abandoned is begun again, and goes on where it was

export function runPanel(root) {
  const text = el("span", { class: "cs-progress-text" });
  const bar = el("span", { class: "cs-progress-bar", "aria-hidden": "true" });
  const line = el("div", { class: "cs-progress", role: "status" }, bar, text);
  const run = el(
    "button",
    { type: "button", id: "cs-run", class: "cs-button cs-main-button", onclick: () => start("run") },
    tr("Run"),
  );
  const find = el(
    "button",
    {
      type: "button",
      id: "cs-find",
      class: "cs-button",
      title: tr("Look for words that are not marked yet; those that are there stay"),
      onclick: () => start("find"),
    },
    tr("Find words"),
  );
  const cancel = el(
    "button",
    { type: "button", id: "cs-cancel", class: "cs-button", disabled: true, onclick: stop },
    tr("Cancel"),
  );
  root.replaceChildren(run, find, cancel, el("div", { id: "cs-progress" }, line));

  let going = null; // {image, run, halt, finished}: the run that is followed
  let last = null; // {image, seq, time}: the run that has ended, and the document that it left
  let said = ""; // what the last run said instead of a result
  let found = false;

  function paint(state, words, step = 0) {
    line.className = `cs-progress cs-${state}`;
    line.setAttribute("role", state === "error" ? "alert" : "status");
    bar.replaceChildren(
      ...Array.from({ length: STAGES }, (_, index) =>
        el("i", {
          class: state === "done" || index < step ? "cs-done" : index === step && state === "running" ? "cs-now" : "",
        }),
      ),
    );
    text.textContent = words;
    cancel.disabled = state !== "running";
    const busy = state === "running";
    if (document.body.hasAttribute("data-cs-busy") === busy) return;
    document.body.toggleAttribute("data-cs-busy", busy);
    opened.canvas?.update(); // its status line speaks of words that are looked for
  }

  /** What there is, while nothing runs: always that of the newest document. */
  function rest() {
    if (going) return;
    const { image, canvas } = opened,
      shown = canvas?.document;
    if (said) return;
    if (!image.id || !shown) return paint("idle", tr("Run finds every character and its mask."));
    const all = order(shown),
      check = all.filter(({ character }) => toCheck(character)).length;
    if (!all.length) {
      const none = last?.image === image.id && last.seq === image.seq;
      return paint(
        none ? "done" : "idle",
        none ? tr("No characters: every word is ignored or empty.") : tr("Run finds every character and its mask."),
      );
    }
    const time = last?.image === image.id && last.seq === image.seq && last.time ? ` · ${last.time}` : "";
    paint("done", tr("{0}, {1} to check{2}", counted(all.length, "character"), check || tr("none"), time));
  }

  async function start(kind) {
    drop();
    said = "";
    const mine = (going = { image: null, run: null, halt: new AbortController() });
    paint("running", kind === "find" ? tr("Finding words…") : tr("Starting…"));
    try {
      await opened.ready;
      await opened.canvas.settled();
      const { id } = opened.image;
      if (going !== mine) return;
      if (!id) return end(mine, tr("Open a photo first."), true);
      mine.image = id;
      const wanted = { do: kind, settings: settings() };
      for (let left = TRIES, abandoned = true; abandoned && left; left--) {
        mine.run = (await label.post(`documents/${encodeURIComponent(id)}/runs`, wanted)).run;
        if (going !== mine) return void label.post(`runs/${mine.run}/cancel`).catch(() => {});
        abandoned = await follow(mine.run, (event) => hear(mine, event), mine.halt.signal);
        if (abandoned && left === 1) throw new Error(tr("The connection keeps breaking. Run again when it is better."));
      }
      await mine.finished;
      if (going === mine) end(mine, "");
    } catch (error) {
      if (going === mine && error.name !== "AbortError") end(mine, error.message, true);
    }
  }

  function hear(mine, event) {
    if (going !== mine) return;
    const { kind, number = 0 } = event,
      words = heard(event.text ?? "");
    if (kind === "waiting") paint("running", words);
    else if (kind === "words") opened.canvas.arrive({ stage: "find words", words: event.words });
    else if (kind === "stage") {
      paint("running", words, number);
      opened.canvas.arrive(event);
    } else if (kind === "done") mine.finished = finish(mine, event);
    else end(mine, words, kind === "error");
    if (kind === "found") {
      found = true; // the document that it brings leaves the sentence standing
      opened.canvas.refresh();
    }
  }

  async function finish(mine, { seq, time, problems }) {
    await opened.canvas.refresh();
    if (going !== mine) return;
    last = { image: mine.image, seq, time };
    end(mine, "");
    emit("ran", last);
    if (problems) emit("notice", { text: problems, alert: true });
  }

  function end(mine, words, error = false) {
    if (going !== mine) return;
    going = null;
    opened.canvas?.arrive(null);
    said = words;
    if (words) paint(error ? "error" : "idle", words);
    else rest();
  }

  /** Stop what runs, and say so. */
  function stop() {
    const mine = going;
    if (!mine) return;
    drop();
    said = tr("Cancelled.");
    paint("idle", said);
  }

  /** Follow the run no longer; it ends on the server. The request outlives a page that is being left. */
  function drop() {
    const mine = going;
    if (!mine) return;
    going = null;
    mine.halt.abort();
    if (mine.run) label.farewell(`runs/${mine.run}/cancel`, {});
    opened.canvas?.arrive(null);
  }

  let now = {};
  listen("image", ({ id, seq }) => {
    if (going?.image && going.image !== id) drop();
    if (id !== now.id || (seq !== now.seq && !found)) said = "";
    found = false;
    now = { id, seq };
    rest();
  });
  listen("opening", ({ on }) => {
    if (!on) return;
    drop(); // also one that still waits for the image before
    said = "";
    paint("idle", tr("Run finds every character and its mask."));
  });
  listen("runimage", () => start("run"));
  listen("settings", () => {
    const shown = opened.canvas?.document;
    if (shown && order(shown).length) start("run");
  });
  window.addEventListener("pagehide", drop);
  paint("idle", tr("Run finds every character and its mask."));
}
