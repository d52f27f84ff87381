// The whole story of one character on one screen: every stage's cut of its word, the votes, and what speaks against it.
import { legend } from "../panels/panes.js";
import { el } from "../shared/dom.js";
import { modeInWords } from "../shared/prompt_modes.js";
import { sourceName } from "../shared/sources.js";
import { heard, tr } from "../shared/words.js";
import { number, percent } from "./numbers.js";

const HEIGHT = 92, // of a word's strip on the screen, in pixels
  WIDEST = 170;
const AGREEING = [tr("as in the mask now"), tr("only under this mode"), tr("only in the mask now")];
const AGREEING_COLOURS = ["#56b4e9", "#e65000", "#f0e442"];

/** The character's part of the word's strip, with layers over the photo and marks in the strip's pixels. */
function cut(value, name, layers, marks = []) {
  const [x0, , x1] = value.after[value.own].box,
    [w, h] = value.size,
    room = Math.max(8, (h - (x1 - x0)) / 2);
  const from = Math.max(0, x0 - room),
    to = Math.min(w, x1 + room),
    scale = HEIGHT / h;
  const style = `width:${w * scale}px;height:${h * scale}px;left:${-from * scale}px`;
  const picture = ([src, kind]) => el("img", { src, alt: "", class: kind || "", style, draggable: "false" });
  const mark = ({ kind, title = "", text = "", at, box: [a, b, c, d] = [...at, ...at] }) =>
    el(
      "span",
      {
        class: kind,
        title,
        style: `left:${(a - from) * scale}px;top:${b * scale}px;width:${(c - a) * scale}px;height:${(d - b) * scale}px`,
      },
      text,
    );
  const size = `width:${Math.min(WIDEST, (to - from) * scale)}px;height:${h * scale}px`;
  const inner = el("div", { class: "cs-cut", style: size }, ...layers.map(picture), ...marks.map(mark));
  return el("figure", {}, inner, el("figcaption", {}, ...[].concat(name)));
}

function stages(value) {
  const own = { box: value.after[value.own].box, kind: "cs-own" };
  const dim = [[value.photo, "cs-dim"]],
    { positive, negative } = value.points;
  const points = [
    ...positive.map((at) => ({ at, kind: "cs-dot cs-plus", text: "+" })),
    ...negative.map((at) => ({ at, kind: "cs-dot cs-minus", text: "−" })),
  ];
  const after = value.after.map(({ box, category, source }, k) => ({
    box,
    kind: k === value.own ? "cs-own" : "cs-after",
    title: `${category}, ${sourceName(source)}`,
  }));
  const before = value.before.map((box) => ({ box, kind: "cs-before" }));
  const cuts = [
    cut(value, tr("photo"), [[value.photo]], [own]),
    cut(value, tr("CRAFT heat"), [...dim, [value.heat]]),
    cut(value, tr("boxes before splitting"), dim, before),
    cut(value, tr("after: from {0}", sourceName(value.source)), dim, after),
    cut(value, tr("points: {0} on, {1} off", positive.length, negative.length), dim, points),
    cut(value, tr("logits, at most {0}", value.logit[0]), [[value.logits, "cs-exact"]], [own]),
  ];
  if (value.truth) cuts.push(cut(value, tr("true / false / missed"), [...dim, [value.truth, "cs-exact"]]));
  return el("div", { class: "cs-cuts" }, ...cuts);
}

/** The masks under the four prompt modes; until they are there, their places. */
function modes(value) {
  if (!value.modes.length) {
    const places = Array.from({ length: 4 }, () => cut(value, tr("one moment…"), [[value.photo, "cs-dim"]]));
    return el("div", { class: "cs-cuts", "aria-busy": "true" }, ...places);
  }
  const one = ({ mode, quality, agreement, mask }) => {
    const said = [
      el("b", { title: modeInWords(mode) }, mode),
      tr(" quality {0}, glyph {1}", number(quality), number(agreement)),
    ];
    return cut(value, said, [
      [value.photo, "cs-dim"],
      [mask, "cs-exact"],
    ]);
  };
  return el("div", { class: "cs-cuts" }, ...value.modes.map(one));
}

function reading({ read, category }) {
  const whole = tr(
    "The recogniser reads the whole word as “{0}” ({1})",
    read.word || "nothing",
    percent(read.probability),
  );
  const place = read.place === null ? "" : tr(", gives {0} {1} at this place", category, percent(read.place));
  const alone = read.box
    ? tr(", and reads “{0}” in this box alone ({1}: {2}).", read.box, category, percent(read.here))
    : tr("; the box was given, so it was not read alone.");
  return el("p", { class: "cs-reading" }, whole + place + alone);
}

/** The fonts' glyphs; the one under the pointer is named. */
function glyphSheet({ src, tile, across, names }) {
  const onpointermove = (event) => {
    const box = img.getBoundingClientRect(),
      side = tile * (box.width / img.naturalWidth);
    const row = Math.floor((event.clientY - box.top) / side),
      column = Math.floor((event.clientX - box.left) / side);
    name.textContent = names[row * across + column] || "";
  };
  const img = el("img", { src, alt: tr("The fonts' glyphs"), class: "cs-exact", onpointermove });
  const name = el("figcaption", {}, names[0] || "");
  return el("figure", { class: "cs-fonts" }, img, name);
}

function votes({ votes: found, sheet, fonts, category }) {
  const title = fonts
    ? tr("How {0} fonts vote, those most like the mask first", fonts)
    : tr("No font has {0}, so none votes", category);
  if (!found) return [el("h4", {}, title)];
  const [width, height] = found.size;
  const pictures = ["foreground", "hole"].map((name) =>
    el("figure", {}, el("img", { src: found[name], alt: "", width, height }), el("figcaption", {}, tr(name))),
  );
  return [el("h4", {}, title), el("div", { class: "cs-voting" }, ...pictures, glyphSheet(sheet))];
}

function meters(title, shares) {
  const meter = ([name, share]) => {
    const bar = el("span", { class: "cs-share" }, el("i", { style: `width:${Math.round(100 * share)}%` }));
    return el("div", { class: "cs-meter" }, el("span", {}, tr(name)), bar, el("small", {}, number(share)));
  };
  return el("div", {}, el("h4", {}, title), ...shares.map(meter));
}

function head(value) {
  const { failure, suspected, compared } = value,
    kind = failure || (compared ? null : suspected);
  const suspicion = kind ? tr("Suspected: {0}.", tr(kind)) : tr("No failure is suspected.");
  const verdict = failure
    ? tr("By truth: {0}.", tr(failure))
    : compared
      ? tr("By truth the mask is right.")
      : suspicion;
  const sums = [
    tr("suspicion {0}", number(value.suspicion)),
    tr("quality {0}", number(value.quality)),
    tr("glyph {0}", number(value.agreement)),
    tr("contrast {0}", value.contrast ?? "–"),
    ...(compared ? [`IoU ${number(compared.iou)}`, tr("contour {0} px off", number(compared.boundary, 1))] : []),
  ];
  return el(
    "div",
    { class: "cs-story-head" },
    el("h3", {}, el("b", {}, value.category), tr(" in "), value.word),
    el("span", { class: kind ? "cs-verdict cs-flag" : "cs-verdict" }, verdict),
    el("span", { class: "cs-sum" }, sums.join(" · ")),
  );
}

/** value: what the route of one character answers. */
export function drawStory(value) {
  const { reasons, compared, failure } = value,
    explanation = compared && !failure ? null : value.explanation; // what truth has cleared needs no fixing
  return [
    head(value),
    explanation ? el("p", { class: "cs-mend" }, `${tr(explanation[0])} `, el("b", {}, tr(explanation[1]))) : null,
    reasons.length ? el("ul", { class: "cs-reasons" }, ...reasons.map((text) => el("li", {}, heard(text)))) : null,
    stages(value),
    el("h4", {}, tr("Masks of the four prompt modes "), legend(AGREEING, AGREEING_COLOURS)),
    modes(value),
    reading(value),
    ...votes(value),
    el(
      "div",
      { class: "cs-two" },
      meters(tr("What looks wrong"), value.signals),
      meters(tr("Evidence for each cause"), value.kinds),
    ),
  ].filter(Boolean);
}
