// The tools that work on shapes: select and change, draw words, add and split characters. A tool answers down, move, up,
// finish (Enter) and drop (Escape); points are image pixels, and `at` is the same place in screen pixels.

import { tr } from "../shared/words.js";
import { character as findCharacter, word as findWord } from "./document.js";
import * as geometry from "./geometry.js";
import { area, clamped, distance, inside, rectangle, rounded } from "./geometry.js";
import { characterAt as hitCharacter, thingAt as hitThing } from "./hits.js";
import { SMALL, splitTool } from "./split.js";

export function canvasTools(canvas, live) {
  const within = (point) => clamped(point, canvas.document.width, canvas.document.height);

  const characterAt = (point) => hitCharacter(canvas.document, point);
  const thingAt = (point) => hitThing(canvas.document, point, 7 / canvas.view.k);

  function handleAt(at, touch) {
    const reach = touch ? 18 : 9;
    const found = live
      .handles()
      .map((handle) => ({ ...handle, far: distance(handle.at, at) }))
      .filter(({ far }) => far <= reach);
    found.sort((a, b) => a.far - b.far || (a.kind === "corner" ? -1 : 1));
    return found[0] || null;
  }

  /** The shape while a handle (or the whole of it) is dragged from one place to another. */
  function dragged({ handle, base, from, thing }, point, event) {
    const dx = point[0] - from[0],
      dy = point[1] - from[1],
      word = thing.kind === "word";
    if (!handle) return geometry.moved(base, dx, dy);
    if (handle.kind === "rotate") {
      const about = geometry.centre(base),
        angle = (p) => Math.atan2(p[1] - about[1], p[0] - about[0]);
      let turn = angle(point) - angle(from);
      if (event.shiftKey) turn = Math.round(turn / (Math.PI / 12)) * (Math.PI / 12);
      return geometry.rotated(base, about, turn);
    }
    if (!word)
      return handle.kind === "corner"
        ? geometry.withCorner(base, handle.index, dx, dy)
        : geometry.withEdge(base, handle.index, dx, dy);
    const moving = handle.kind === "corner" ? [handle.index] : [handle.index, (handle.index + 1) % base.length];
    return base.map((p, index) => (moving.includes(index) ? within([p[0] + dx, p[1] + dy]) : p));
  }

  function changeShape({ kind, id: was }, points, options) {
    const shape = rounded(points),
      id = canvas.current(was);
    if (kind === "word") canvas.edit({ do: "set_polygon", word: id, polygon: shape }, options);
    else canvas.edit({ do: "set_quad", character: id, quad: shape }, options);
  }

  const select = {
    down(point, event, at) {
      const handle = handleAt(at, event.pointerType === "touch"),
        shape = live.shapeOf(canvas.selected);
      if (handle && canvas.selected.kind === "word" && handle.kind !== "rotate") {
        canvas.select(handle.kind === "corner" ? { ...canvas.selected, vertex: handle.index } : canvas.selected, {
          quiet: true,
        });
      }
      if (event.shiftKey || event.ctrlKey || event.metaKey) {
        this.lasso = { path: [point], at, thing: thingAt(point), box: !event.shiftKey };
        return;
      }
      const thing = thingAt(point),
        mine = thing && canvas.selected && thing.id === canvas.selected.id;
      const carried = canvas.selected?.kind === "word" && shape && inside(shape, point) && !characterAt(point);
      if (handle || mine || carried) {
        this.grip = { handle, base: shape, from: point, at, thing: canvas.selected };
        return;
      }
      this.grip = null;
      this.tap = { thing, at };
      return "pan";
    },
    move(point, event, at) {
      const { grip, lasso } = this;
      if (lasso) {
        lasso.path = lasso.box ? rectangle(lasso.path[0], point) : [...lasso.path, point];
        canvas.draft = { points: lasso.path, colour: "#0a62b0", resting: true };
        canvas.view.touch("live");
        return;
      }
      if (!grip || (!canvas.drag && distance(at, grip.at) < SMALL)) return;
      canvas.drag = { id: canvas.current(grip.thing.id), points: dragged(grip, point, event) };
      canvas.view.touch("live");
    },
    up(point, event, at) {
      const { grip, tap, lasso } = this,
        { drag } = canvas;
      this.drop();
      if (lasso) {
        const still = distance(lasso.at, at);
        if (lasso.path.length < 3 || (lasso.box ? still < SMALL : still + lasso.path.length < 6))
          canvas.several.toggle(lasso.thing);
        else canvas.several.lasso(lasso.path);
        return;
      }
      if (grip && drag) return changeShape(grip.thing, drag.points);
      if (!grip && tap && distance(tap.at, at) < SMALL) canvas.select(tap.thing);
    },
    drop() {
      if (this.lasso) canvas.draft = null;
      canvas.drag = this.grip = this.tap = this.lasso = null;
      canvas.view.touch("live");
    },
    cursor: (point, at) => {
      const handle = handleAt(at);
      if (handle) return gripOf(handle);
      const thing = thingAt(point);
      return thing ? (thing.id === canvas.selected?.id ? "move" : "pointer") : "grab";
    },
  };

  /** The cursor over a handle: edges are pushed across their own direction. */
  function gripOf({ kind, index }) {
    if (kind !== "edge") return kind === "rotate" ? "grab" : "nwse-resize";
    const shape = live.shapeOf(canvas.selected),
      [[ax, ay], [bx, by]] = [shape[index], shape[(index + 1) % shape.length]];
    return Math.abs(bx - ax) > Math.abs(by - ay) ? "ns-resize" : "ew-resize";
  }

  const pointSaid = (count) => tr("Point {0}. Enter closes the word, Backspace takes the last point back.", count);

  /** Words are drawn by dragging a box or clicking corners; then their text is typed at the word. */
  function drawWord(points) {
    const polygon = rounded(geometry.clockwise(points));
    canvas.draft = { points: polygon, resting: true };
    canvas.view.touch("live");
    if (area(polygon) * canvas.view.k ** 2 < 30) return dropDraft(tr("That was too small for a word."));
    canvas.field.open({
      at: polygon[0],
      label: tr("Text of the new word"),
      hint: tr("empty: read it for me"),
      done: (text) => {
        canvas.draft = null;
        const made = canvas.edit({ do: "add_word", polygon, ...(text ? { text } : {}) });
        canvas.select({ kind: "word", id: made });
      },
      dropped: () => dropDraft(),
    });
  }

  function dropDraft(sentence = "") {
    canvas.draft = null;
    canvas.say(sentence);
  }

  /** What tools have in common that take two points: the second may be set by keyboard, or both given up. */
  const drag = {
    finish() {
      if (this.start && canvas.pointer) this.up(canvas.pointer, {}, canvas.view.toScreen(canvas.pointer));
    },
    drop() {
      this.start = null;
      dropDraft();
    },
  };

  const clicks = (corners, progress) => ({
    down(point, event, at) {
      this.start = { point: within(point), at };
      if (!canvas.draft?.open) canvas.draft = { open: true, points: [] };
      canvas.view.touch("live");
    },
    move(point, event, at) {
      if (!this.start || corners !== 4 || canvas.draft?.points.length) return;
      if (distance(at, this.start.at) >= SMALL)
        canvas.draft = { open: true, resting: true, box: true, points: [], corner: within(point) };
      if (canvas.draft.box)
        canvas.draft = { ...canvas.draft, open: false, points: rectangle(this.start.point, within(point)) };
      canvas.view.touch("live");
    },
    up(point, event, at) {
      const { start } = this,
        { draft } = canvas;
      this.start = null;
      if (!start || !draft) return;
      if (draft.box) return drawWord(rectangle(start.point, within(point)));
      const first = draft.points[0];
      if (!corners && draft.points.length >= 4 && distance(canvas.view.toScreen(first), at) < 10)
        return drawWord(draft.points);
      canvas.draft = { open: true, points: [...draft.points, start.point] };
      canvas.view.touch("live");
      if (corners && canvas.draft.points.length === corners) drawWord(canvas.draft.points);
      else canvas.say(progress(canvas.draft.points.length), { quiet: true });
    },
    finish() {
      const points = canvas.draft?.points || [];
      if (!corners && points.length >= 4) return drawWord(points);
      if (corners && points.length === 2) return drawWord(rectangle(...points)); // two opposite corners are enough
      canvas.say(corners ? tr("Set two opposite corners, or all four.") : tr("A word needs at least four points."));
    },
    back() {
      if (!canvas.draft?.points.length) return false;
      canvas.draft = { open: true, points: canvas.draft.points.slice(0, -1) };
      canvas.view.touch("live");
      return true;
    },
    drop() {
      this.start = null;
      dropDraft();
    },
    cursor: () => "crosshair",
  });

  const character = {
    ...drag,
    down(point, event, at) {
      if (this.start && event.keys) return; // the second corner by keyboard
      this.start = { point: within(point), at };
      canvas.draft = { points: [], colour: "#009E73" };
    },
    move(point) {
      if (!this.start) return;
      canvas.draft = { points: rectangle(this.start.point, within(point)), colour: "#009E73" };
      canvas.view.touch("live");
    },
    up(point, event, at) {
      const { start } = this;
      if (!start || (event.keys && distance(start.at, at) < SMALL)) return;
      this.start = null;
      const quad = rounded(rectangle(start.point, within(point)));
      if (area(quad) * canvas.view.k ** 2 < 16) return dropDraft(tr("Drag a box around the new character."));
      const owner = ownerOf(quad);
      if (!owner) return dropDraft(tr("A character belongs to a word: select its word first, or draw one."));
      canvas.draft = { points: quad, colour: "#009E73" };
      canvas.view.touch("live");
      canvas.field.open({
        at: quad[0],
        label: tr("Letter of the new character"),
        letters: 1,
        done: (category) => {
          canvas.draft = null;
          if (!category) return dropDraft(tr("A new character needs its letter."));
          canvas.select({ kind: "character", id: canvas.edit({ do: "add_character", word: owner, quad, category }) });
        },
        dropped: () => dropDraft(),
      });
    },
    cursor: () => "crosshair",
  };

  /** The word that a new character goes to: the selected one, else the one under the box's middle. */
  function ownerOf(quad) {
    const middle = geometry.centre(quad),
      { selected } = canvas;
    const find = selected?.kind === "word" ? findWord : findCharacter;
    const own = selected && find(canvas.document, selected.id)?.word;
    const under = canvas.document.words.find((word) => !word.ignore && inside(word.polygon, middle));
    return (own && inside(own.polygon, middle) ? own : under || own)?.id ?? null;
  }

  return {
    tools: {
      select,
      quad: clicks(4, (count) => tr("Corner {0} of 4.", count)),
      polygon: clicks(0, pointSaid),
      character,
      split: splitTool(canvas, { characterAt, dropDraft, drag }),
    },
    thingAt,
    characterAt,
    changeShape,
    /** Whether a finger at this place would take hold of something that is chosen. */
    grips: (point, at) =>
      Boolean(canvas.selected) && (Boolean(handleAt(at, true)) || thingAt(point)?.id === canvas.selected.id),
  };
}
