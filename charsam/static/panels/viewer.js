// The picture: a photo, raster layers over it, and vector shapes on top, with zoom, pan and layers that the browser
// alone moves. The server sends a value (see charsam/ui/pictures.py); nothing here asks it anything but `open`, `select`.
import { viewerGestures, viewerTools } from "./viewer_tools.js";
import { el, read, svg } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { hover, linkHover } from "../shared/linking.js";
import { photos } from "../shared/photos.js";
import { SOURCES } from "../shared/sources.js";

export function viewer(element, props, watch, upload, send) {
  const NEAR = 2;
  const root = element.querySelector(".cs-viewer") || element;
  const photo = el("img", { class: "cs-photo", alt: "", draggable: "false" });
  const rasters = el("div", { class: "cs-rasters" });
  const world = el("div", { class: "cs-world" }, photo, rasters);
  const drawing = svg("g");
  const shapes = svg("svg", { class: "cs-shapes", "aria-hidden": "true" }, drawing);
  const wipe = el("input", { type: "range", class: "cs-wipe", min: 0, max: 1000, value: 500, hidden: true,
    "aria-label": "Before and after", oninput: () => paintWipe() });
  const wipeLine = el("div", { class: "cs-wipe-line", hidden: true });
  const empty = el("div", { class: "cs-empty" });
  const stage = el("div", { class: "cs-stage", tabindex: 0, role: "img" }, world, shapes, wipeLine, wipe, empty);
  const note = el("div", { class: "cs-note", role: "status", hidden: true });
  const bar = el("div", { class: "cs-bar" });
  root.replaceChildren(stage, note, bar);

  let value = {};
  let view = { x: 0, y: 0, k: 1 };
  let fitted = true;
  let mode = null;
  let near = false; // zoomed in so far that layers for a close look show themselves
  let size = { w: 0, h: 0 };
  const chosen = {}; // what the visitor did to a layer: {shown, opacity}; it outlives every new value
  const tools = viewerTools({ bar, chosen, stage, zoomBy, fit, setMode, paintLayers, openFile,
    current: () => value, currentMode: () => mode, isShown: (id) => layerShown(id) });

  const fitScale = () => Math.min(size.w / (value.width || 1), size.h / (value.height || 1)) || 1;

  function fit(speak = true) {
    const k = fitScale();
    view = { k, x: (size.w - value.width * k) / 2, y: (size.h - value.height * k) / 2 };
    fitted = true;
    place(speak);
  }

  function clampView() {
    const room = (extent, length) => Math.min(0, length - extent);
    const w = value.width * view.k, h = value.height * view.k;
    view.x = w <= size.w ? (size.w - w) / 2 : Math.min(0, Math.max(room(w, size.w), view.x));
    view.y = h <= size.h ? (size.h - h) / 2 : Math.min(0, Math.max(room(h, size.h), view.y));
  }

  function zoomBy(factor, px = size.w / 2, py = size.h / 2) {
    const low = fitScale(), k = Math.min(Math.max(view.k * factor, low), Math.max(40, low));
    view = { k, x: px - (px - view.x) * (k / view.k), y: py - (py - view.y) * (k / view.k) };
    fitted = k <= low * 1.001;
    if (fitted) return fit();
    clampView();
    place(true);
  }

  /** Bring a box of the photo (x0, y0, x1, y1) into the middle, large. */
  function lookAt([x0, y0, x1, y1], speak = true) {
    const k = Math.min(Math.max(Math.min(size.w / (x1 - x0), size.h / (y1 - y0)) * 0.55, fitScale()), 40);
    view = { k, x: size.w / 2 - ((x0 + x1) / 2) * k, y: size.h / 2 - ((y0 + y1) / 2) * k };
    fitted = false;
    clampView();
    place(speak);
  }

  function place(speak) {
    world.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.k})`;
    world.classList.toggle("cs-pixels", view.k > 3);
    stage.classList.toggle("cs-zoomed", !fitted);
    drawing.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.k})`);
    for (const node of drawing.querySelectorAll("[data-at]")) {
      const room = Number(node.dataset.room || 0);
      node.setAttribute("transform", `translate(${node.dataset.at}) scale(${1 / view.k})`);
      if (room) node.style.display = room * view.k < 13 ? "none" : "";
    }
    tools.zoom(view.k);
    const close = view.k >= NEAR * fitScale();
    if (close !== near) { near = close; paintLayers(); }
    paintWipe();
    if (speak && value.link) {
      const middle = [(size.w / 2 - view.x) / view.k, (size.h / 2 - view.y) / view.k];
      emit("view", { link: value.link, key: value.key, from: root, middle, zoom: view.k / fitScale(), fitted });
    }
  }

  function resize() {
    const box = stage.getBoundingClientRect();
    if (!box.width || !box.height) return;
    root.classList.toggle("cs-narrow", box.width < 540);
    const middle = [(size.w / 2 - view.x) / view.k, (size.h / 2 - view.y) / view.k];
    size = { w: box.width, h: box.height };
    if (!value.width) return;
    if (fitted) return fit(false);
    view.x = size.w / 2 - middle[0] * view.k;
    view.y = size.h / 2 - middle[1] * view.k;
    clampView();
    place(false);
  }

  const layerShown = (id) => {
    const layer = value.layers?.find((item) => item.id === id);
    return chosen[id]?.shown ?? (layer?.near ? near : (layer?.shown ?? true));
  };

  function shownIn(id) {
    const current = value.modes?.find((item) => item.id === mode);
    if (current?.near?.includes(id)) return near && chosen[id]?.shown !== false;
    return (!current || current.show.includes(id)) && layerShown(id);
  }

  function paintLayers() {
    const current = value.modes?.find((item) => item.id === mode);
    for (const node of [...rasters.children, ...drawing.children]) {
      const id = node.dataset.layer, layer = value.layers?.find((item) => item.id === id);
      node.style.display = shownIn(id) ? "" : "none";
      node.style.opacity = current?.solid ? 1 : (chosen[id]?.opacity ?? layer?.opacity ?? 1);
    }
    photo.style.visibility = current?.photo === false ? "hidden" : "";
    stage.classList.toggle("cs-black", current?.photo === false);
    wipe.hidden = wipeLine.hidden = !current?.wipe;
    paintWipe();
  }

  function paintWipe() {
    const share = wipe.value / 1000, x = share * size.w;
    const cut = wipe.hidden ? "" : `inset(0 0 0 ${x}px)`;
    shapes.style.clipPath = cut;
    rasters.style.clipPath = wipe.hidden ? "" : `inset(0 0 0 ${(x - view.x) / view.k}px)`;
    wipeLine.style.left = `${x}px`;
  }

  function setMode(id) {
    mode = id;
    paintLayers();
    tools.draw();
  }

  const points = (list) => list.map((point) => point.join(",")).join(" ");

  function outlined(tag, geometry, style, ref) {
    const group = svg("g", { class: "cs-shape", "data-ref": ref });
    const line = { ...geometry, fill: "none", "vector-effect": "non-scaling-stroke", "stroke-linejoin": "round" };
    group.append(svg(tag, { ...line, class: "cs-halo-dark" }), svg(tag, { ...line, class: "cs-halo-light" }));
    group.append(svg(tag, { ...line, class: "cs-line", stroke: style.colour, "stroke-dasharray": style.dash || null }));
    if (tag === "polygon") group.append(svg(tag, { ...geometry, class: "cs-hit", "data-ref": ref }));
    return group;
  }

  function label(shape, style) {
    const [x, y] = shape.at || shape.points[0];
    const text = svg("text", { class: "cs-label", x: 2, y: -5, "data-ref": shape.ref });
    if (style.mark) text.append(svg("tspan", { fill: style.colour, class: "cs-mark" }, `${style.mark}\u2009`));
    text.append(svg("tspan", {}, shape.label));
    return svg("g", { "data-at": `${x} ${y}`, "data-room": shape.room || 0 }, text);
  }

  const MARKS = { plus: "M-5 0H5M0 -5V5", minus: "M-5 0H5", peak: "M-1.5 0A1.5 1.5 0 1 0 1.5 0A1.5 1.5 0 1 0 -1.5 0" };
  const MARK_COLOURS = { plus: "#009E73", minus: "#D55E00", peak: "#56B4E9" };

  function mark(shape) {
    const group = svg("g", { "data-at": `${shape.at[0]} ${shape.at[1]}`, "data-ref": shape.ref });
    for (const name of ["cs-halo-dark", "cs-halo-light"]) group.append(svg("path", { d: MARKS[shape.kind], class: name, fill: "none" }));
    group.append(svg("path", { d: MARKS[shape.kind], class: "cs-line", stroke: MARK_COLOURS[shape.kind], fill: "none" }));
    return group;
  }

  function drawShapes() {
    const groups = new Map((value.layers || []).map((layer) => [layer.id, svg("g", { "data-layer": layer.id })]));
    const labels = new Map();
    for (const shape of value.shapes || []) {
      const group = groups.get(shape.layer), style = { ...SOURCES[shape.style], ...(shape.colour ? { colour: shape.colour } : {}) };
      if (!group) continue;
      if (shape.kind === "polygon") group.append(outlined("polygon", { points: points(shape.points) }, style, shape.ref));
      else if (shape.kind === "path") group.append(outlined("path", { d: shape.d }, style, shape.ref));
      else group.append(mark(shape));
      if (shape.label) labels.set(shape.layer, [...(labels.get(shape.layer) || []), label(shape, style)]);
    }
    for (const [id, nodes] of labels) groups.get(id).append(...nodes);
    drawing.replaceChildren(...groups.values());
  }

  function show() {
    const before = value.key;
    value = read(props);
    const source = photos.get(value.key);
    photo.hidden = !source;
    if (source && photo.src !== source) photo.src = source;
    world.style.width = `${value.width || 1}px`;
    world.style.height = `${value.height || 1}px`;
    rasters.replaceChildren(...(value.rasters || []).map((raster) =>
      el("img", { class: raster.exact ? "cs-exact" : "", src: raster.src, alt: "", draggable: "false", "data-layer": raster.layer })));
    if (!value.modes?.some((item) => item.id === mode)) mode = value.modes?.[0]?.id ?? null;
    drawShapes();
    say(value.note, value.alert);
    empty.textContent = value.empty || "";
    empty.hidden = !value.empty;
    stage.setAttribute("aria-label", `${value.describe || "Picture"}. Keys: + and − zoom, arrows pan, 0 fits.`);
    stage.style.cursor = value.width ? "" : "default";
    tools.draw();
    paintLayers();
    if (value.width && size.w) value.key === before && !fitted ? place(false) : fit(false);
  }

  function say(text, alert = false) {
    note.textContent = text || "";
    note.hidden = !text;
    note.classList.toggle("cs-alert", Boolean(alert));
    note.setAttribute("role", alert ? "alert" : "status");
  }

  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

  async function openFile(file) {
    if (!file || !value.open) return;
    if (file.size > value.open.bytes) {
      return say(`${file.name} is ${megabytes(file.size)}; the limit is ${megabytes(value.open.bytes)}. Open a smaller copy of it.`, true);
    }
    say(`Reading ${file.name || "the pasted picture"}…`);
    try {
      const { path } = await upload(file);
      send("open", { path, name: file.name || "pasted.png" });
    } catch {
      say(`${file.name} could not be sent. Check the connection and open it again.`, true);
    }
  }

  viewerGestures({ stage, zoomBy, fit, openFile, select: (ref) => emit("select", { ref, from: root }),
    pan: (dx, dy) => { view.x += dx; view.y += dy; clampView(); place(true); }, zoomed: () => !fitted,
    accepts: () => Boolean(value.open) });
  linkHover(stage);
  listen("photo", ({ key }) => { if (key === value.key && photo.src !== photos.get(key)) { photo.src = photos.get(key); photo.hidden = false; } });
  listen("view", (other) => {
    if (other.from === root || other.link !== value.link || other.key !== value.key || !size.w) return;
    if (other.fitted) return fit(false);
    const k = other.zoom * fitScale();
    view = { k, x: size.w / 2 - other.middle[0] * k, y: size.h / 2 - other.middle[1] * k };
    fitted = false;
    clampView();
    place(false);
  });
  listen("look", ({ ref, box, key }) => { if (value.link && key === value.key && size.w) { lookAt(box, true); hover(ref); } });
  new ResizeObserver(resize).observe(stage);
  watch("value", show);
  resize();
  show();
}
