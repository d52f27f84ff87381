// The cases of a report: every word and character with what can be asked of it, filtered and sorted.
import { tr } from "../shared/words.js";

/** Where a sheet's picture is: "strips" (the photo), "masks" or "truth". */
export const url = (image, layer) => `${image.pictures}${layer === "strips" ? "_strips.jpg" : `_${layer}.png`}`;

const SCRIPTS = ["Latin", "Han", "Hiragana", "Katakana", "Hangul", "Arabic", "Cyrillic", "Greek", "Devanagari", "Thai"];
const KNOWN = SCRIPTS.map((name) => [name, new RegExp(`\\p{Script=${name}}`, "u")]);

/** The script of a character; "digit" and "sign" for what is in no script. */
export function scriptOf(category) {
  if (/^\p{Nd}/u.test(category)) return "digit";
  return KNOWN.find(([, pattern]) => pattern.test(category))?.[0] ?? (/\p{L}/u.test(category) ? "other" : "sign");
}

/** Whether truth has told what a case is worth. */
export const judged = (one) => one.iou !== undefined && one.iou !== null;

/** What was decided on a character: by itself, or with its whole image; null where decisions are not known. */
function reviewOf({ reviews, state }, one) {
  if (!reviews) return null;
  const whole = ["accepted", "rejected"].includes(state) ? state : "undecided";
  return reviews[`w${one.word.index}c${one.index}`] || whole;
}

export function readCases(about) {
  const images = [],
    words = [],
    characters = [];
  const worst = (list, get, pick) => {
    const found = list.map(get).filter((v) => v !== null && v !== undefined);
    return found.length ? pick(...found) : null;
  };
  const mean = (...values) => values.reduce((sum, v) => sum + v, 0) / values.length;

  function add(image) {
    images.push(image);
    for (const word of image.words) {
      word.image = image;
      word.name = `${image.file}/${word.index}`;
      word.length = word.characters.length;
      for (const one of word.characters) {
        one.word = word;
        one.name = `${word.name}/${one.index}`;
        one.length = word.length;
        one.rotation = word.rotation;
        one.review = reviewOf(image, one);
        one.state = image.state ?? null;
        one.script = scriptOf(one.category);
        characters.push(one);
      }
      summed(word);
      words.push(word);
    }
  }

  /** A word stands for its characters: by its worst one where that says more, by the mean where not. */
  function summed(word) {
    const list = word.characters;
    const doubtful = list.reduce((a, b) => (b.suspicion > a.suspicion ? b : a));
    const failing = list.filter((one) => one.failure).sort((a, b) => a.iou - b.iou)[0];
    Object.assign(word, {
      suspicion: worst(list, (c) => c.suspicion, Math.max),
      iou: worst(list, (c) => c.iou, mean),
      boundary: worst(list, (c) => c.boundary, Math.max),
      quality: worst(list, (c) => c.quality, Math.min),
      agreement: worst(list, (c) => c.agreement, Math.min),
      probability: worst(list, (c) => c.probability, Math.min),
      size: worst(list, (c) => c.size, mean),
      contrast: worst(list, (c) => c.contrast, Math.min),
      category: "",
      source: doubtful.source,
      script: doubtful.script,
      suspected: (list.find((c) => c.suspected) || doubtful).suspected,
      failure: failing?.failure ?? null,
      kinds: about.kinds.map((_, k) => mean(...list.map((c) => c.kinds[k]))),
      reasons: doubtful.reasons,
      doubtful,
      state: doubtful.state,
      review: !doubtful.review
        ? null
        : list.some((c) => c.review === "undecided")
          ? "undecided"
          : list.every((c) => c.review === "accepted")
            ? "accepted"
            : "rejected",
    });
  }

  /** What people have decided on an image's characters since it was read. */
  function decided(image, { state, reviews }) {
    Object.assign(image, { state, reviews });
    for (const word of image.words) {
      for (const one of word.characters) {
        one.review = reviewOf(image, one);
        one.state = state;
      }
      summed(word);
    }
  }

  const share = { unit: "", digits: 2, low: 0, high: 1 };
  const FIELDS = [
    { key: "suspicion", name: tr("suspicion"), ...share, worse: 1 },
    { key: "iou", name: tr("IoU with the truth"), ...share, worse: -1, truth: true },
    { key: "boundary", name: tr("boundary error"), unit: "px", digits: 1, worse: 1, truth: true },
    { key: "quality", name: tr("quality (segmenter)"), ...share, worse: -1 },
    { key: "agreement", name: tr("glyph agreement"), ...share, worse: -1 },
    { key: "probability", name: tr("reading probability"), ...share, worse: -1 },
    { key: "contrast", name: tr("contrast"), unit: "", digits: 0, worse: -1 },
    { key: "size", name: tr("height"), unit: "px", digits: 0, worse: -1 },
    { key: "rotation", name: tr("rotation"), unit: "°", digits: 0, worse: 1 },
    { key: "length", name: tr("word length"), unit: "", digits: 0, worse: 1 },
  ].filter((field) => about.truth || !field.truth);
  const CHOICES = [
    { key: "failure", name: tr("failure (by truth)"), truth: true },
    { key: "suspected", name: tr("suspected failure") },
    { key: "review", name: tr("decision"), decided: true },
    { key: "state", name: tr("state of the image"), decided: true },
    { key: "source", name: tr("box from") },
    { key: "script", name: tr("script") },
    { key: "category", name: tr("character") },
  ].filter((field) => (about.truth || !field.truth) && (about.decisions || !field.decided));
  const KINDS = about.kinds.map((kind, index) => ({
    key: `kind${index}`,
    name: tr(kind),
    ...share,
    worse: 1,
    kind: index,
  }));
  const kindOf = new Map(KINDS.map((one) => [one.key, one.kind]));
  const field = (key) => [...FIELDS, ...KINDS, ...CHOICES].find((one) => one.key === key);
  /** How a field is read off a case; null where it is not known. */
  function reader(key) {
    const kind = kindOf.get(key);
    return kind === undefined ? (one) => one[key] ?? null : (one) => one.kinds[kind];
  }
  const value = (one, key) => reader(key)(one);
  /** What is wrong with a case: by its truth, and only where that is not known by suspicion; null: nothing. */
  const trouble = (one) => one.failure || (judged(one) ? null : one.suspected) || null;
  const said = (one, key) =>
    value(one, key) ??
    (key === "failure"
      ? one.iou === undefined || one.iou === null
        ? "not compared"
        : "none"
      : key === "suspected"
        ? "none"
        : "–");

  const among = (wanted, one, key) => {
    if (!Array.isArray(wanted)) return wanted.has(said(one, key));
    const now = value(one, key);
    return now !== null && now >= wanted[0] && now <= wanted[1];
  };
  const named = (one, text) =>
    !text || `${(one.word || one).text}\n${(one.word || one).image.file}`.toLowerCase().includes(text);
  const all = (state) => {
    const list = state.unit === "words" ? words : characters,
      text = state.text.trim().toLowerCase();
    return text ? list.filter((one) => named(one, text)) : list;
  };

  /** The cases of a unit ("characters" or "words") that pass all filters, unsorted. */
  function passing(state) {
    const filters = Object.entries(state.filters),
      list = all(state);
    return filters.length ? list.filter((one) => filters.every(([key, wanted]) => among(wanted, one, key))) : list;
  }

  /** For each of the keys the cases that pass all filters but that one: what a facet counts. */
  function without(state, keys) {
    const filters = Object.entries(state.filters),
      list = all(state);
    const whole = [],
      but = new Map(filters.map(([key]) => [key, []]));
    for (const one of filters.length ? list : []) {
      const missed = filters.filter(([key, wanted]) => !among(wanted, one, key));
      if (missed.length === 0) whole.push(one);
      if (missed.length <= 1)
        for (const [key] of filters) if (!missed.length || missed[0][0] === key) but.get(key).push(one);
    }
    return new Map(keys.map((key) => [key, but.get(key) || (filters.length ? whole : list)]));
  }

  function sorted(list, key, way) {
    const read = reader(key),
      keyed = list.map((one) => [read(one), one]);
    const order = (a, b) => (a[0] === b[0] ? 0 : a[0] === null ? 1 : b[0] === null ? -1 : a[0] < b[0] ? -way : way);
    return keyed.sort(order).map((pair) => pair[1]);
  }

  /** About `count` equal bins over a field's values: [{ from, to, cases }]. */
  function bins(list, one, count = 12) {
    const read = reader(one.key),
      known = list.filter((item) => read(item) !== null);
    let low = one.low ?? Infinity,
      high = one.high ?? -Infinity;
    if (one.low === undefined)
      for (const item of known) {
        low = Math.min(low, read(item));
        high = Math.max(high, read(item));
      }
    if (!known.length || !(high > low)) return known.length ? [{ from: low, to: high, cases: known }] : [];
    const raw = (high - low) / count,
      step10 = 10 ** Math.floor(Math.log10(raw));
    const step = Math.max(
      one.digits === 0 ? 1 : 0,
      [1, 2, 2.5, 5, 10]
        .map((m) => m * step10)
        .find((s) => s >= raw * 0.999 && (one.digits !== 0 || s < 1 || Number.isInteger(s))),
    );
    const first = Math.floor(low / step + 1e-9) * step,
      made = [];
    for (let at = first; at < high + step * 1e-6; at += step)
      made.push({ from: tidy(at), to: tidy(at + step), cases: [] });
    if (made.length > 1 && made.at(-1).from >= high - step * 1e-6) made.pop();
    for (const item of known)
      made[Math.min(made.length - 1, Math.max(0, Math.floor((read(item) - first) / step + 1e-9)))].cases.push(item);
    return made;
  }
  const tidy = (v) => Number(v.toPrecision(12));

  /** How many cases there are of each choice, the most frequent first. */
  function choices(list, key) {
    const counts = new Map();
    for (const one of list) counts.set(said(one, key), (counts.get(said(one, key)) || 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]);
  }

  const shown = (one, key) => {
    const about_ = field(key),
      now = value(one, key);
    return now === null
      ? "–"
      : typeof now === "number"
        ? `${now.toFixed(about_.digits)}${about_.unit ? ` ${about_.unit}` : ""}`
        : now;
  };
  const find = (name) => characters.find((one) => one.name === name) || words.find((one) => one.name === name) || null;

  return {
    add,
    decided,
    images,
    words,
    characters,
    FIELDS,
    CHOICES,
    KINDS,
    field,
    value,
    trouble,
    said,
    shown,
    passing,
    without,
    sorted,
    bins,
    choices,
    find,
  };
}
