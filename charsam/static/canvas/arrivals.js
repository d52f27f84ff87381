// What a run has found so far, on the picture while it runs: words, heat, boxes. It goes when the result is there.
import { SOURCES } from "../shared/sources.js";
import { cased, onScreen, trace } from "./strokes.js";

export function canvasArrivals(canvas) {
  let words = [],
    boxes = [],
    heat = null;

  async function take({ stage, words: found, boxes: framed, heat: warmth }) {
    canvas.root.dataset.stage = stage;
    if (found) words = found;
    if (framed) boxes = framed;
    if (warmth) {
      const image = new Image();
      image.src = warmth;
      await image.decode();
      heat = canvas.root.dataset.stage ? image : null;
    }
    canvas.view.touch("photo", "shapes");
  }

  function clear() {
    delete canvas.root.dataset.stage;
    words = boxes = [];
    heat = null;
    canvas.view.touch("photo", "shapes");
  }

  function paintHeat(context, view, width, height) {
    if (!heat || boxes.length) return;
    context.setTransform(view.k * view.dpr, 0, 0, view.k * view.dpr, view.x * view.dpr, view.y * view.dpr);
    context.globalAlpha = 0.7;
    context.drawImage(heat, 0, 0, width, height);
    context.globalAlpha = 1;
  }

  function paint(context, view) {
    if (!words.length && !boxes.length) return;
    onScreen(context, view);
    const all = new Path2D();
    for (const { polygon } of words) trace(all, polygon, view);
    cased(context, [[all, SOURCES.word.colour, ""]], 1.6);
    const bySource = new Map();
    for (const { quad, source } of boxes) {
      if (!bySource.has(source)) bySource.set(source, new Path2D());
      trace(bySource.get(source), quad, view);
    }
    cased(
      context,
      [...bySource].map(([source, path]) => [
        path,
        (SOURCES[source] || SOURCES.given).colour,
        (SOURCES[source] || SOURCES.given).dash,
      ]),
      1.6,
    );
  }

  return { take, clear, paint, paintHeat };
}
