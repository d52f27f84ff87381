// The canvas's document on its way: opened, changed by the server, in trouble, closed.
import { emit } from "../shared/events.js";
import { kept } from "../shared/storage.js";
import { heard, tr } from "../shared/words.js";
import { canvasStore } from "./store.js";

/** parts: what the canvas lends; `preview` and `renames` are its own boxes for what is being made. */
export function canvasOpening(parts) {
  const { canvas, api, view, photo, status, arrivals, blank, redraw, thing, layers, made } = parts;
  const { root } = canvas;
  let leaving = [];

  function changed(store, { opened, renamed = {}, change, refused }) {
    for (const [from, to] of Object.entries(renamed)) made.renames.set(from, to);
    const adopt = (id) => made.renames.get(id) ?? id;
    if (canvas.selected) canvas.selected = { ...canvas.selected, id: adopt(canvas.selected.id) };
    canvas.also = new Set([...canvas.also].map(adopt).filter(thing));
    if (canvas.hover) canvas.hover = adopt(canvas.hover);
    if (made.preview) made.preview = { ...made.preview, character: adopt(made.preview.character) };
    if (canvas.selected && !thing(canvas.selected.id)) canvas.select(heir(change));
    if (opened || change || refused) {
      const { document, seq, undo, redo, state } = store.server;
      emit("document", { id: store.id, document, seq, undo, redo, state, from: root });
    }
    view.touch("masks", "shapes", "live");
    redraw();
  }

  /** What is chosen when the chosen thing is gone: what the change put in its place. */
  function heir(change) {
    for (const { before, after } of change?.words || []) {
      if (!after) continue;
      const old = new Set((before?.characters || []).map(({ id }) => id));
      const fresh = after.characters.find(({ id }) => !old.has(id));
      if (fresh) return thing(fresh.id);
      if (before?.characters.some(({ id }) => id === canvas.selected.id)) return thing(after.id);
    }
    return null;
  }

  function troubled(store, trouble) {
    const settle = (go) => () => {
      go();
      if (canvas.store !== store) status.tell("");
    };
    const ways = {
      conflict: [
        [tr("Put my edits on top"), settle(() => store.decide(true))],
        [tr("Drop mine, keep theirs"), settle(() => store.decide(false))],
      ],
      away: [[tr("Try now"), settle(() => store.again())]],
      login: [[tr("Send again"), settle(() => store.again())]],
    };
    const which = canvas.store === store || !trouble ? "" : `${store.server.name}: `;
    status.tell(trouble?.text ? which + trouble.text : "", ways[trouble?.kind] || []);
    redraw();
  }

  /** Show a document. Edits of the one before that still wait are sent all the same. */
  async function open(id) {
    close();
    blank(tr("Loading the photo…"));
    const store = canvasStore({
      id,
      api,
      onchange: (extra) => changed(store, extra),
      onanswer: (item, answer) => {
        canvas.news = heard(answer.message || "");
        redraw();
      },
      onrefusal: (text) => {
        status.tell(text);
        canvas.show(null);
      },
      ontrouble: (trouble) => {
        if (canvas.store === store || (trouble && trouble.kind !== "away" && trouble.text)) troubled(store, trouble);
      },
    });
    canvas.store = store;
    try {
      await store.open();
    } catch (error) {
      if (canvas.store !== store) return;
      canvas.store = null;
      blank("");
      status.tell((error.status === 404 && error.body?.error) || tr("This image could not be loaded."), [
        [tr("Try again"), () => open(id)],
      ]);
      return redraw();
    }
    if (canvas.store !== store) return;
    const { width, height } = store.server;
    view.setImage(width, height);
    lookAgain(id);
    photo.open(() => api.imageUrl(id), width, height, id);
    if (layers.heat.on) canvas.setLayer("heat", true);
    canvas.said = "";
    redraw();
  }

  /** After a reload one looks where one looked before. */
  function lookAgain(id) {
    const was = kept.read("view", null);
    kept.write("view", null);
    if (was?.id === id && Array.isArray(was.middle) && was.k > 0) view.centreOn(was.middle, was.k);
  }

  window.addEventListener("pagehide", () => {
    const { store } = canvas,
      zoomed = store && view.w && !view.fitted;
    kept.write("view", zoomed ? { id: store.id, k: view.k, middle: view.toImage([view.w / 2, view.h / 2]) } : null);
  });

  /** Show nothing. */
  function close() {
    canvas.field.take();
    canvas.several.leave();
    canvas.active.drop();
    const { store } = canvas;
    if (store) {
      store.leave();
      leaving = [...leaving, store].filter((one) => one.pending);
    }
    Object.assign(canvas, {
      store: null,
      also: new Set(),
      made: [],
      before: null,
      through: false,
      selected: null,
      hover: null,
      draft: null,
      drag: null,
      pointer: null,
      crosshair: false,
      said: "",
      news: "",
    });
    made.preview = null;
    arrivals.clear();
    made.renames = new Map();
    photo.close();
    status.tell("");
    blank("");
    view.setImage(0, 0);
    redraw();
  }

  /** Until no edit waits any more, or something stands in the way. */
  async function settled() {
    const { store } = canvas;
    const going = () => store && (store.pending || store.sending) && (!store.trouble || store.trouble.kind === "busy");
    while (going()) await new Promise((go) => setTimeout(go, 25));
  }

  return { open, settled, leaving: () => leaving };
}
