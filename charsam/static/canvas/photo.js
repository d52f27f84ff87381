// The photo and CRAFT's heat on the canvas: halved copies for the distant view, pixels for the close one.
import { tr } from "../shared/words.js";

const known = new Map(); // the copies of the newest photos, by image, for all pictures that show them
const MOST = 2;

function shared(name, make) {
  if (name === null) return make();
  const found = known.get(name) ?? make();
  known.delete(name);
  known.set(name, found);
  while (known.size > MOST) known.delete(known.keys().next().value);
  found.catch(() => known.delete(name));
  return found;
}

/** The photo, then copies of half the size of the one before, down to the size of a small screen. */
async function pyramid(image, width, height) {
  const made = [await createImageBitmap(image)];
  for (let w = width, h = height; Math.max(w, h) > 900; ) {
    w = Math.ceil(w / 2);
    h = Math.ceil(h / 2);
    made.push(await createImageBitmap(made.at(-1), { resizeWidth: w, resizeHeight: h, resizeQuality: "high" }));
  }
  return made;
}

export function canvasPhoto({ ready, failed }) {
  const PIXELS = 2; // from this many device pixels for one image pixel, pixels are shown as squares
  let levels = [],
    heat = null,
    asked = 0;

  async function load(address) {
    const image = new Image();
    image.decoding = "async";
    image.src = await address();
    await image.decode();
    return image;
  }

  async function open(address, width, height, name = null) {
    close();
    const mine = asked;
    try {
      const made = await shared(name, async () => pyramid(await load(address), width, height));
      if (mine !== asked) return;
      levels = made.map((bitmap) => ({ bitmap, sx: bitmap.width / width, sy: bitmap.height / height }));
      ready();
    } catch {
      if (mine === asked) failed(tr("The photo could not be loaded."), () => open(address, width, height, name));
    }
  }

  async function openHeat(address) {
    const mine = asked;
    try {
      const image = await load(address);
      if (mine !== asked) return;
      heat = image;
      ready();
    } catch {
      if (mine === asked) failed(tr("CRAFT's heat could not be loaded."), () => openHeat(address));
    }
  }

  function close() {
    asked++;
    levels = [];
    heat = null;
  }

  /** Draw the visible part of the photo. */
  function paint(context, view, width, height) {
    const scale = view.k * view.dpr;
    const level = levels.findLast(({ sx }) => sx >= scale * 0.99) || levels[0];
    if (!level) return;
    const x0 = Math.max(0, Math.floor(-view.x / view.k)),
      y0 = Math.max(0, Math.floor(-view.y / view.k));
    const x1 = Math.min(width, Math.ceil((view.w - view.x) / view.k)),
      y1 = Math.min(height, Math.ceil((view.h - view.y) / view.k));
    if (x1 <= x0 || y1 <= y0) return;
    context.setTransform(scale, 0, 0, scale, view.x * view.dpr, view.y * view.dpr);
    context.imageSmoothingEnabled = scale < PIXELS;
    context.drawImage(
      level.bitmap,
      x0 * level.sx,
      y0 * level.sy,
      (x1 - x0) * level.sx,
      (y1 - y0) * level.sy,
      x0,
      y0,
      x1 - x0,
      y1 - y0,
    );
  }

  function paintHeat(context, view, width, height, opacity) {
    if (!heat) return;
    context.setTransform(view.k * view.dpr, 0, 0, view.k * view.dpr, view.x * view.dpr, view.y * view.dpr);
    context.imageSmoothingEnabled = true;
    context.globalAlpha = opacity;
    context.drawImage(heat, 0, 0, width, height);
    context.globalAlpha = 1;
  }

  return {
    open,
    openHeat,
    paint,
    paintHeat,
    close,
    get hasHeat() {
      return Boolean(heat);
    },
  };
}
