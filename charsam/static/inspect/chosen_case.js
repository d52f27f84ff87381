// The chosen case of a page of cases: its pictures, what speaks against it, its numbers.
import { button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { sourceName } from "../shared/sources.js";
import { heard, tr } from "../shared/words.js";
import { judged, url } from "./data.js";

const WIDEST = 356; // of a picture, in pixels
const SHOWN = ["quality", "agreement", "probability", "contrast", "size", "rotation", "length"];
const TITLES = {
  photo: tr("photo"),
  masks: tr("masks, a colour for each letter"),
  truth: tr("true, false and missed pixels"),
};

function picture(one, layer) {
  const word = one.word || one,
    [x, y, w, h] = word.at,
    { image } = word;
  const [from, to] = one.word ? [Math.max(0, one.box[0] - h * 0.7), Math.min(w, one.box[2] + h * 0.7)] : [0, w];
  const scale = Math.min(4, WIDEST / (to - from)),
    px = (value) => `${value * scale}px`;
  const layerOf = (name, kind) =>
    el("img", {
      src: url(image, name),
      class: kind,
      alt: "",
      draggable: "false",
      style: `width:${px(image.size[0])};height:${px(image.size[1])};left:${px(-x - from)};top:${px(-y)}`,
    });
  const size = `width:${px(to - from)};height:${px(h)}`;
  const inner = el("div", { class: "ci-strip ci-large", style: size }, layerOf("strips", ""));
  if (layer !== "photo") inner.append(layerOf(layer, "ci-over"));
  if (one.word) {
    const [x0, y0, x1, y1] = one.box;
    const style = `left:${px(x0 - from)};top:${px(y0)};width:${px(x1 - x0)};height:${px(y1 - y0)}`;
    inner.append(el("b", { class: "ci-box", style }));
  }
  return el("figure", {}, inner, el("figcaption", {}, TITLES[layer]));
}

function verdictOf(one) {
  if (one.failure) return tr("By truth: {0}.", tr(one.failure));
  if (judged(one)) return tr("By truth the mask is right.");
  return one.suspected ? tr("Suspected: {0}.", tr(one.suspected)) : tr("No failure is suspected.");
}

function factsOf(one, data, about) {
  const fields = ["suspicion", ...(about.truth ? ["iou", "boundary"] : []), ...SHOWN];
  const facts = fields.map((key) => [data.field(key).name, data.shown(one, key)]);
  if (one.word) facts.push([tr("box from"), sourceName(one.source)], [tr("read as"), one.recognised || tr("not read")]);
  if (one.truly && one.truly !== one.category) facts.push([tr("truly"), one.truly]);
  if (one.pixels) {
    const [right, wrong, missed, hole, filled] = one.pixels;
    facts.push([tr("true / false / missed"), `${right} / ${wrong} / ${missed} px`]);
    facts.push([tr("hole filled"), hole ? `${Math.round((100 * filled) / hole)} %` : tr("no hole")]);
  }
  return el("dl", {}, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

/** The buttons that decide on a case; the keys A, X and U do the same. */
function verdicts(one, decide) {
  const way = (as, text, key) =>
    button(text, () => decide(one, one.review === as ? "" : as), {
      class: `ci-verdict-${as}`,
      title: `${text} (${key})`,
      "aria-keyshortcuts": key,
      "aria-pressed": String(one.review === as),
    });
  return el("div", { class: "ci-decide" }, way("accepted", tr("✓ Accept"), "A"), way("rejected", tr("✕ Reject"), "X"));
}

/** One case in full. list: the cases in their order. choose, sortBy: what clicks do. correct: (case) -> address, or null. */
export function drawChosen(one, { data, about, list, choose, sortBy, correct, decide = null }) {
  const word = one.word || one,
    { image } = word,
    place = list.indexOf(one);
  const kind = data.trouble(one),
    text = kind ? about.explanations[kind] : null;
  const plain = (said, onclick, more) => button(said, onclick, { class: null, ...more });
  const step = (by, name) => plain(name, () => choose(list[place + by]), { disabled: place < 0 || !list[place + by] });
  const evidence = (field) => {
    const share = data.value(one, field.key);
    const parts = [
      el("span", {}, field.name),
      el("span", { class: "ci-meter" }, el("i", { style: `width:${100 * share}%` })),
      el("small", {}, share.toFixed(2)),
    ];
    const about_ = { type: "button", title: tr("Sort by {0}", field.name), onclick: () => sortBy(field.key) };
    return el("button", about_, ...parts);
  };
  const sibling = (other) =>
    plain(other.category, () => choose(other, false), {
      "aria-pressed": String(other === one),
      title: tr("suspicion {0}", other.suspicion.toFixed(2)),
    });
  const against = one.word ? tr("What speaks against it") : tr("What speaks against {0}", one.doubtful.category);
  const at = el("small", {}, place < 0 ? "" : tr("{0} of {1}", place + 1, list.length));
  return [
    el("div", { class: "ci-steps" }, step(-1, tr("‹ previous")), at, step(1, tr("next ›"))),
    el("h2", {}, one.word ? el("b", {}, one.category) : null, one.word ? tr(" in ") : null, word.text || "?"),
    el("p", { class: "ci-file" }, image.file),
    el("p", { class: `ci-verdict${one.failure ? " ci-sure" : ""}` }, verdictOf(one)),
    text && el("p", {}, tr(text[0])),
    text && el("p", { class: "ci-mend" }, el("b", {}, tr("To fix it: ")), tr(text[1])),
    decide && verdicts(one, decide),
    correct && el("a", { class: "ci-correct", href: correct(one) }, tr("Correct it on the canvas")),
    el(
      "div",
      { class: "ci-layers" },
      ...["photo", "masks", ...(image.hasTruth ? ["truth"] : [])].map((layer) => picture(one, layer)),
    ),
    one.reasons?.length
      ? el("div", {}, el("h3", {}, against), el("ul", {}, ...one.reasons.map((said) => el("li", {}, heard(said)))))
      : null,
    el("h3", {}, tr("Evidence for each cause")),
    el("div", { class: "ci-kinds" }, ...data.KINDS.map(evidence)),
    el("h3", {}, tr("In numbers")),
    factsOf(one, data, about),
    word.characters.length > 1 ? el("div", { class: "ci-siblings" }, ...word.characters.map(sibling)) : null,
  ].filter(Boolean);
}
