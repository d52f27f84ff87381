// How lines, texts and points are painted so that they can be seen on any photo: every line is cased in black and white.
const FONT = "600 12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

export const inImage = (context, view) =>
  context.setTransform(view.k * view.dpr, 0, 0, view.k * view.dpr, view.x * view.dpr, view.y * view.dpr);
export const onScreen = (context, view) => context.setTransform(view.dpr, 0, 0, view.dpr, 0, 0);

export function trace(path, points, view, closed = true) {
  points.forEach((point, index) => {
    const [x, y] = view.toScreen(point);
    if (index) path.lineTo(x, y);
    else path.moveTo(x, y);
  });
  if (closed) path.closePath();
  return path;
}

/** Lines with a black and a white casing below their own colour. paths: [path, colour, dash]; white: false where the
 * lines are so many and small that one casing is enough.
 */
export function cased(context, paths, width = 2, white = true) {
  context.lineJoin = "round";
  const under = new Path2D();
  for (const [path] of paths) under.addPath(path);
  context.setLineDash([]);
  for (const [colour, extra] of white
    ? [
        ["#0000008c", 3],
        ["#ffffffbf", 1.4],
      ]
    : [["#000000b3", 2]]) {
    context.strokeStyle = colour;
    context.lineWidth = width + extra;
    context.stroke(under);
  }
  context.lineWidth = width;
  for (const [path, colour, dash] of paths) {
    context.strokeStyle = colour;
    context.setLineDash(dash ? dash.split(" ").map(Number) : []);
    context.stroke(path);
  }
  context.setLineDash([]);
}

const written = new Map();

/** Text is drawn once for each wording and kept as a picture: strokes around letters are dear. */
function lettering(words, dpr) {
  const key = JSON.stringify([words, dpr]);
  if (written.has(key)) return written.get(key);
  if (written.size > 600) written.clear();
  const made = document.createElement("canvas");
  const context = made.getContext("2d");
  context.font = FONT;
  const widths = words.map(([part]) => context.measureText(part).width);
  made.width = Math.ceil((widths.reduce((sum, width) => sum + width, 0) + 6) * dpr);
  made.height = Math.ceil(20 * dpr);
  context.scale(dpr, dpr);
  Object.assign(context, { font: FONT, lineJoin: "round", lineWidth: 3.5, strokeStyle: "#000000d9" });
  let x = 3;
  words.forEach(([part, colour], index) => {
    context.strokeText(part, x, 14);
    context.fillStyle = colour;
    context.fillText(part, x, 14);
    x += widths[index];
  });
  written.set(key, made);
  return made;
}

const snapped = (value, dpr) => Math.round(value * dpr) / dpr;

export function text(context, words, x, y, { dpr }) {
  const picture = lettering(words, dpr);
  context.drawImage(picture, snapped(x - 3, dpr), snapped(y - 14, dpr), picture.width / dpr, picture.height / dpr);
}

const sprites = new Map();

/** A positive point is a round plus, a negative one a square minus. */
export function sprite(label, dpr) {
  const key = `${label} ${dpr}`;
  if (sprites.has(key)) return sprites.get(key);
  const side = 16,
    made = document.createElement("canvas");
  made.width = made.height = side * dpr;
  const context = made.getContext("2d");
  context.scale(dpr, dpr);
  context.translate(side / 2, side / 2);
  for (const [colour, grow] of [
    ["#000", 1.6],
    ["#fff", 0.8],
    [label ? "#007a59" : "#c24f00", 0],
  ]) {
    context.fillStyle = colour;
    context.beginPath();
    if (label) context.arc(0, 0, 5.6 + grow, 0, 7);
    else context.rect(-5 - grow, -5 - grow, 10 + 2 * grow, 10 + 2 * grow);
    context.fill();
  }
  context.fillStyle = "#fff";
  context.fillRect(-3.5, -0.9, 7, 1.8);
  if (label) context.fillRect(-0.9, -3.5, 1.8, 7);
  sprites.set(key, made);
  return made;
}
