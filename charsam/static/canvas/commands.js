// What the canvas can be told by name, from a key, a button or another part of the page.

import { tr } from "../shared/words.js";
import { canvasMoving, SOON } from "./arrow_keys.js";
import { word as findWord } from "./document.js";
import { centre, middle, rotated } from "./geometry.js";
import { canvasSteps } from "./steps.js";

/** What each tool's edits are called. */
const MAKES = {
  quad: ["add_word"],
  polygon: ["add_word"],
  character: ["add_character"],
  split: ["split_character"],
  point: ["add_point", "move_point", "remove_point"],
  brush: ["paint"],
  eraser: ["paint"],
};

export function canvasCommands(canvas, { live, shapes, keys }) {
  const { arrow, space } = canvasMoving(canvas, { live, shapes });
  const { chosenCharacter, chosenWord, step, check, stop, stepWord, vertex } = canvasSteps(canvas, live);

  function review(as) {
    const { selected } = canvas;
    if (!selected) return canvas.say(tr("Choose a character or a word first (J)."));
    const one = selected.kind === "word" ? { word: selected.id } : { characters: [selected.id] };
    canvas.edit({ do: "review", as, ...(canvas.also.size ? { characters: canvas.several.characters() } : one) });
    if (canvas.before && as && selected.kind === "character") check(1); // in the middle of checking
  }

  function type() {
    const found = chosenCharacter();
    if (!found) return typeWord();
    const { character } = found;
    canvas.field.open({
      at: character.quad[0],
      label: tr("Letter of this character"),
      value: character.category,
      letters: 1,
      done: (category) => {
        if (category && category !== character.category)
          canvas.edit({ do: "set_category", character: canvas.selected.id, category });
      },
    });
  }

  function typeWord() {
    const word = chosenWord();
    if (!word) return canvas.say(tr("Choose a word first (Shift+J)."));
    canvas.field.open({
      at: word.polygon[0],
      label: tr("Text of this word"),
      value: word.text,
      hint: tr("empty: read it for me"),
      done: (text) => {
        if (text !== word.text) canvas.edit({ do: "set_text", word: canvas.current(word.id), text });
      },
    });
  }

  function takeReading() {
    const word = chosenWord();
    if (!word) return canvas.say(tr("Choose a word first (Shift+J)."));
    if (!word.reads) return canvas.say(tr("Nothing else is clearly read in this word."));
    canvas.edit({ do: "set_text", word: canvas.current(word.id), text: word.reads });
  }

  function remove() {
    const { selected, tool } = canvas;
    if (tool === "point" && canvas.active.remove()) return;
    if (canvas.also.size) return removeAll();
    const found = chosenCharacter(),
      word = chosenWord();
    if (found) {
      const near = found.word.characters[found.index + 1] || found.word.characters[found.index - 1];
      canvas.edit({ do: "delete_character", character: selected.id });
      return canvas.select(near ? { kind: "character", id: near.id } : { kind: "word", id: found.word.id });
    }
    if (!word) return canvas.say(tr("Nothing is chosen."));
    if (Number.isInteger(selected.vertex) && word.polygon.length > 4) {
      canvas.edit({ do: "set_polygon", word: word.id, polygon: word.polygon.toSpliced(selected.vertex, 1) });
      return canvas.select({ kind: "word", id: word.id });
    }
    canvas.edit({ do: "delete_word", word: word.id });
    canvas.select(null);
  }

  function removeAll() {
    for (const id of canvas.several.ids()) {
      const kind = findWord(canvas.document, id) ? "word" : "character";
      canvas.edit({ do: `delete_${kind}`, [kind]: id });
    }
    canvas.select(null);
  }

  function merge(way) {
    const found = chosenCharacter(),
      other = found?.word.characters[found.index + way];
    if (!other)
      return canvas.say(
        found ? tr("There is no neighbour on that side in this word.") : tr("Choose a character first (J)."),
      );
    const pair = way > 0 ? [found.character.id, other.id] : [other.id, found.character.id];
    const done = (category) => {
      canvas.edit({ do: "merge_characters", characters: pair.map(canvas.current), ...(category ? { category } : {}) });
    };
    const value = (way > 0 ? found.character : other).category;
    canvas.field.open({
      at: found.character.quad[0],
      label: tr("Letter of the merged character"),
      value,
      letters: 1,
      done,
    });
  }

  function insert() {
    const word = chosenWord(),
      at = canvas.selected?.vertex;
    if (!word || !Number.isInteger(at)) return canvas.say(tr("Choose a corner of a word first (comma and full stop)."));
    const after = middle(word.polygon[at], word.polygon[(at + 1) % word.polygon.length]);
    canvas.edit({ do: "set_polygon", word: word.id, polygon: word.polygon.toSpliced(at + 1, 0, after) });
    canvas.select({ kind: "word", id: word.id, vertex: at + 1 });
  }

  function turn(degrees) {
    const word = chosenWord();
    if (!word) return canvas.say(tr("Choose a word first (Shift+J)."));
    canvas.select({ kind: "word", id: word.id });
    const turned = rotated(word.polygon, centre(word.polygon), (degrees * Math.PI) / 180);
    shapes.changeShape(canvas.selected, turned, { together: `turn ${word.id}`, wait: SOON });
  }

  /** Enter: finishes what the tool has begun; false where it has begun nothing. */
  function finish() {
    const { active, draft } = canvas;
    if (!active.finish || !(active.start || active.points || draft?.open)) return false;
    active.finish();
    return true;
  }

  function leave() {
    const { active, draft } = canvas;
    if (draft || active.start || active.points) active.drop();
    else if (canvas.tool !== "select") canvas.setTool("select");
    else if (canvas.before) stop();
    else if (canvas.selected) canvas.select(null);
    else canvas.stage.blur();
    canvas.crosshair = false;
    canvas.update();
  }

  /** Backspace: takes back what the tool at hand made last; with no tool, it deletes what is chosen. */
  function back() {
    if (canvas.active.back?.()) return;
    if (canvas.tool === "select") return remove();
    if (!MAKES[canvas.tool].includes(canvas.made.at(-1)))
      return canvas.say(tr("This tool has made nothing that could be taken back. Delete deletes what is chosen."));
    undo();
  }

  function undo() {
    canvas.made.pop();
    canvas.said = "";
    canvas.store.undo();
  }

  function redo() {
    canvas.said = "";
    canvas.store.redo();
  }

  const toggle = (name) => () => canvas.setLayer(name, !canvas.layers[name].on);
  const OPACITIES = [0.25, 0.5, 0.75, 1];
  const RUN = {
    next: () => step(1),
    previous: () => step(-1),
    next_suspicious: () => check(1),
    previous_suspicious: () => check(-1),
    next_word: () => stepWord(1),
    previous_word: () => stepWord(-1),
    next_vertex: () => vertex(1),
    previous_vertex: () => vertex(-1),
    accept: () => review("accepted"),
    reject: () => review("rejected"),
    undecide: () => review(""),
    accept_all: () => canvas.edit({ do: "review", all: true, as: "accepted" }),
    accept_picture: () => canvas.queueSay({ state: "accepted" }),
    reject_picture: () => canvas.queueSay({ state: "rejected" }),
    next_undecided: () => canvas.queueSay({ go: "undecided" }),
    next_picture: () => canvas.queueSay({ go: "next" }),
    previous_picture: () => canvas.queueSay({ go: "previous" }),
    type,
    type_word: typeWord,
    take_reading: takeReading,
    delete: remove,
    back,
    merge: () => merge(1),
    merge_before: () => merge(-1),
    insert,
    turn: () => turn(2),
    turn_back: () => turn(-2),
    ignore: () => {
      const word = chosenWord();
      for (const { id } of canvas.several.words()) canvas.edit({ do: "set_ignore", word: id, ignore: !word.ignore });
    },
    choose_all: () => canvas.several.all(),
    repeat: () => canvas.several.repeat(),
    repaint: () => {
      const found = chosenCharacter();
      if (found) canvas.edit({ do: "repaint", character: found.character.id });
    },
    annotate: () => {
      canvas.say(tr("Finding words and masking their characters…"));
      canvas.edit({ do: "annotate" });
    },
    negative: () => {
      canvas.negative = !canvas.negative;
      canvas.say(canvas.negative ? tr("A click now sets a negative point.") : tr("A click now sets a positive point."));
    },
    undo,
    redo,
    smaller: () => canvas.setRadius(canvas.radius - Math.max(0.5, Math.round(canvas.radius * 0.15 * 2) / 2)),
    larger: () => canvas.setRadius(canvas.radius + Math.max(0.5, Math.round(canvas.radius * 0.15 * 2) / 2)),
    zoom_in: () => canvas.view.zoomBy(1.5),
    zoom_out: () => canvas.view.zoomBy(1 / 1.5),
    fit: () => canvas.view.fit(),
    full: () => canvas.view.zoomTo(1),
    zoom_selection: () => {
      const box = live.boundsOf(canvas.selected);
      if (box) canvas.view.lookAt(box);
      else canvas.view.fit();
    },
    brighter: () => canvas.look.brighter(),
    invert: () => canvas.look.invert(),
    opacity: () =>
      canvas.setOpacity("masks", OPACITIES.find((value) => value > canvas.layers.masks.opacity + 0.01) ?? OPACITIES[0]),
    help: () => keys.help(),
    escape: leave,
    finish,
    ...Object.fromEntries([...Object.values(keys.LAYERS), "outline"].map((name) => [name, toggle(name)])),
    ...Object.fromEntries(Object.values(keys.TOOLS).map((name) => [name, () => canvas.setTool(name)])),
  };

  /** Carry out a command by its name; nothing happens before a document is open. */
  function run(name) {
    if (!RUN[name]) throw new Error(`the canvas knows no command "${name}"`);
    if (!canvas.document && !["help", "next_picture", "previous_picture", "next_undecided"].includes(name)) return;
    RUN[name]();
  }

  return { run, arrow, space, finish };
}
