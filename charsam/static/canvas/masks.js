// Character masks in the browser: COCO's run-length encoding of crops, brush strokes on them, and cached pictures of them.
// A grid is {x, y, w, h, bits}: bits is a Uint8Array row by row over the crop at offset x, y of the image.
import { bounds } from "./geometry.js";

const known = new WeakMap(); // mask → {grid, pictures by colour, coarser grids, outline}

function runsOf(counts) {
  const runs = [];
  for (let at = 0; at < counts.length; ) {
    let value = 0,
      shift = 0,
      more = true;
    while (more) {
      const letter = counts.charCodeAt(at++) - 48;
      value |= (letter & 0x1f) << shift;
      shift += 5;
      more = Boolean(letter & 0x20);
      if (!more && letter & 0x10) value |= -1 << shift;
    }
    runs.push(runs.length > 2 ? value + runs[runs.length - 2] : value);
  }
  return runs;
}

function countsOf(runs) {
  let counts = "";
  runs.forEach((run, index) => {
    let value = index > 2 ? run - runs[index - 2] : run,
      more = true;
    while (more) {
      const letter = value & 0x1f;
      value >>= 5;
      more = value !== (letter & 0x10 ? -1 : 0);
      counts += String.fromCharCode((more ? letter | 0x20 : letter) + 48);
    }
  });
  return counts;
}

function decode(mask) {
  const [h, w] = mask.size,
    bits = new Uint8Array(w * h);
  let at = 0,
    value = 0;
  for (const run of runsOf(mask.counts)) {
    if (value) for (let end = Math.min(at + run, w * h); at < end; at++) bits[(at % h) * w + ((at / h) | 0)] = 1;
    else at += run;
    value = 1 - value;
  }
  return { x: mask.x, y: mask.y, w, h, bits };
}

/** The mask of a grid, cut to its own bounds, as the server keeps it. */
function encode(grid) {
  let x0 = grid.w,
    y0 = grid.h,
    x1 = -1,
    y1 = -1;
  for (let y = 0, at = 0; y < grid.h; y++) {
    for (let x = 0; x < grid.w; x++, at++) {
      if (!grid.bits[at]) continue;
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y < y0) y0 = y;
      if (y > y1) y1 = y;
    }
  }
  if (x1 < 0) return { x: grid.x, y: grid.y, size: [0, 0], counts: "" };
  const runs = [];
  let length = 0,
    value = 0;
  for (let x = x0; x <= x1; x++) {
    for (let y = y0; y <= y1; y++) {
      const bit = grid.bits[y * grid.w + x];
      if (bit !== value) {
        runs.push(length);
        length = 0;
        value = bit;
      }
      length++;
    }
  }
  runs.push(length);
  return { x: grid.x + x0, y: grid.y + y0, size: [y1 - y0 + 1, x1 - x0 + 1], counts: countsOf(runs) };
}

function about(mask) {
  let found = known.get(mask);
  if (!found) known.set(mask, (found = { grid: decode(mask), pictures: new Map(), halves: [], outline: null }));
  return found;
}

const grid = (mask) => about(mask).grid;

function has(mask, [px, py]) {
  const x = Math.floor(px) - mask.x,
    y = Math.floor(py) - mask.y,
    [h, w] = mask.size;
  return x >= 0 && y >= 0 && x < w && y < h && grid(mask).bits[y * w + x] === 1;
}

function pictureOf(grid, colour) {
  const picture = document.createElement("canvas");
  picture.width = Math.max(1, grid.w);
  picture.height = Math.max(1, grid.h);
  const context = picture.getContext("2d"),
    image = context.createImageData(picture.width, picture.height);
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const pixels = new Uint32Array(image.data.buffer),
    ink = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  for (let at = 0; at < grid.bits.length; at++) if (grid.bits[at]) pixels[at] = ink;
  context.putImageData(image, 0, 0);
  return picture;
}

/** A canvas of the mask's size, in one colour; drawn once for each mask and colour. */
function picture(mask, colour) {
  const { pictures, grid: bits } = about(mask);
  if (!pictures.has(colour)) pictures.set(colour, pictureOf(bits, colour));
  return pictures.get(colour);
}

/** A mask's border along the edges of its pixels, as a Path2D in image pixels. */
function outlineOf({ x, y, w, h, bits }) {
  const path = new Path2D();
  const at = (column, row) => (column >= 0 && row >= 0 && column < w && row < h ? bits[row * w + column] : 0);
  for (let row = 0; row <= h; row++) {
    for (let column = 0, start = -1; column <= w; column++) {
      const edge = column < w && at(column, row) !== at(column, row - 1);
      if (edge && start < 0) start = column;
      if (!edge && start >= 0) {
        path.moveTo(x + start, y + row);
        path.lineTo(x + column, y + row);
        start = -1;
      }
    }
  }
  for (let column = 0; column <= w; column++) {
    for (let row = 0, start = -1; row <= h; row++) {
      const edge = row < h && at(column, row) !== at(column - 1, row);
      if (edge && start < 0) start = row;
      if (!edge && start >= 0) {
        path.moveTo(x + column, y + start);
        path.lineTo(x + column, y + row);
        start = -1;
      }
    }
  }
  return path;
}

const outline = (mask) => (about(mask).outline ??= outlineOf(grid(mask)));

/** A grid at half the size: a pixel is set where any of its four was. */
function halved(grid) {
  const w = Math.ceil(grid.w / 2),
    h = Math.ceil(grid.h / 2),
    bits = new Uint8Array(w * h);
  for (let y = 0, at = 0; y < grid.h; y++) {
    for (let x = 0; x < grid.w; x++, at++) if (grid.bits[at]) bits[(y >> 1) * w + (x >> 1)] = 1;
  }
  return { ...grid, w, h, bits };
}

/** A mask's grid with pixels 2 ** level image pixels wide, each level made once, from the one before. */
function coarse(mask, level) {
  const { halves, grid: bits } = about(mask);
  while (halves.length < level) halves.push(halved(halves.at(-1) ?? bits));
  return level ? halves[level - 1] : bits;
}

function ringOf({ w, h, bits }, colour) {
  const wide = {
    w: w + 2,
    h: h + 2,
    edge: new Uint8Array((w + 2) * (h + 2)),
    around: new Uint8Array((w + 2) * (h + 2)),
  };
  const at = (x, y) => (x >= 0 && y >= 0 && x < w && y < h ? bits[y * w + x] : 0);
  for (let y = -1; y <= h; y++) {
    for (let x = -1; x <= w; x++) {
      const place = (y + 1) * wide.w + x + 1,
        all = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1);
      if (at(x, y)) wide.edge[place] = all < 4 ? 1 : 0;
      else wide.around[place] = all ? 1 : 0;
    }
  }
  const made = pictureOf({ ...wide, bits: wide.edge }, colour),
    context = made.getContext("2d");
  context.globalCompositeOperation = "destination-over";
  context.globalAlpha = 0.7;
  context.drawImage(pictureOf({ ...wide, bits: wide.around }, "#000000"), 0, 0);
  return made;
}

/** A mask's border as a picture of pixels 2 ** level image pixels wide, cased in black, with a margin of one such pixel
 * all round: for the distant view, where lines along every pixel would cost much and show nothing.
 */
function ring(mask, colour, level) {
  const { pictures } = about(mask),
    key = `${colour} ${level}`;
  if (!pictures.has(key)) pictures.set(key, ringOf(coarse(mask, level), colour));
  return pictures.get(key);
}

/** Whole pixels [x0, y0, x1, y1] that a stroke can touch, within the image. */
function reach(stroke, radius, width, height) {
  const [x0, y0, x1, y1] = bounds(stroke);
  return [
    Math.max(0, Math.floor(x0 - radius)),
    Math.max(0, Math.floor(y0 - radius)),
    Math.min(width, Math.ceil(x1 + radius)),
    Math.min(height, Math.ceil(y1 + radius)),
  ];
}

/** The pixels of a round brush along a stroke, as a grid: those whose centres are within `radius` of it. */
function strokeGrid(stroke, radius, width, height) {
  const [x0, y0, x1, y1] = reach(stroke, radius, width, height);
  const w = Math.max(0, x1 - x0),
    h = Math.max(0, y1 - y0),
    bits = new Uint8Array(w * h),
    most = radius * radius;
  for (let index = 0; index < Math.max(1, stroke.length - 1); index++) {
    const [ax, ay] = stroke[index],
      [bx, by] = stroke[index + 1] || stroke[index];
    const dx = bx - ax,
      dy = by - ay,
      length = dx * dx + dy * dy;
    const [u0, v0, u1, v1] = reach(
      [
        [ax, ay],
        [bx, by],
      ],
      radius,
      width,
      height,
    );
    for (let y = v0; y < v1; y++) {
      for (let x = u0; x < u1; x++) {
        const px = x + 0.5 - ax,
          py = y + 0.5 - ay;
        const t = length ? Math.min(1, Math.max(0, (px * dx + py * dy) / length)) : 0;
        if ((px - t * dx) ** 2 + (py - t * dy) ** 2 <= most) bits[(y - y0) * w + x - x0] = 1;
      }
    }
  }
  return { x: x0, y: y0, w, h, bits };
}

/** `first` with the pixels of `second` added, as a new grid. */
function union(first, second) {
  if (!first.w || !first.h) return second;
  if (!second.w || !second.h) return first;
  const x = Math.min(first.x, second.x),
    y = Math.min(first.y, second.y);
  const w = Math.max(first.x + first.w, second.x + second.w) - x,
    h = Math.max(first.y + first.h, second.y + second.h) - y;
  const bits = new Uint8Array(w * h);
  for (const part of [first, second]) {
    for (let row = 0, at = 0; row < part.h; row++) {
      let to = (part.y + row - y) * w + part.x - x;
      for (let column = 0; column < part.w; column++, at++, to++) if (part.bits[at]) bits[to] = 1;
    }
  }
  return { x, y, w, h, bits };
}

/** `first` without the pixels of `second`: a new grid, or `first` itself where they share none. */
function without(first, second) {
  const x0 = Math.max(first.x, second.x),
    x1 = Math.min(first.x + first.w, second.x + second.w);
  const y0 = Math.max(first.y, second.y),
    y1 = Math.min(first.y + first.h, second.y + second.h);
  let bits = null;
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      const at = (y - first.y) * first.w + x - first.x;
      if (!second.bits[(y - second.y) * second.w + x - second.x] || !first.bits[at]) continue;
      bits ??= first.bits.slice();
      bits[at] = 0;
    }
  }
  return bits ? { ...first, bits } : first;
}

export { decode, encode, grid, has, picture, outline, ring, strokeGrid, union, without };
