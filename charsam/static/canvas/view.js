// Zoom, pan and the four HTML canvases that lie on each other: photo, masks, shapes and live (what moves with the pointer).
// Only what is dirty is painted, once a frame, and only its visible part.
import { el } from "../shared/dom.js";

export function canvasView({ stage, paint, onmove }) {
  const LAYERS = ["photo", "masks", "shapes", "live"];
  const MOST = 64; // screen pixels for one image pixel
  const surfaces = Object.fromEntries(
    LAYERS.map((name) => [name, el("canvas", { class: `cv-layer cv-${name}`, "aria-hidden": "true" })]),
  );
  stage.prepend(...Object.values(surfaces));
  const contexts = Object.fromEntries(LAYERS.map((name) => [name, surfaces[name].getContext("2d")]));
  const dirty = new Set();
  let image = { w: 0, h: 0 },
    frame = 0;
  const view = { k: 1, x: 0, y: 0, w: 0, h: 0, dpr: 1, fitted: true };

  const fitScale = () => (image.w ? Math.max(0.001, Math.min((view.w - 16) / image.w, (view.h - 16) / image.h)) : 1);
  const least = () => Math.min(fitScale(), 1) / 2;

  function touch(...names) {
    for (const name of names.length ? names : LAYERS) dirty.add(name);
    if (!frame) frame = requestAnimationFrame(draw);
  }

  function draw() {
    frame = 0;
    if (!view.w || !view.h) return;
    const now = [...dirty];
    dirty.clear();
    for (const name of LAYERS) {
      if (!now.includes(name)) continue;
      const context = contexts[name];
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, surfaces[name].width, surfaces[name].height);
      if (image.w) paint[name](context, view);
    }
  }

  /** The middle of the stage stays on the photo, and the photo's corner on whole device pixels. */
  function place() {
    const snap = (value) => Math.round(value * view.dpr) / view.dpr;
    const within = (offset, room, extent) => {
      if (view.fitted) return (room - extent) / 2;
      return Math.min(room / 2, Math.max(room / 2 - extent, offset));
    };
    view.x = snap(within(view.x, view.w, image.w * view.k));
    view.y = snap(within(view.y, view.h, image.h * view.k));
    touch();
    onmove(view);
  }

  function fit() {
    view.k = fitScale();
    view.fitted = true;
    place();
  }

  function zoomTo(k, px = view.w / 2, py = view.h / 2) {
    const next = Math.min(MOST, Math.max(least(), k));
    view.x = px - (px - view.x) * (next / view.k);
    view.y = py - (py - view.y) * (next / view.k);
    view.k = next;
    view.fitted = false;
    place();
  }

  function panBy(dx, dy) {
    view.x += dx;
    view.y += dy;
    view.fitted = false;
    place();
  }

  /** Bring a box of the image (x0, y0, x1, y1) into the middle, with room around it; never further out than now. */
  function lookAt([x0, y0, x1, y1], share = 0.5) {
    const k = Math.min(view.w / Math.max(1, x1 - x0), view.h / Math.max(1, y1 - y0)) * share;
    view.k = Math.min(MOST, Math.max(fitScale(), k));
    view.x = view.w / 2 - ((x0 + x1) / 2) * view.k;
    view.y = view.h / 2 - ((y0 + y1) / 2) * view.k;
    view.fitted = false;
    place();
  }

  /** Look at a point of the image, at a scale. */
  function centreOn([x, y], k) {
    view.k = Math.min(MOST, Math.max(least(), k));
    view.x = view.w / 2 - x * view.k;
    view.y = view.h / 2 - y * view.k;
    view.fitted = false;
    place();
  }

  /** Pan as little as is needed to see a box of the image. */
  function reveal([x0, y0, x1, y1]) {
    const edge = 24;
    const shift = (low, high, room) => {
      if (high - low > room - 2 * edge) return room / 2 - (low + high) / 2;
      return low < edge ? edge - low : high > room - edge ? room - edge - high : 0;
    };
    const [ax, ay] = toScreen([x0, y0]),
      [bx, by] = toScreen([x1, y1]);
    const dx = shift(ax, bx, view.w),
      dy = shift(ay, by, view.h);
    if (dx || dy) panBy(dx, dy);
  }

  const toImage = ([x, y]) => [(x - view.x) / view.k, (y - view.y) / view.k];
  const toScreen = ([x, y]) => [x * view.k + view.x, y * view.k + view.y];

  function resize(entries) {
    const box = stage.getBoundingClientRect();
    if (!box.width || !box.height) return;
    const told = entries?.[0]?.devicePixelContentBoxSize?.[0];
    const middle = toImage([view.w / 2, view.h / 2]);
    Object.assign(view, { w: stage.clientWidth, h: stage.clientHeight, dpr: window.devicePixelRatio || 1 });
    const exact = told && Math.abs(told.inlineSize - view.w * view.dpr) <= 1 ? told : null; // not so in an emulated screen
    for (const surface of Object.values(surfaces)) {
      surface.width = exact ? exact.inlineSize : Math.round(view.w * view.dpr);
      surface.height = exact ? exact.blockSize : Math.round(view.h * view.dpr);
    }
    if (view.fitted) return fit();
    view.x = view.w / 2 - middle[0] * view.k;
    view.y = view.h / 2 - middle[1] * view.k;
    place();
  }

  const observer = new ResizeObserver(resize);
  try {
    observer.observe(stage, { box: "device-pixel-content-box" });
  } catch {
    observer.observe(stage);
  }

  return Object.assign(view, {
    touch,
    fit,
    zoomTo,
    panBy,
    lookAt,
    centreOn,
    reveal,
    toImage,
    toScreen,
    fitScale,
    zoomBy: (factor, px, py) => zoomTo(view.k * factor, px, py),
    setImage(w, h) {
      image = { w, h };
      fit();
    },
    surface: (name) => surfaces[name],
    /** Whether a box of the image can be seen at all. */
    sees: ([x0, y0, x1, y1]) =>
      x1 * view.k + view.x >= 0 &&
      y1 * view.k + view.y >= 0 &&
      x0 * view.k + view.x <= view.w &&
      y0 * view.k + view.y <= view.h,
  });
}
