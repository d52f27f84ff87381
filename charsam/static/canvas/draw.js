// What is painted on the canvas: masks and their outlines, boxes, words and points of the document. Every line is cased in
// black and white, so that it can be seen on any photo, and what a colour says, a dash or a mark says too.

import { SOURCES } from "../shared/sources.js";
import { character as find, order, toCheck } from "./document.js";
import { bounds, distance, halfWay, topSide } from "./geometry.js";
import { outline, picture, ring } from "./masks.js";
import { cased, inImage, onScreen, sprite, text, trace } from "./strokes.js";

export function canvasDraw(canvas) {
  const CLOSE = 34; // from this height of a character on the screen, in pixels, its outline and points are shown
  const FEW = 40; // up to so many characters in sight, outlines are lines at any distance
  const SMALL = 32; // below this height of a word its text is not written on it
  const MANY = 120; // from so many characters in sight, their boxes are drawn more simply
  const boxes = new WeakMap(),
    heights = new WeakMap();

  const boundsOf = (item) => {
    let found = boxes.get(item);
    if (!found) boxes.set(item, (found = bounds(item.quad || item.polygon)));
    return found;
  };

  function reach({ mask, quad }) {
    const [x0, y0, x1, y1] = boundsOf({ quad });
    if (!mask.size[0]) return [x0, y0, x1, y1];
    return [
      Math.min(x0, mask.x),
      Math.min(y0, mask.y),
      Math.max(x1, mask.x + mask.size[1]),
      Math.max(y1, mask.y + mask.size[0]),
    ];
  }

  /** Whether a word is shown with its boxes, letters and points: the chosen one, or all, where that is wanted. */
  function detailed() {
    const { document, selected, hover, layers } = canvas;
    if (layers.details.on) return () => true;
    const words = new Set(
      [selected?.id, hover, ...(canvas.also || [])].map((id) => id && (find(document, id)?.word.id ?? id)),
    );
    return (word) => words.has(word.id);
  }

  const seen = (document, view) => order(document).filter(({ character }) => view.sees(reach(character)));
  const heightOf = (item, view) => {
    const [, y0, , y1] = boundsOf(item);
    return (y1 - y0) * view.k;
  };

  /** The height of a word's characters, by which all of them are shown alike: the one in the middle of their heights. */
  function typical(word) {
    if (!heights.has(word)) {
      const all = word.characters.map((item) => boundsOf(item)[3] - boundsOf(item)[1]).sort((a, b) => a - b);
      heights.set(word, all[all.length >> 1] || 0);
    }
    return heights.get(word);
  }

  function rings(context, view, entries) {
    const level = Math.max(0, Math.ceil(Math.log2(1 / (view.k * view.dpr)))),
      side = 2 ** level;
    inImage(context, view);
    context.imageSmoothingEnabled = true;
    for (const {
      character: { mask },
      colour,
    } of entries) {
      if (!mask.size[0]) continue;
      const picture = ring(mask, colour, level);
      context.drawImage(picture, mask.x - side, mask.y - side, picture.width * side, picture.height * side);
    }
  }

  function outlines(context, view, entries, width, white = 0) {
    inImage(context, view);
    context.lineCap = "square";
    for (const { character, colour } of entries) {
      if (!character.mask.size[0]) continue;
      const path = outline(character.mask);
      for (const [ink, extra] of [["#000000b3", 1.6 + white], ...(white ? [["#ffffffcc", white]] : []), [colour, 0]]) {
        context.strokeStyle = ink;
        context.lineWidth = (width + extra) / view.k;
        context.stroke(path);
      }
    }
    context.lineCap = "butt";
  }

  function masks(context, view) {
    const document = canvas.document,
      { layers } = canvas;
    if (!document || !layers.masks.on || layers.outline.on) return;
    inImage(context, view);
    context.imageSmoothingEnabled = view.k * view.dpr < 1;
    for (const { character, colour } of seen(document, view)) {
      const { mask } = character;
      if (mask.size[0]) context.drawImage(picture(mask, colour), mask.x, mask.y);
    }
  }

  /** One path for each style of box, so that two hundred boxes cost a handful of strokes. */
  function drawBoxes(context, view, entries) {
    const paths = new Map(),
      crossed = new Path2D();
    for (const { character } of entries) {
      const source = character.box_edited ? "given" : character.box_source;
      const key = SOURCES[source] ? source : "given";
      if (!paths.has(key)) paths.set(key, new Path2D());
      trace(paths.get(key), character.quad, view);
      if (character.review === "rejected")
        for (const [a, b] of [
          [0, 2],
          [1, 3],
        ])
          trace(crossed, [character.quad[a], character.quad[b]], view, false);
    }
    const lines = [...paths].map(([key, path]) => [path, SOURCES[key].colour, SOURCES[key].dash]),
      many = entries.length >= MANY;
    cased(context, [...lines, [crossed, "#D55E00", ""]], many ? 1.1 : 1.6, !many);
  }

  /** A triangle for "to check", a tick for "accepted", at the box's upper right corner. */
  function mark(context, view, character) {
    const check = toCheck(character);
    if (!check && character.review !== "accepted") return;
    const [x, y] = view.toScreen(character.quad[1]),
      size = heightOf(character, view) > 26 ? 6 : 4;
    const path = new Path2D();
    if (check) {
      path.moveTo(x, y - size);
      path.lineTo(x + size, y + size * 0.8);
      path.lineTo(x - size, y + size * 0.8);
      path.closePath();
    } else {
      path.moveTo(x - size, y);
      path.lineTo(x - size * 0.2, y + size * 0.7);
      path.lineTo(x + size, y - size * 0.8);
    }
    cased(context, [[path, check ? "#D55E00" : "#009E73", ""]], 2.4);
    if (check) {
      context.fillStyle = "#D55E00";
      context.fill(path);
    }
  }

  function drawLabels(context, view, entries) {
    for (const { character } of entries) {
      const [x0, , x1] = boundsOf(character);
      if ((x1 - x0) * view.k < 18 || heightOf(character, view) < CLOSE) continue;
      const [x, y] = view.toScreen(character.quad[0]);
      const source = SOURCES[character.box_edited ? "given" : character.box_source] || SOURCES.given;
      text(
        context,
        [
          [`${source.mark}\u2009`, source.colour],
          [character.category, "#fff"],
        ],
        x + 1,
        y - 5,
        view,
      );
    }
  }

  function drawWords(context, view, document, inDetail) {
    const thin = new Path2D(),
      plain = new Path2D(),
      ignored = new Path2D(),
      arrows = new Path2D(),
      troubled = new Path2D();
    const words = document.words.filter((word) => view.sees(boundsOf(word)));
    for (const word of words) {
      const own = inDetail(word);
      trace(word.ignore ? ignored : word.problem ? troubled : own ? plain : thin, word.polygon, view);
      if (!own) continue;
      const [[x, y], [ux, uy]] = halfWay(topSide(word.polygon).map(view.toScreen));
      const side = distance(...topSide(word.polygon).slice(0, 2).map(view.toScreen)) > 16 ? 8 : 5;
      arrows.moveTo(x + ux * side, y + uy * side);
      arrows.lineTo(x - ux * side * 0.6 - uy * side * 0.75, y - uy * side * 0.6 + ux * side * 0.75);
      arrows.lineTo(x - ux * side * 0.6 + uy * side * 0.75, y - uy * side * 0.6 - ux * side * 0.75);
      arrows.closePath();
    }
    cased(
      context,
      [
        [plain, SOURCES.word.colour, ""],
        [ignored, SOURCES.ignored.colour, SOURCES.ignored.dash],
        [troubled, "#D55E00", "4 3"],
      ],
      1.6,
    );
    cased(context, [[thin, SOURCES.word.colour, ""]], 0.7, false);
    cased(context, [[arrows, SOURCES.word.colour, ""]], 1);
    context.fillStyle = SOURCES.word.colour;
    context.fill(arrows);
    if (!canvas.layers.labels.on) return;
    for (const word of words) {
      if (!inDetail(word) && !word.problem && !word.waiting && !word.ignore) continue;
      if (heightOf(word, view) < SMALL && canvas.selected?.id !== word.id) continue;
      const [x, y] = view.toScreen(word.polygon[0]);
      const tail = word.waiting ? " …" : word.ignore ? " (ignored)" : word.problem ? " ⚠" : "";
      text(
        context,
        [[(word.text || "?") + tail, SOURCES.word.colour]],
        x,
        y - (canvas.layers.boxes.on && heightOf(word, view) >= CLOSE ? 21 : 7),
        view,
      );
    }
  }

  function drawPoints(context, view, characters) {
    for (const character of characters) {
      for (const [list, label] of [
        [character.negative, 0],
        [character.positive, 1],
      ]) {
        for (const point of list) {
          const [x, y] = view.toScreen(point);
          context.drawImage(sprite(label, view.dpr), x - 8, y - 8, 16, 16);
        }
      }
    }
  }

  function shapes(context, view) {
    const { document, layers, selected } = canvas;
    if (!document) return;
    const entries = seen(document, view);
    if (layers.outline.on || layers.masks.on) {
      const close =
        layers.outline.on || canvas.outlined ? entries : entries.filter(({ word }) => typical(word) * view.k >= CLOSE);
      if (view.k * view.dpr < 2 && close.length > FEW) rings(context, view, close);
      else if (layers.outline.on) outlines(context, view, close, 1.8, 1.6);
      else outlines(context, view, close, 1.2, 1.2);
    }
    onScreen(context, view);
    const inDetail = detailed(),
      detail = entries.filter(({ word }) => inDetail(word));
    if (layers.words.on) drawWords(context, view, document, inDetail);
    if (layers.boxes.on) drawBoxes(context, view, detail);
    if (layers.boxes.on) for (const { character } of entries) mark(context, view, character);
    if (layers.labels.on && layers.boxes.on) drawLabels(context, view, detail);
    const mine = selected?.kind === "character" ? find(document, selected.id) : null;
    if (mine && layers.masks.on) {
      outlines(context, view, [mine], 2.4, layers.outline.on ? 1.6 : 0);
      onScreen(context, view);
    }
    if (!layers.points.on) return;
    const shown = detail.filter(({ word }) => typical(word) * view.k >= 2.5 * CLOSE).map(({ character }) => character);
    drawPoints(context, view, mine ? [...shown.filter((item) => item !== mine.character), mine.character] : shown);
  }

  return { masks, shapes };
}
