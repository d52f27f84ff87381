// The tool that splits a character at a line.
import { tr } from "../shared/words.js";
import { character as findCharacter } from "./document.js";
import { distance, inside, middle, rounded } from "./geometry.js";

/** Screen pixels under which a drag was a click. */
export const SMALL = 3;

export function splitTool(canvas, { characterAt, dropDraft, drag }) {
  return {
    ...drag,
    down(point, event, at) {
      if (this.start && event.keys) return;
      this.start = { point, at };
      canvas.draft = { open: true, points: [point], colour: "#D55E00" };
      canvas.view.touch("live");
    },
    move() {
      canvas.view.touch("live");
    },
    up(point, event, at) {
      const { start } = this;
      if (!start || (event.keys && distance(start.at, at) < SMALL)) return;
      this.drop();
      let line = [start.point, point];
      const under = characterAt(middle(...line));
      const chosen = canvas.selected?.kind === "character" ? findCharacter(canvas.document, canvas.selected.id) : null;
      const target = chosen && (!under || inside(chosen.character.quad, middle(...line))) ? chosen : under;
      if (!target) return canvas.say(tr("Draw the line across a character."));
      if (distance(start.at, at) < SMALL) line = upright(target.character.quad, point);
      canvas.select({ kind: "character", id: target.character.id });
      canvas.draft = { points: line, resting: true, open: true, colour: "#D55E00" };
      canvas.field.open({
        at: target.character.quad[0],
        label: tr("The letters of the two parts"),
        hint: tr("2 letters"),
        letters: 2,
        done: (text) => {
          dropDraft();
          const categories = canvas.field.graphemes(text);
          const named = categories.length === 2 ? { categories } : {};
          canvas.edit({
            do: "split_character",
            character: canvas.current(target.character.id),
            line: rounded(line),
            ...named,
          });
        },
        dropped: () => dropDraft(),
      });
    },
    cursor: () => "col-resize",
  };
}

/** A click splits straight down the character: the line through a point from its upper to its lower side. */
function upright([a, b, c, d], [x, y]) {
  const [ux, uy] = [b[0] - a[0], b[1] - a[1]],
    length = ux * ux + uy * uy || 1;
  const t = Math.min(0.95, Math.max(0.05, ((x - a[0]) * ux + (y - a[1]) * uy) / length));
  return [
    [a[0] + t * ux, a[1] + t * uy],
    [d[0] + t * (c[0] - d[0]), d[1] + t * (c[1] - d[1])],
  ];
}
