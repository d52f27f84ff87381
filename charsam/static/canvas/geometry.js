// Plane geometry of the drawing canvas: points are [x, y] in image pixels, polygons are lists of points.
const bounds = (points) => {
  let x0 = Infinity,
    y0 = Infinity,
    x1 = -Infinity,
    y1 = -Infinity;
  for (const [x, y] of points) {
    x0 = Math.min(x0, x);
    y0 = Math.min(y0, y);
    x1 = Math.max(x1, x);
    y1 = Math.max(y1, y);
  }
  return [x0, y0, x1, y1];
};

const signedArea = (points) =>
  points.reduce((sum, [x, y], index) => {
    const [u, v] = points[(index + 1) % points.length];
    return sum + (x * v - u * y) / 2;
  }, 0);

const area = (points) => Math.abs(signedArea(points));

function inside(points, [x, y]) {
  let is = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [ax, ay] = points[i],
      [bx, by] = points[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) is = !is;
  }
  return is;
}

const centre = (points) => {
  const [x0, y0, x1, y1] = bounds(points);
  return [(x0 + x1) / 2, (y0 + y1) / 2];
};

const middle = ([ax, ay], [bx, by]) => [(ax + bx) / 2, (ay + by) / 2];
const distance = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);

function toSegment([x, y], [ax, ay], [bx, by]) {
  const dx = bx - ax,
    dy = by - ay,
    length = dx * dx + dy * dy;
  const t = length ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

const moved = (points, dx, dy) => points.map(([x, y]) => [x + dx, y + dy]);

function rotated(points, [cx, cy], angle) {
  const cos = Math.cos(angle),
    sin = Math.sin(angle);
  return points.map(([x, y]) => [cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos]);
}

/** The upright rectangle between two corners, clockwise from its top left. */
function rectangle([ax, ay], [bx, by]) {
  const [x0, x1] = [Math.min(ax, bx), Math.max(ax, bx)],
    [y0, y1] = [Math.min(ay, by), Math.max(ay, by)];
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

const unit = ([ax, ay], [bx, by]) => {
  const length = Math.hypot(bx - ax, by - ay) || 1;
  return [(bx - ax) / length, (by - ay) / length];
};

const shifted = ([x, y], [ux, uy], by) => [x + ux * by, y + uy * by];

/** A quad whose corner follows the pointer while its edges keep their directions, as one resizes a box. */
function withCorner(quad, index, dx, dy) {
  const at = (step) => (index + step + 4) % 4;
  const along = unit(quad[at(-1)], quad[index]),
    across = unit(quad[at(1)], quad[index]);
  const cross = along[0] * across[1] - along[1] * across[0] || 1;
  const a = (dx * across[1] - dy * across[0]) / cross,
    b = (along[0] * dy - along[1] * dx) / cross;
  const result = quad.map((point) => [...point]);
  result[index] = [quad[index][0] + dx, quad[index][1] + dy];
  result[at(1)] = shifted(quad[at(1)], along, a);
  result[at(-1)] = shifted(quad[at(-1)], across, b);
  return result;
}

/** A quad whose edge from corner `index` to the next moves along its neighbouring edges. */
function withEdge(quad, index, dx, dy) {
  const at = (step) => (index + step + 4) % 4;
  const out = unit(middle(quad[at(-1)], quad[at(2)]), middle(quad[index], quad[at(1)]));
  const by = dx * out[0] + dy * out[1];
  return quad.map((point, place) => (place === index || place === at(1) ? shifted(point, out, by) : [...point]));
}

const clamped = ([x, y], width, height) => [Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y))];
const rounded = (points) => points.map(([x, y]) => [Math.round(x * 100) / 100, Math.round(y * 100) / 100]);

/** Points turned clockwise (on the screen), the first one staying first, as the words format wants them. */
const clockwise = (points) => (signedArea(points) >= 0 ? points : [points[0], ...points.slice(1).reverse()]);

/** The upper side of a word's polygon in reading order: its first half of the points. */
const topSide = (points) => points.slice(0, Math.max(2, Math.floor(points.length / 2)));

/** [point, direction] at the middle of a line of points. */
function halfWay(line) {
  const lengths = line.slice(1).map((point, index) => distance(line[index], point));
  let rest = lengths.reduce((sum, length) => sum + length, 0) / 2;
  for (let index = 0; index < lengths.length; index++) {
    if (rest <= lengths[index] && lengths[index]) {
      const along = unit(line[index], line[index + 1]);
      return [shifted(line[index], along, rest), along];
    }
    rest -= lengths[index];
  }
  return [line[0], [1, 0]];
}

export {
  bounds,
  area,
  inside,
  centre,
  middle,
  distance,
  toSegment,
  moved,
  rotated,
  rectangle,
  withCorner,
  withEdge,
  clamped,
  rounded,
  clockwise,
  topSide,
  halfWay,
};
