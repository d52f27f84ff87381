// The tools that work on one character's mask: positive and negative points, brush and eraser.

import { tr } from "../shared/words.js";
import { character as findCharacter, listOf } from "./document.js";
import { centre, distance, inside, rounded } from "./geometry.js";

export function canvasInk(canvas, { characterAt }) {
  const LONGEST = 400; // points of one stroke; a longer one goes on as the next

  const chosen = () =>
    canvas.selected?.kind === "character" ? findCharacter(canvas.document, canvas.selected.id) : null;

  /** The point of the selected character under the pointer: {label, index} or null. */
  function pointAt(at, touch = false) {
    const character = chosen()?.character;
    let best = null;
    for (const label of character ? [1, 0] : []) {
      character[listOf(label)].forEach((point, index) => {
        const far = distance(canvas.view.toScreen(point), at);
        if (far <= (touch ? 14 : 8) && far < (best?.far ?? Infinity)) best = { label, index, point, far };
      });
    }
    return best;
  }

  /** Whether a point is well outside a character's box, so that another one must be meant. */
  const beside = ({ quad }, point) => {
    const [cx, cy] = centre(quad);
    return !inside(
      quad.map(([x, y]) => [cx + (x - cx) * 1.3, cy + (y - cy) * 1.3]),
      point,
    );
  };

  const point = {
    down(at, event, screen) {
      const other = event.button === 2 || Boolean(event.altKey);
      this.start = {
        at,
        screen,
        found: pointAt(screen, event.pointerType === "touch"),
        negative: other !== canvas.negative,
      };
    },
    move(at, event, screen) {
      const { start } = this;
      if (!start?.found || (!this.moving && distance(screen, start.screen) < 4)) return;
      this.moving = at;
      canvas.draft = { points: [at], open: true, resting: true };
      canvas.view.touch("live");
    },
    up(at) {
      const { start, moving } = this;
      this.drop();
      if (!start) return;
      const character = chosen()?.character,
        under = characterAt(at);
      if (start.found) {
        const { label, index } = start.found;
        if (moving) canvas.edit({ do: "move_point", character: character.id, label, index, point: rounded([at])[0] });
        else canvas.edit({ do: "remove_point", character: character.id, label, index });
        return;
      }
      if (!character || (under && under.character !== character && !start.negative && beside(character, at))) {
        canvas.select(under ? { kind: "character", id: under.character.id } : null);
        if (!under) return canvas.say(tr("Choose a character first: click on it."));
        if (character)
          return canvas.say(tr("Now {0} is chosen. The next click sets a point on it.", under.character.category));
      }
      const target = chosen().character;
      canvas.edit({ do: "add_point", character: target.id, point: rounded([at])[0], label: start.negative ? 0 : 1 });
    },
    drop() {
      this.start = this.moving = null;
      canvas.draft = null;
      canvas.view.touch("live");
    },
    /** Delete at the crosshair: takes the point there away. */
    remove() {
      const found = canvas.pointer && pointAt(canvas.view.toScreen(canvas.pointer));
      if (!found) return false;
      canvas.edit({ do: "remove_point", character: chosen().character.id, label: found.label, index: found.index });
      return true;
    },
    cursor: (at, screen) => (pointAt(screen) ? "pointer" : "crosshair"),
  };

  const stroke = (erase) => ({
    paints: true,
    down(at, event) {
      if (this.points && event.keys) return;
      const under = characterAt(at);
      if (!chosen() || ((event.ctrlKey || event.metaKey) && under)) {
        canvas.select(under ? { kind: "character", id: under.character.id } : null);
        canvas.say(
          under
            ? tr("Now {0} is chosen; the next stroke goes onto its mask.", under.character.category)
            : tr("Choose a character first: click on it."),
        );
        return;
      }
      this.character = canvas.selected.id;
      this.erase = erase !== Boolean(event.altKey);
      this.points = [];
      this.add(at);
    },
    move(at) {
      if (!this.points) return;
      const last = this.points.at(-1);
      if (distance(at, last) < Math.max(0.5, canvas.radius / 8)) return;
      this.add(at);
      if (this.points.length >= LONGEST) {
        this.commit();
        this.points = [];
        this.add(at);
      }
    },
    add(at) {
      this.points.push(rounded([at])[0]);
      canvas.erasing = this.erase;
      canvas.show(this.command());
    },
    command() {
      return {
        do: "paint",
        character: this.character,
        stroke: [...this.points],
        radius: canvas.radius,
        erase: this.erase,
      };
    },
    commit() {
      const command = this.command();
      this.points = null;
      canvas.show(null);
      canvas.edit(command);
    },
    up(at, event) {
      if (!this.points || (event.keys && this.points.length === 1)) return;
      this.commit();
      canvas.erasing = erase;
    },
    finish() {
      if (this.points) this.commit();
    },
    drop() {
      this.points = null;
      canvas.show(null);
      canvas.erasing = erase;
    },
    cursor: () => "none",
  });

  return { tools: { point, brush: stroke(false), eraser: stroke(true) } };
}
