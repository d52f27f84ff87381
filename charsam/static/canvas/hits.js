// What lies under a point of the picture.
import { order } from "./document.js";
import { area, inside, toSegment } from "./geometry.js";
import { has } from "./masks.js";

/** The character under a point: the one whose mask is there, else the one with the smallest box around it. */
export function characterAt(document, point) {
  const found = order(document).filter(({ character }) => inside(character.quad, point));
  found.sort((a, b) => area(a.character.quad) - area(b.character.quad));
  return found.find(({ character }) => has(character.mask, point)) || found[0] || null;
}

/** The word under a point, or with an edge nearer than `near` image pixels. */
function wordAt(document, point, near) {
  const edge = ({ polygon }) =>
    polygon.some((a, index) => toSegment(point, a, polygon[(index + 1) % polygon.length]) < near);
  const words = [...document.words].sort((a, b) => area(a.polygon) - area(b.polygon));
  return words.find(({ polygon }) => inside(polygon, point)) || words.find(edge) || null;
}

export function thingAt(document, point, near) {
  const character = characterAt(document, point);
  if (character) return { kind: "character", id: character.character.id };
  const word = wordAt(document, point, near);
  return word ? { kind: "word", id: word.id } : null;
}
