// The drawing canvas: what the rooms beside it share (document, selection, tool, layers), wired; it talks through `api` alone.
import { el } from "../shared/dom.js";
import { emit } from "../shared/events.js";
import { hover } from "../shared/linked_views.js";
import { tr } from "../shared/words.js";
import { canvasArrivals } from "./arrivals.js";
import { canvasBar } from "./bar.js";
import { canvasListening } from "./canvas_events.js";
import { canvasCommands } from "./commands.js";
import { foretold } from "./document.js";
import { canvasOpening } from "./document_state.js";
import { canvasDraw } from "./draw.js";
import { canvasField } from "./field.js";
import { canvasInk } from "./ink.js";
import { canvasKeys } from "./keys.js";
import { keepLayers, keptLayers, layerSaid } from "./layer_states.js";
import { canvasLive } from "./live.js";
import { canvasLook } from "./look.js";
import { canvasSeveral } from "./multi_select.js";
import { canvasPhoto } from "./photo.js";
import { canvasPointer } from "./pointer.js";
import { refOf, thingOf } from "./refs.js";
import { canvasStatus } from "./status.js";
import { canvasTools } from "./tools.js";
import { canvasView } from "./view.js";

const STAGE = {
  class: "cv-stage",
  tabindex: 0,
  role: "application",
  "aria-roledescription": tr("drawing canvas"),
  "aria-label": tr("Image with its words and characters. Press the question mark for all keys."),
};

export function createCanvas(root, { api }) {
  const empty = el("div", { class: "cv-empty" }),
    stage = el("div", STAGE, empty);
  const layers = keptLayers();
  const made = { preview: null, renames: new Map() }; // a command that is being made; new names of what was new
  let previewed = null;

  const canvas = {
    root,
    stage,
    layers,
    store: null,
    selected: null,
    also: new Set(), // what else is chosen
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
    through: false, // whether all that was to check has just been gone through
    before: null, // where one looked before going through what is to check
    made: [], // what was done since the tool was taken up, undone steps left out
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
      canvas.made.push(command.do);
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
    queueSay,
    update: redraw,
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
        [tr("Try again"), after(again)],
        [tr("Not now"), after(() => {})],
      ]);
    },
  });
  const draw = canvasDraw(canvas);
  const live = canvasLive(canvas);
  const arrivals = canvasArrivals(canvas);
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
  canvas.look = canvasLook(view.surface("photo"), (words) => {
    bar.layersChanged();
    canvas.say(words);
  });
  canvas.field = canvasField(canvas);
  canvas.several = canvasSeveral(canvas);
  const shapes = canvasTools(canvas, live);
  canvas.grips = shapes.grips;
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

  const thing = (id) => (canvas.document ? thingOf(canvas.document, id) : null);

  /** selected: {kind: "word" | "character", id, vertex?} or null. */
  function select(selected, { quiet = false } = {}) {
    const before = canvas.selected;
    canvas.selected = selected;
    canvas.also = new Set();
    if (selected) canvas.through = false;
    if (before?.id !== selected?.id) {
      canvas.said = canvas.news = "";
      if (tools[canvas.tool].points) tools[canvas.tool].drop();
    }
    view.touch("shapes", "live");
    redraw();
    if (quiet || before?.id === selected?.id) return;
    emit("select", { ref: refOf(canvas.document, selected?.id), id: selected?.id ?? null, from: root });
  }

  function setTool(name) {
    canvas.field.take();
    canvas.active.drop();
    canvas.tool = name;
    canvas.made = [];
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
    keepLayers(layers);
    canvas.say(layerSaid(name, on));
  }

  function setOpacity(name, opacity) {
    layers[name].opacity = opacity;
    keepLayers(layers);
    if (name === "masks") view.surface("masks").style.opacity = opacity;
    else view.touch("photo");
    canvas.say(tr("Opacity of the {0}: {1} %", name, Math.round(opacity * 100)));
  }

  function setRadius(radius) {
    canvas.radius = Math.min(200, Math.max(0.5, Math.round(radius * 2) / 2));
    view.touch("live");
    canvas.say(tr("Brush: {0} px", canvas.radius * 2));
  }

  function hoverAt(point) {
    const id = (point && shapes.thingAt(point)?.id) ?? null;
    if (id === canvas.hover) return;
    canvas.hover = id;
    view.touch("live", "shapes");
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

  /** What the page does with the whole picture waits until every edit is saved. */
  async function queueSay(detail) {
    canvas.field.take();
    const { store } = canvas;
    if (detail.state) await settled();
    if (canvas.store !== store) return;
    if (detail.state && store?.pending) return canvas.say(tr("This can be decided as soon as your edits are saved."));
    emit("queue", detail);
  }

  const parts = { canvas, api, view, photo, status, arrivals, blank, redraw, thing, layers, made };
  const { open, settled, leaving } = canvasOpening(parts);
  canvasListening(canvas, { keys, leaving });
  setTool("select");
  blank("");

  return {
    open,
    settled,
    update: () => canvas.update(),
    run: canvas.run,
    view,
    refresh: () => canvas.store?.refresh(),
    /** What a run has found so far; null: it is over. */
    arrive: (event) => (event ? arrivals.take(event) : arrivals.clear()),
    /** Put a command of another part of the page into the canvas's own line; the server's answer, or an Error. */
    send: (command) =>
      canvas.store ? canvas.store.ask(command) : Promise.reject(new Error(tr("Open an image first."))),
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
    get pending() {
      return canvas.store?.pending ?? 0;
    },
  };
}
