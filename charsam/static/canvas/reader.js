// A picture to look at: the canvas without its tools. It shows a document as the canvas does, pixels in place of the
// masks, CRAFT's heat, or shapes of a stage; zooming and choosing work as on the canvas.

import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { hover } from "../shared/linked_views.js";
import { tr } from "../shared/words.js";
import { character as findCharacter } from "./document.js";
import { canvasDraw } from "./draw.js";
import { bounds } from "./geometry.js";
import { characterAt, thingAt } from "./hits.js";
import { canvasLive } from "./live.js";
import { canvasPhoto } from "./photo.js";
import { canvasPointer } from "./pointer.js";
import { idOf, refOf, thingOf } from "./refs.js";
import { canvasView } from "./view.js";

const OFF = {
  heat: { on: false, opacity: 0.75 },
  words: { on: false },
  boxes: { on: false },
  points: { on: false },
  masks: { on: false, opacity: 0.65 },
  labels: { on: false },
  outline: { on: false },
  details: { on: true },
};
const BLANK = { width: 0, height: 0, words: [] };

/** layers: what is shown, as on the canvas; link: pictures with the same name zoom together; modes: ways to
 * look, [{id, name, layers, photo, solid, wipe}]; extras(context, view, mode): paints over all.
 */
export function createReader(root, { describe, layers, link = null, modes = [], extras = null, lead = null }) {
  const empty = el("div", { class: "cs-empty" });
  const stage = el("div", { class: "cv-stage", tabindex: 0, role: "img", "aria-label": describe }, empty);
  const percent = el(
    "button",
    { type: "button", class: "cs-tool cs-percent", title: tr("Fit the image (0)"), onclick: () => view.fit() },
    "100 %",
  );
  const wipe = el("input", {
    type: "range",
    class: "cs-wipe",
    min: 0,
    max: 1000,
    value: 500,
    hidden: true,
    "aria-label": tr("Before and after"),
    oninput: clip,
  });
  const tool = (text, title, act) =>
    el("button", { type: "button", class: "cs-tool", title, "aria-label": title, onclick: act }, text);
  const ways = el("div", { class: "cs-modes", role: "group", "aria-label": tr("Way to look") });
  const bar = el(
    "div",
    { class: "cs-bar" },
    modes.length > 1 ? ways : null,
    lead,
    el("span", { class: "cs-gap" }),
    tool("−", tr("Zoom out (−)"), () => view.zoomBy(1 / 1.5)),
    percent,
    tool("+", tr("Zoom in (+)"), () => view.zoomBy(1.5)),
  );
  stage.append(wipe);
  root.classList.add("cs-viewer");
  root.replaceChildren(stage, bar);

  let mode = modes[0] ?? { layers: {} },
    photoOf = null,
    raster = null,
    quiet = false,
    wanted = null;
  const reader = {
    root,
    stage,
    document: BLANK,
    selected: null,
    hover: null,
    tool: "select",
    still: true,
    pointer: null,
    crosshair: false,
    spaceHeld: false,
    drag: null,
    draft: null,
    field: { take: () => {} },
    outlined: true,
    get layers() {
      return { ...OFF, ...layers, ...mode.layers };
    },
    active: {
      down(point, event, at) {
        this.at = at;
        return "pan";
      },
      move() {},
      up(point) {
        const found = characterAt(reader.document, point) || null;
        choose(found ? { kind: "character", id: found.character.id } : thingAt(reader.document, point, 7 / view.k));
      },
      drop() {},
      cursor: (point) => (thingAt(reader.document, point, 7 / view.k) ? "pointer" : "grab"),
    },
    hoverAt(point) {
      const id = (point && thingAt(reader.document, point, 7 / view.k)?.id) ?? null;
      if (id === reader.hover) return;
      reader.hover = id;
      view.touch("live");
      hover(refOf(reader.document, id));
    },
    doubled(point, at) {
      if (view.fitted) view.zoomBy(3, ...at);
      else view.fit();
    },
  };
  const draw = canvasDraw(reader),
    live = canvasLive(reader);
  const photo = canvasPhoto({
    ready: () => view.touch("photo"),
    failed: (text) => {
      empty.textContent = text;
      empty.hidden = false;
    },
  });
  const view = canvasView({
    stage,
    onmove: moved,
    paint: {
      photo: (context, now) => {
        if (mode.photo === false) {
          context.fillStyle = "#000";
          context.fillRect(0, 0, stage.clientWidth * now.dpr, stage.clientHeight * now.dpr);
        } else photo.paint(context, now, reader.document.width, reader.document.height);
        if (reader.layers.heat?.on)
          photo.paintHeat(context, now, reader.document.width, reader.document.height, reader.layers.heat.opacity);
      },
      masks: (context, now) => {
        if (raster) paintRaster(context, now);
        else draw.masks(context, now);
      },
      shapes: (context, now) => {
        if (!raster) draw.shapes(context, now);
        extras?.(context, now, mode);
      },
      live: live.paint,
    },
  });
  reader.view = view;
  canvasPointer(reader);
  setMode(mode);

  function paintRaster(context, now) {
    context.setTransform(now.k * now.dpr, 0, 0, now.k * now.dpr, now.x * now.dpr, now.y * now.dpr);
    context.imageSmoothingEnabled = false;
    context.drawImage(raster, 0, 0, reader.document.width, reader.document.height);
  }

  function choose(thing) {
    reader.selected = thing;
    view.touch("shapes", "live");
    emit("select", { ref: refOf(reader.document, thing?.id), from: root });
  }

  function setMode(next) {
    mode = next;
    ways.replaceChildren(
      ...modes.map((one) =>
        el(
          "button",
          { type: "button", class: "cs-tool", "aria-pressed": String(one === mode), onclick: () => setMode(one) },
          one.name,
        ),
      ),
    );
    wipe.hidden = !mode.wipe;
    view.surface("masks").style.opacity = mode.solid ? 1 : raster ? 0.85 : (reader.layers.masks?.opacity ?? 0.65);
    clip();
    view.touch();
  }

  function clip() {
    const cut = mode.wipe ? `inset(0 0 0 ${wipe.value / 10}%)` : "";
    for (const name of ["masks", "shapes"]) view.surface(name).style.clipPath = cut;
  }

  function moved(now) {
    percent.textContent = `${Math.round(now.k * 100)} %`;
    if (!link || quiet || !reader.document.width) return;
    const middle = now.toImage([now.w / 2, now.h / 2]);
    emit("view", { link, from: root, middle, zoom: now.k / now.fitScale(), fitted: now.fitted });
  }

  /** Show a document: id: whose photo; pixels: a data URI over the photo in place of the masks; heat: where heat comes from. */
  async function show(id, document, { pixels = null, address, heat = null } = {}) {
    const other =
      document.width !== reader.document.width || document.height !== reader.document.height || id !== photoOf;
    reader.document = document;
    reader.selected = id === photoOf ? thingOf(document, reader.selected?.id) : null; // another image has the same ids
    reader.hover = null;
    empty.hidden = true;
    quiet = true;
    if (other) view.setImage(document.width, document.height);
    quiet = false;
    if (id !== photoOf) {
      photoOf = id;
      photo.open(address, document.width, document.height, id);
    }
    if (heat) photo.openHeat(heat);
    const mine = (wanted = pixels);
    raster = pixels ? raster : null;
    if (pixels) {
      const image = new Image();
      image.src = pixels;
      await image.decode();
      if (mine === wanted) raster = image;
    }
    setMode(mode);
  }

  /** Show a sentence in place of a picture. */
  function blank(text) {
    empty.textContent = text;
    empty.hidden = !text;
    reader.document = BLANK;
    photoOf = raster = null;
    photo.close();
    view.setImage(0, 0);
  }

  stage.addEventListener("keydown", (event) => {
    const acts = {
      "+": () => view.zoomBy(1.5),
      "=": () => view.zoomBy(1.5),
      "-": () => view.zoomBy(1 / 1.5),
      0: () => view.fit(),
      ArrowLeft: () => view.panBy(60, 0),
      ArrowRight: () => view.panBy(-60, 0),
      ArrowUp: () => view.panBy(0, 60),
      ArrowDown: () => view.panBy(0, -60),
    };
    if (!acts[event.key] || event.ctrlKey || event.metaKey || event.target !== stage) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  });
  listen("view", (other) => {
    if (!link || other.link !== link || other.from === root || !reader.document.width) return;
    quiet = true;
    if (other.fitted) view.fit();
    else view.centreOn(other.middle, other.zoom * view.fitScale());
    quiet = false;
  });
  listen("select", ({ ref, from }) => {
    if (from === root) return;
    reader.selected = thingOf(reader.document, idOf(reader.document, ref));
    view.touch("shapes", "live");
  });
  listen("hover", ({ ref }) => {
    reader.hover = idOf(reader.document, ref);
    view.touch("live");
  });
  listen("look", ({ ref }) => {
    const found = findCharacter(reader.document, idOf(reader.document, ref))?.character;
    if (!found || !view.w) return;
    reader.selected = { kind: "character", id: found.id };
    view.lookAt(bounds(found.quad));
  });
  return {
    root,
    show,
    blank,
    repaint: () => view.touch(),
    get document() {
      return reader.document;
    },
    get view() {
      return view;
    },
  };
}
