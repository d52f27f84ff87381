// One image's document and the edits on their way to the server: sent one at a time and in order, shown at once, never
// dropped without being asked. An answer settles its own edit alone; the edits behind it are laid over the new document
// again, so that a slow answer cannot overwrite a newer edit.
import { kept } from "../shared/storage.js";
import { tr } from "../shared/words.js";
import { broughtIn, changed, foretold } from "./document.js";

export function canvasStore({ id, api, onchange, onanswer, onrefusal, ontrouble }) {
  const AWAY = new Set([0, 502, 503, 504]);
  let server = null; // what the server said last: document, seq, undo, redo, state, …
  let shown = null; // server.document with the edits of the queue laid over it
  let queue = [];
  let sending = false,
    trouble = null,
    timer = null,
    pause = 0,
    count = 0,
    closed = false;

  /** Edits that a later "undo" of the queue takes back are not shown, those that a "redo" brings back are. */
  function replay() {
    const kept = [],
      taken = [];
    for (const item of queue) {
      if (item.kind === "edit") {
        kept.push(item);
        taken.length = 0;
      } else if (item.kind === "undo" && kept.length) taken.push(kept.pop());
      else if (item.kind === "redo" && taken.length) kept.push(taken.pop());
    }
    shown = kept.reduce((document, item) => foretold(document, item.command, item.newId), server.document);
  }

  function tell(extra = {}) {
    const items = queue.map(({ kind, command, key, newId }) => ({ kind, command, key, newId }));
    kept.write(`waiting.${id}`, items.length ? { seq: server.seq, items } : null); // a reload loses nothing
    if (closed) return;
    replay();
    onchange(extra);
  }

  function setTrouble(next) {
    trouble = next;
    ontrouble(trouble);
  }

  async function open() {
    server = await api.get(id);
    takeUp(kept.read(`waiting.${id}`, { seq: 0, items: [] }));
    tell({ opened: true });
    pump();
  }

  /** Edits that were still waiting when the page was last left or loaded anew. */
  function takeUp({ seq, items }) {
    const made = items.length && server.seq === seq + 1 && server.key === items[0].key; // only its answer was lost
    queue = items.slice(made ? 1 : 0).map((item) => ({ ...item, due: 0, told: [], sent: false, doubt: true }));
    count = queue.length ? Math.max(...queue.map((item) => Number(item.newId?.slice(3) || 0))) : 0;
    if (queue.length && !made && server.seq !== seq) stale(server, {});
  }

  /** Look at the server again, as when something beside the canvas changed the document. Where edits wait, or the server
   * cannot be reached, the next edit will find out.
   */
  async function refresh() {
    if (!server || sending || queue.length) return;
    const latest = await api.get(id).catch(() => null);
    if (!latest || sending || queue.length || latest.seq < server.seq) return;
    server = latest;
    tell({ opened: true });
  }

  /** Queue an edit. together: edits in a row with the same name become one while the first has not been sent. */
  function edit(command, { together = null, wait = 0 } = {}) {
    const last = queue.at(-1),
      merges = together && last?.together === together && !last.sent;
    if (merges) queue.pop();
    return add({
      kind: "edit",
      command,
      together,
      due: Date.now() + wait,
      key: merges ? last.key : newKey(),
      told: merges ? last.told : [],
      newId: /^add_(word|character)$/.test(command.do) ? `new${++count}` : null,
    });
  }

  const newKey = () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

  function add(item) {
    for (const earlier of queue) earlier.due = 0; // whoever goes on to something else waits no longer
    const whole = { due: 0, key: newKey(), told: [], ...item };
    queue.push(whole);
    tell();
    pump();
    return whole;
  }

  /** Queue an edit for somebody who wants to know how it went: the server's answer, or an error with its sentence. */
  function ask(command) {
    const item = edit(command);
    return new Promise((resolve, reject) => item.told.push({ resolve, reject }));
  }

  function send(item) {
    if (item.kind === "undo") return api.undo(id, server.seq, item.key);
    if (item.kind === "redo") return api.redo(id, server.seq, item.key);
    return api.edit(id, server.seq, item.command, item.key);
  }

  async function pump() {
    if (sending || trouble || !queue.length || !server) return;
    const item = queue[0],
      early = item.due - Date.now();
    clearTimeout(timer);
    if (early > 0) {
      timer = setTimeout(pump, early);
      return;
    }
    sending = item.sent = true;
    try {
      await settle(item, await send(item));
    } catch (error) {
      await failed(item, error);
    }
    sending = false;
    pump();
  }

  async function settle(item, answer) {
    pause = 0;
    const next = answer.change && answer.seq === server.seq + 1;
    const fields = Object.fromEntries(
      ["seq", "undo", "redo", "state"].filter((name) => name in answer).map((name) => [name, answer[name]]),
    );
    if (next) server = { ...server, ...fields, document: changed(server.document, answer.change) };
    else if (answer.seq !== server.seq) server = await api.get(id);
    const real = item.newId && answer.change ? broughtIn(answer.change) : null;
    queue.shift();
    if (real) rename(item.newId, real);
    tell({ renamed: real ? { [item.newId]: real } : {}, change: answer.change });
    for (const { resolve } of item.told) resolve(answer);
    if (!closed) onanswer(item, answer);
  }

  function rename(from, to) {
    for (const { command } of queue) {
      if (!command) continue;
      for (const name of ["word", "character"]) if (command[name] === from) command[name] = to;
      if (command.characters) command.characters = command.characters.map((one) => (one === from ? to : one));
    }
  }

  async function failed(item, error) {
    const status = error.status || 0,
      body = error.body || {};
    if (AWAY.has(status)) return away(item);
    if (status === 429) return later(1500);
    if (status === 409) return conflict(item, body);
    if (status === 401)
      return setTrouble({
        kind: "login",
        text: tr("You are not logged in any more. Log in, then send again: nothing is lost."),
      });
    if (status === 404)
      return setTrouble({
        kind: "gone",
        text: body.error || tr("This image is not there any more, or no longer shared with you."),
      });
    item.sent = false;
    queue = queue.filter(
      (other) => other !== item && !(item.newId && JSON.stringify(other.command || {}).includes(`"${item.newId}"`)),
    );
    const sentence = body.error || tr("The server could not do this edit; nothing was changed.");
    for (const { reject } of item.told) reject(new Error(sentence));
    tell({ refused: item });
    if (!item.told.length || closed) onrefusal(sentence, item);
  }

  function later(milliseconds) {
    setTrouble({ kind: "busy", text: "" });
    timer = setTimeout(again, milliseconds);
  }

  function away(item) {
    item.doubt = true; // the server may have made the edit and only the answer was lost
    pause = Math.min(1500, pause ? pause * 2 : 500); // sooner than Gradio, which loads the page anew once it is back
    setTrouble({
      kind: "away",
      text: tr("The server cannot be reached. Your edits wait here and are sent when it is back."),
    });
    timer = setTimeout(again, pause);
  }

  /** Somebody else was faster, or our own edit arrived and its answer did not: `key` tells. */
  async function conflict(item, body) {
    let latest;
    try {
      latest = await api.get(id);
    } catch (error) {
      return failed(item, error.status === 409 ? {} : error);
    }
    if (item.doubt && latest.seq === server.seq + 1 && [body.key, latest.key].includes(item.key)) {
      server = latest;
      queue.shift();
      for (const { resolve } of item.told) resolve(latest);
      return tell({ opened: true });
    }
    if (JSON.stringify(latest.document) === JSON.stringify(server.document)) {
      // only a state or a note is new
      server = latest;
      item.sent = false;
      return tell({ opened: true });
    }
    stale(latest, body);
  }

  function stale(latest, body) {
    const time = body.at ? new Date(body.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : null;
    const who = body.by ?? tr("Somebody"),
      theirs = time
        ? tr("{0} changed this image at {1} while you were working on it.", who, time)
        : tr("{0} changed this image while you were working on it.", who);
    const mine =
      queue.length > 1
        ? tr("Your last {0} edits are kept here until you choose.", queue.length)
        : tr("Your last edit is kept here until you choose.");
    setTrouble({ kind: "conflict", latest, text: `${theirs} ${mine}` });
  }

  function again() {
    if (!trouble) return;
    clearTimeout(timer);
    setTrouble(null);
    pump();
  }

  /** The ways out of a conflict. mine: send our edits again, over theirs; else theirs stands and ours are dropped. */
  function decide(mine) {
    if (trouble?.kind !== "conflict") return;
    server = trouble.latest;
    const dropped = mine ? queue.filter((item) => item.kind !== "edit") : queue;
    queue = mine ? queue.filter((item) => item.kind === "edit").map((item) => ({ ...item, sent: false })) : [];
    for (const { told } of dropped)
      for (const { reject } of told) reject(new Error(tr("This edit was given up for somebody else's.")));
    setTrouble(null);
    tell({ opened: true });
    pump();
  }

  const online = () => {
    if (trouble?.kind === "away") again();
  };
  window.addEventListener("online", online);

  return {
    id,
    open,
    refresh,
    ask,
    again,
    decide,
    edit: (command, options) => edit(command, options).newId,
    undo: () => add({ kind: "undo" }),
    redo: () => add({ kind: "redo" }),
    /** Nothing is shown of it any more; what waits is still sent. */
    leave() {
      closed = true;
    },
    get document() {
      return shown;
    },
    get server() {
      return server;
    },
    get pending() {
      return queue.length;
    },
    get sending() {
      return sending;
    },
    get trouble() {
      return trouble;
    },
    get canUndo() {
      return Boolean(server && (server.undo || queue.some((item) => item.kind === "edit")));
    },
    get canRedo() {
      return Boolean(server?.redo || queue.some((item) => item.kind === "undo"));
    },
  };
}

// The edits that wait, kept in the tab: Gradio loads the page anew after a server was away, and people do so too.
