// What the arrow keys and the space bar do: boxes, corners and words are moved, their edges, the crosshair, the picture.
import { bounds, moved, withEdge } from "./geometry.js";

/** Milliseconds in which key presses on one box become one edit. */
export const SOON = 450;

export function canvasMoving(canvas, { live, shapes }) {
  /** An arrow key: moves the crosshair, the chosen box, corner or word, or the picture. */
  function arrow([ux, uy], event, faster) {
    const { selected, view, tool } = canvas;
    if (event.altKey || (tool === "select" && !selected)) {
      view.panBy(-ux * 60, -uy * 60);
      return true;
    }
    if (tool !== "select") {
      crosshair(ux, uy, faster * (event.shiftKey ? 10 : 1));
      return true;
    }
    const shape = live.shapeOf(selected);
    if (!shape) return false;
    const by = Math.max(1, Math.round(1 / view.k)) * faster,
      dx = ux * by,
      dy = uy * by;
    const first = event.ctrlKey || event.metaKey; // the left or upper edge
    const options = { together: `arrows ${selected.id} ${selected.vertex} ${event.shiftKey} ${first}`, wait: SOON };
    let next = moved(shape, dx, dy);
    if (Number.isInteger(selected.vertex))
      next = shape.map((point, index) => (index === selected.vertex ? next[index] : point));
    else if (event.shiftKey || first) next = edgeMoved(selected, shape, first ? (ux ? 3 : 0) : ux ? 1 : 2, dx, dy);
    shapes.changeShape(selected, next, options);
    view.reveal(bounds(shape));
    return true;
  }

  /** edge: 0 the upper one, 1 right, 2 lower, 3 left. A word of more than four corners is moved as a whole. */
  function edgeMoved({ kind }, shape, edge, dx, dy) {
    if (kind === "character") return withEdge(shape, edge, dx, dy);
    if (shape.length !== 4) return moved(shape, dx, dy);
    const ends = [edge, (edge + 1) % 4];
    return shape.map(([x, y], index) => (ends.includes(index) ? [x + dx, y + dy] : [x, y]));
  }

  function crosshair(ux, uy, times) {
    const { view, document: shown } = canvas;
    if (!canvas.pointer || !canvas.crosshair) {
      const box = live.boundsOf(canvas.selected);
      canvas.pointer ??= box ? [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] : view.toImage([view.w / 2, view.h / 2]);
      canvas.pointer = canvas.pointer.map((value) => Math.floor(value) + 0.5);
    }
    const by = Math.max(1, Math.round(2 / view.k)) * times;
    canvas.crosshair = true;
    const within = (value, most) => Math.min(most - 0.5, Math.max(0.5, value));
    canvas.pointer = [
      within(canvas.pointer[0] + ux * by, shown.width),
      within(canvas.pointer[1] + uy * by, shown.height),
    ];
    view.reveal([...canvas.pointer, ...canvas.pointer]);
    const at = view.toScreen(canvas.pointer);
    canvas.active.move(canvas.pointer, { keys: true }, at);
    canvas.hoverAt(canvas.pointer);
    canvas.say(`${Math.floor(canvas.pointer[0])}, ${Math.floor(canvas.pointer[1])}`);
    view.touch("live");
  }

  /** Space: presses at the crosshair; without one it makes the mouse drag the picture while it is held. */
  function space(event) {
    if (!canvas.crosshair || canvas.tool === "select") {
      canvas.spaceHeld = true;
      canvas.stage.style.cursor = "grab";
      return true;
    }
    if (event.repeat) return true;
    const at = canvas.view.toScreen(canvas.pointer),
      press = { keys: true, button: event.shiftKey ? 2 : 0, altKey: event.shiftKey };
    canvas.active.down(canvas.pointer, press, at);
    canvas.active.up(canvas.pointer, press, at);
    canvas.view.touch("live");
    return true;
  }

  return { arrow, space };
}
