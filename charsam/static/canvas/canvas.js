// The drawing canvas: one picture on which words, characters, points and masks are corrected. It holds what the rooms
// beside it share (document, selection, tool, layers) and wires them; it talks to the server through `api` alone.

import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { kept } from "../shared/kept.js";
import { hover } from "../shared/linking.js";
import { canvasArrivals } from "./arrivals.js";
import { canvasBar } from "./bar.js";
import { canvasCommands } from "./commands.js";
import { character as findCharacter, word as findWord, foretold } from "./document.js";
import { canvasDraw } from "./draw.js";
import { canvasField } from "./field.js";
import { canvasInk } from "./ink.js";
import { canvasKeys } from "./keys.js";
import { canvasLive } from "./live.js";
import { canvasOpening } from "./opening.js";
import { canvasPhoto } from "./photo.js";
import { canvasPointer } from "./pointer.js";
import { idOf, refOf, thingOf } from "./refs.js";
import { canvasStatus } from "./status.js";
import { canvasTools } from "./tools.js";
import { canvasView } from "./view.js";

export function createCanvas(root, { api, onselect = () => {}, onstate = () => {} }) {
  const empty = el("div", { class: "cv-empty" });
  const stage = el(
    "div",
    {
      class: "cv-stage",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "drawing canvas",
      "aria-label": "Picture with its words and characters. Press the question mark for all keys.",
    },
    empty,
  );
  const layers = {
    heat: { on: false, opacity: 0.6 },
    words: { on: true },
    boxes: { on: true },
    points: { on: true },
    masks: { on: true, opacity: 0.6 },
    labels: { on: true },
    outline: { on: false },
  };
  for (const [name, state] of Object.entries(kept.read("layers", {})))
    if (layers[name]) Object.assign(layers[name], state);
  const made = { preview: null, renames: new Map() }; // a command that is being made; new names of what was new
  let previewed = null;

  const canvas = {
    root,
    stage,
    layers,
    store: null,
    selected: null,
    hover: null,
    tool: "select",
    drag: null,
    draft: null,
    pointer: null,
    crosshair: false,
    erasing: false,
    negative: false,
    spaceHeld: false,
    radius: 6,
    said: "",
    news: "",
    message: "",
    get document() {
      const shown = canvas.store?.document ?? null;
      const { preview } = made;
      if (!preview || !shown) return shown;
      if (previewed?.over !== shown || previewed.command !== preview)
        previewed = { over: shown, command: preview, document: foretold(shown, preview) };
      return previewed.document;
    },
    get active() {
      return tools[canvas.tool];
    },
    current: (id) => made.renames.get(id) ?? id,
    edit(command, options) {
      canvas.said = canvas.news = "";
      return canvas.store.edit(command, options);
    },
    /** Show the document as it would be after a command that is still being made, or (null) as it is. */
    show(command) {
      made.preview = command;
      view.touch("masks", "shapes");
    },
    say(text, { quiet = false } = {}) {
      canvas.said = text;
      status.update();
      if (!quiet) view.touch("live");
    },
    select,
    setTool,
    setLayer,
    setOpacity,
    setRadius,
    hoverAt,
    doubled,
    holdSpace,
    queueSay,
    update,
  };

  const photo = canvasPhoto({
    ready: () => {
      blank("");
      view.touch("photo");
    },
    failed: (text, again) => {
      const after = (go) => () => {
        status.tell("");
        go();
      };
      status.tell(text, [
        ["Try again", after(again)],
        ["Leave it", after(() => {})],
      ]);
    },
  });
  const draw = canvasDraw(canvas);
  const live = canvasLive(canvas, draw);
  const arrivals = canvasArrivals(canvas, draw);
  const view = canvasView({
    stage,
    onmove: moved,
    paint: {
      photo: (context, now) => {
        const { width, height } = canvas.document;
        photo.paint(context, now, width, height);
        if (layers.heat.on) photo.paintHeat(context, now, width, height, layers.heat.opacity);
        arrivals.paintHeat(context, now, width, height);
      },
      masks: draw.masks,
      live: live.paint,
      shapes: (context, now) => {
        draw.shapes(context, now);
        arrivals.paint(context, now);
      },
    },
  });
  canvas.view = view;
  canvas.field = canvasField(canvas);
  const shapes = canvasTools(canvas, live);
  const tools = { ...shapes.tools, ...canvasInk(canvas, shapes).tools };
  const keys = canvasKeys(canvas);
  const bar = canvasBar(canvas, keys);
  const status = canvasStatus(canvas, bar);
  Object.assign(canvas, canvasCommands(canvas, { live, shapes, keys }));
  root.classList.add("cv-root");
  root.replaceChildren(stage, bar.bar, status.status);
  stage.append(status.note);
  canvasPointer(canvas);
  new ResizeObserver(() => {
    root.classList.toggle("cv-narrow", root.clientWidth <= 700);
    root.classList.toggle("cv-small", root.clientWidth <= 520);
  }).observe(root);
  view.surface("masks").style.opacity = layers.masks.opacity;

  function moved(now) {
    canvas.field.place();
    bar.zoom(now);
  }

  function blank(text) {
    canvas.message = text;
    empty.textContent = text;
    empty.hidden = !text;
  }

  /** Everything on the bar and below it that depends on the state. */
  function redraw() {
    bar.update();
    status.update();
  }

  function update() {
    redraw();
    const { server, pending, trouble } = canvas.store ?? {};
    const { seq = null, undo = null, redo = null, state = null } = server ?? {};
    onstate({
      id: canvas.store?.id ?? null,
      document: canvas.store?.document ?? null,
      seq,
      undo,
      redo,
      state,
      pending: pending ?? 0,
      trouble: trouble?.kind ?? null,
    });
  }

  const exists = (id) => Boolean(id && (findCharacter(canvas.document, id) || findWord(canvas.document, id)));
  const thing = (id) => (canvas.document ? thingOf(canvas.document, id) : null);

  /** selected: {kind: "word" | "character", id, vertex?} or null. */
  function select(selected, { quiet = false } = {}) {
    const before = canvas.selected;
    canvas.selected = selected;
    if (before?.id !== selected?.id) {
      canvas.said = canvas.news = "";
      if (tools[canvas.tool].points) tools[canvas.tool].drop();
    }
    view.touch("shapes", "live");
    redraw();
    if (quiet || before?.id === selected?.id) return;
    onselect(selected);
    emit("select", { ref: refOf(canvas.document, selected?.id), id: selected?.id ?? null, from: root });
  }

  function setTool(name) {
    canvas.field.take();
    canvas.active.drop();
    canvas.tool = name;
    canvas.erasing = name === "eraser";
    canvas.said = "";
    if (name === "select") canvas.crosshair = false;
    stage.style.cursor = "";
    stage.dataset.tool = name;
    view.touch("live", "shapes");
    redraw();
  }

  function setLayer(name, on) {
    layers[name].on = on;
    if (name === "heat" && on && !photo.hasHeat) photo.openHeat(() => api.heatUrl(canvas.store.id));
    view.touch();
    bar.layersChanged();
    kept.write("layers", layers);
    canvas.say(`${name === "outline" ? "Outlines only" : name[0].toUpperCase() + name.slice(1)}: ${on ? "on" : "off"}`);
  }

  function setOpacity(name, opacity) {
    layers[name].opacity = opacity;
    kept.write("layers", layers);
    if (name === "masks") view.surface("masks").style.opacity = opacity;
    else view.touch("photo");
    canvas.say(`Opacity of the ${name}: ${Math.round(opacity * 100)} %`);
  }

  function setRadius(radius) {
    canvas.radius = Math.min(200, Math.max(0.5, Math.round(radius * 2) / 2));
    view.touch("live");
    canvas.say(`Brush: ${canvas.radius * 2} px`);
  }

  function hoverAt(point) {
    const id = (point && shapes.thingAt(point)?.id) ?? null;
    if (id === canvas.hover) return;
    canvas.hover = id;
    view.touch("live");
    hover(refOf(canvas.document, id));
  }

  /** A double click: types what is under it; on a chosen word's edge it sets a new corner. */
  function doubled(point, at) {
    if (canvas.tool !== "select" || !canvas.selected) return;
    const near = ({ kind, at: [x, y] }) => kind === "edge" && Math.hypot(x - at[0], y - at[1]) < 10;
    const edge = canvas.selected.kind === "word" && live.handles().find(near);
    if (!edge) return canvas.run("type");
    select({ ...canvas.selected, vertex: edge.index }, { quiet: true });
    canvas.run("insert");
  }

  function holdSpace() {
    canvas.spaceHeld = true;
    stage.style.cursor = "grab";
  }

  /** What the page does with the whole picture waits until every edit is saved. */
  async function queueSay(detail) {
    canvas.field.take();
    const { store } = canvas;
    if (detail.state) await settled();
    if (canvas.store !== store) return;
    if (detail.state && store?.pending) return canvas.say("This can be decided as soon as your edits are saved.");
    emit("queue", detail);
  }

  const { open, close, settled, leaving } = canvasOpening({
    canvas,
    api,
    view,
    photo,
    status,
    arrivals,
    blank,
    redraw,
    update,
    exists,
    layers,
    made,
  });

  const elsewhere = (target) => target.closest?.("input, textarea, select, [contenteditable=true], dialog[open]");
  const listens = (event) =>
    root.isConnected &&
    stage.offsetParent !== null &&
    !event.defaultPrevented &&
    !elsewhere(event.target) &&
    (root.contains(event.target) || event.target === document.body);

  function keydown(event) {
    if (!listens(event) || (event.target.closest("button") && ["Enter", " "].includes(event.key))) return;
    if (!canvas.document && event.key !== "?" && !event.key.startsWith("Page")) return;
    if (keys.press(event)) event.preventDefault();
  }

  function keyup(event) {
    if (event.key !== " ") return;
    canvas.spaceHeld = false;
    if (stage.style.cursor === "grab") stage.style.cursor = "";
  }

  document.addEventListener("keydown", keydown);
  document.addEventListener("keyup", keyup);
  window.addEventListener("blur", () => {
    canvas.spaceHeld = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (canvas.store?.pending || leaving().some((store) => store.pending)) event.preventDefault();
  });
  listen("select", ({ ref, from }) => {
    const found = from !== root && canvas.document && thing(idOf(canvas.document, ref));
    if (found) canvas.select(found, { quiet: true });
  });
  listen("hover", ({ ref }) => {
    const id = idOf(canvas.document, ref) ?? null;
    if (!canvas.document || id === canvas.hover) return;
    canvas.hover = id;
    view.touch("live");
  });
  listen("look", ({ ref }) => {
    const found = canvas.document && thing(idOf(canvas.document, ref));
    if (!found) return;
    canvas.select(found, { quiet: true });
    canvas.run("zoom_selection");
  });
  setTool("select");
  blank("");

  return {
    open,
    close,
    settled,
    run: canvas.run,
    view,
    refresh: () => canvas.store?.refresh(),
    /** What a run has found so far; null: it is over. */
    arrive: (event) => (event ? arrivals.take(event) : arrivals.clear()),
    /** Put a command of another part of the page into the canvas's own line; the server's answer, or an Error. */
    send: (command) => (canvas.store ? canvas.store.ask(command) : Promise.reject(new Error("Open a picture first."))),
    select: (id) => canvas.select(thing(id), { quiet: false }),
    say: (text) => canvas.say(text),
    get id() {
      return canvas.store?.id ?? null;
    },
    get selected() {
      return canvas.selected;
    },
    get selectedRef() {
      return refOf(canvas.document, canvas.selected?.id);
    },
    get document() {
      return canvas.store?.document ?? null;
    },
    get seq() {
      return canvas.store?.server?.seq ?? null;
    },
    get state() {
      return canvas.store?.server?.state ?? null;
    },
    get pending() {
      return canvas.store?.pending ?? 0;
    },
    get busy() {
      return Boolean(canvas.store?.pending);
    },
    get tool() {
      return canvas.tool;
    },
  };
}
