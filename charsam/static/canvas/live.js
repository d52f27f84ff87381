// The topmost canvas: what moves with the pointer or the keys. Handles of the selection, drafts, brush ring, crosshair.
import { character as findCharacter, word as findWord } from "./document.js";
import { bounds, halfWay, middle, topSide } from "./geometry.js";
import { cased, onScreen, trace } from "./strokes.js";

export function canvasLive(canvas) {
  const STALK = 26; // screen pixels from a word's upper side to its rotate handle

  /** The shape of the selection as it is now, with what is being dragged. */
  function shapeOf(selected) {
    if (!selected || !canvas.document) return null;
    if (canvas.drag?.points && canvas.drag.id === selected.id) return canvas.drag.points;
    if (selected.kind === "word") return findWord(canvas.document, selected.id)?.word.polygon ?? null;
    return findCharacter(canvas.document, selected.id)?.character.quad ?? null;
  }

  /** Every handle of the selection: {kind, index, at} with `at` in screen pixels; none on a picture to look at. */
  function handles() {
    const { selected, view } = canvas,
      points = shapeOf(selected);
    if (!points || canvas.still || canvas.tool !== "select" || canvas.also?.size) return [];
    const found = [];
    const screen = points.map(view.toScreen);
    screen.forEach((point, index) => {
      const next = screen[(index + 1) % screen.length];
      if (Math.hypot(next[0] - point[0], next[1] - point[1]) > 30)
        found.push({ kind: "edge", index, at: middle(point, next) });
    });
    found.push(...screen.map((at, index) => ({ kind: "corner", index, at })));
    if (selected.kind === "word") {
      const [[x, y], [ux, uy]] = halfWay(topSide(screen));
      found.push({ kind: "rotate", index: 0, at: [x + uy * STALK, y - ux * STALK], foot: [x, y] });
    }
    return found;
  }

  function drawHandles(context) {
    const { selected, view } = canvas,
      [x0, y0, x1, y1] = bounds(shapeOf(selected));
    const half = Math.max(2.5, Math.min(4.5, (Math.min(x1 - x0, y1 - y0) * view.k) / 10)); // what is small stays in sight
    for (const {
      kind,
      index,
      at: [x, y],
      foot,
    } of handles()) {
      const path = new Path2D();
      if (foot) {
        const stalk = new Path2D();
        stalk.moveTo(...foot);
        stalk.lineTo(x, y);
        cased(context, [[stalk, "#fff", ""]], 1);
      }
      if (kind === "corner") path.rect(x - half, y - half, 2 * half, 2 * half);
      else if (kind === "rotate") path.arc(x, y, 6, 0, 7);
      else {
        path.moveTo(x, y - half - 0.5);
        path.lineTo(x + half + 0.5, y);
        path.lineTo(x, y + half + 0.5);
        path.lineTo(x - half - 0.5, y);
        path.closePath();
      }
      const chosen = kind === "corner" && selected.vertex === index;
      context.fillStyle = chosen ? "#0a62b0" : "#fff";
      context.strokeStyle = chosen ? "#fff" : "#000";
      context.lineWidth = 1.5;
      context.fill(path);
      context.stroke(path);
    }
  }

  function drawSelection(context, view) {
    const points = shapeOf(canvas.selected);
    if (!points) return;
    const path = trace(new Path2D(), points, view);
    for (const id of canvas.also || []) {
      const other = findCharacter(canvas.document, id)?.character.quad ?? findWord(canvas.document, id)?.word.polygon;
      if (other) trace(path, other, view);
    }
    cased(context, [[path, "#fff", ""]], 4.5);
    context.strokeStyle = "#0a62b0";
    context.lineWidth = 2.2;
    context.stroke(path);
    drawHandles(context);
  }

  function drawHover(context, view) {
    const { hover, document } = canvas;
    if (!hover || !document || hover === canvas.selected?.id) return;
    const points = findCharacter(document, hover)?.character.quad ?? findWord(document, hover)?.word.polygon;
    if (!points) return;
    const path = trace(new Path2D(), points, view);
    context.fillStyle = "#ffffff2e";
    context.fill(path);
    cased(context, [[path, "#fff", ""]], 1.2);
  }

  /** A shape that is being drawn: dots at its points, a dashed line on to the pointer. */
  function drawDraft(context, view) {
    const { draft, pointer } = canvas;
    if (!draft) return;
    const points = draft.open && pointer && !draft.resting ? [...draft.points, pointer] : draft.points;
    if (!points.length) return;
    cased(
      context,
      [[trace(new Path2D(), points, view, !draft.open), draft.colour || "#F0E442", draft.open ? "6 4" : ""]],
      2,
    );
    if (!draft.open) return;
    for (const [index, point] of draft.points.entries()) {
      const [x, y] = view.toScreen(point),
        dot = new Path2D();
      dot.arc(x, y, index ? 3.5 : 5.5, 0, 7);
      context.fillStyle = "#fff";
      context.strokeStyle = "#000";
      context.lineWidth = 1.5;
      context.fill(dot);
      context.stroke(dot);
    }
  }

  function drawRing(context, view) {
    const { pointer, tool } = canvas;
    if (!pointer || !["brush", "eraser"].includes(tool)) return;
    const [x, y] = view.toScreen(pointer),
      ring = new Path2D(),
      dot = new Path2D();
    ring.arc(x, y, Math.max(1, canvas.radius * view.k), 0, 7);
    dot.arc(x, y, 0.8, 0, 7);
    for (const [colour, width] of [
      ["#000000a6", 3],
      ["#fff", 1.3],
    ]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.setLineDash(canvas.erasing && colour === "#fff" ? [5, 4] : []);
      context.stroke(ring);
      context.stroke(dot);
    }
    context.setLineDash([]);
  }

  function drawCrosshair(context, view) {
    const { pointer } = canvas;
    if (!canvas.crosshair || !pointer) return;
    const [x, y] = view.toScreen(pointer),
      path = new Path2D();
    for (const [ux, uy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      path.moveTo(x + ux * 4, y + uy * 4);
      path.lineTo(x + ux * 18, y + uy * 18);
    }
    cased(context, [[path, canvas.active.points || canvas.active.start ? "#D55E00" : "#0a62b0", ""]], 1.6);
  }

  function paint(context, view) {
    onScreen(context, view);
    drawHover(context, view);
    drawSelection(context, view);
    drawDraft(context, view);
    drawRing(context, view);
    drawCrosshair(context, view);
  }

  return {
    paint,
    handles,
    shapeOf,
    boundsOf: (selected) => {
      const points = shapeOf(selected);
      return points && bounds(points);
    },
  };
}
