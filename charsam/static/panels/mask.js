// The tab of the final mask: the masks, files of them, the table of characters by suspicion, and what they are made with.
import { order, toCheck } from "../canvas/document.js";
import { grid } from "../canvas/masks.js";
import { createReader } from "../canvas/reader.js";
import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { listen } from "../shared/events.js";
import { opened } from "../shared/open.js";
import { MODES } from "../shared/prompt_modes.js";
import { choose, setting, settingsQuery } from "../shared/settings.js";
import { tr } from "../shared/words.js";
import { slider } from "./glyphs.js";
import { createPanes } from "./panes.js";
import { createTable } from "./tables.js";

const EMPTY = tr("Run shows the character masks here.");
const FILES = [
  ["text_mask", tr("Text mask"), "text.png"],
  ["character_mask", tr("Character masks"), "characters.png"],
  ["words_json", "words.json", "words.json"],
  ["overlay", tr("Image"), "overlay.png"],
  ["cutout", tr("Cut-out"), "cutout.png"],
  ["everything", tr("All as zip"), "all.zip"],
];
const WAYS = [
  { id: "overlay", name: tr("Overlay"), layers: { masks: { on: true, opacity: 0.65 } } },
  { id: "outline", name: tr("Outline"), layers: { outline: { on: true } } },
  { id: "alone", name: tr("Mask alone"), layers: { masks: { on: true } }, photo: false, solid: true },
  { id: "wipe", name: tr("Before / after"), layers: { masks: { on: true, opacity: 0.65 } }, wipe: true },
];
const COLUMNS = [
  { key: "check", name: tr("check"), kind: "flag", title: tr("Sort by what is to check") },
  { key: "category", name: tr("character"), kind: "text" },
  { key: "word", name: tr("word"), kind: "text" },
  { key: "source", name: tr("box from"), kind: "source" },
  { key: "quality", name: tr("quality"), kind: "score", title: tr("The segmenter's own estimate of the mask, 0 to 1") },
  {
    key: "agreement",
    name: tr("glyph"),
    kind: "score",
    title: tr("Agreement of the mask with the glyph votes, 0 to 1"),
  },
  { key: "suspicion", name: tr("suspicion"), kind: "score", title: tr("0 fine, 1 surely wrong") },
];
const SIGNALS = {
  quality: tr("Segmenter unsure"),
  glyph: tr("Differs from the fonts"),
  reading: tr("Reads as something else"),
  source: tr("How the box was found"),
  shape: tr("Empty or solid"),
  text: tr("The word reads otherwise"),
};

/** What is known about a character beyond its row: [name, text, share 0..1 or null]. */
function detail(one) {
  const pixels = grid(one.mask).bits.reduce((sum, bit) => sum + bit, 0);
  const facts = [
    ["mask", tr("{0} pixels", pixels), null],
    ["points", tr("{0} on the glyph, {1} in holes", one.positive.length, one.negative.length), null],
    ["read as", one.recognised || "not read", null],
    ["probability", `${Math.round(100 * one.probability)} %`, one.probability],
  ];
  return [
    ...facts,
    ...Object.entries(one.signals || {}).map(([name, value]) => [SIGNALS[name] ?? name, value.toFixed(2), value]),
  ];
}

const decided = (one) => one.review || (toCheck(one) ? "check" : "");

function row({ ref, word, character: one }) {
  const cells = {
    check: decided(one),
    category: one.category,
    word: word.text,
    source: one.box_edited ? "given" : one.box_source,
    quality: one.quality,
    agreement: one.glyph_agreement,
    suspicion: one.suspicion,
  };
  return { ref, cells, flag: toCheck(one), detail: () => detail(one) };
}

export function maskTab(root) {
  const host = el("div", { id: "cs-mask" }),
    list = el("div", { id: "cs-mask-table" });
  const reader = createReader(host, { describe: tr("Character masks"), layers: {}, link: "tabs", modes: WAYS });
  const table = createTable(list, COLUMNS);
  const downloads = FILES.map(([name, text, file]) =>
    el(
      "button",
      { type: "button", id: `cs-${name}`, class: "cs-tool cs-open", disabled: true, onclick: () => save(file) },
      text,
    ),
  );
  const said = el("p", { class: "cs-summary", role: "status", hidden: true });
  let shown = null;

  async function save(file) {
    const { id } = opened.image;
    try {
      await opened.canvas.settled();
      await label.save(`documents/${encodeURIComponent(id)}/files/${file}`);
      said.hidden = true;
    } catch (error) {
      said.textContent = error.message;
      said.hidden = false;
    }
  }

  function draw() {
    const { id } = opened.image,
      { document } = opened.canvas ?? {},
      all = id && document ? order(document) : [];
    for (const button of downloads) button.disabled = !document?.words.length || !id;
    if (!host.offsetParent) return;
    if (!all.length) {
      shown = null;
      reader.blank(EMPTY);
      return table.show(null, []);
    }
    if (shown === document) return;
    shown = document;
    reader.show(id, document, { address: () => label.documents.imageUrl(id) });
    const open = all.filter(({ character }) => !character.review),
      done = all.filter(({ character }) => character.review);
    const bySuspicion = (a, b) => b.character.suspicion - a.character.suspicion;
    table.show(id, [...open.sort(bySuspicion), ...done.sort(bySuspicion)].map(row));
  }

  const radios = MODES.map(([value, text]) =>
    el(
      "label",
      {},
      el("input", {
        type: "radio",
        name: "cs-prompts",
        value,
        checked: value === setting("prompts"),
        onchange: () => choose({ prompts: value }),
      }),
      el("span", {}, text, " ", el("small", {}, value)),
    ),
  );
  const careful = el("input", {
    type: "checkbox",
    checked: setting("careful"),
    onchange: () => choose({ careful: careful.checked }),
  });
  const paper = el("input", {
    type: "checkbox",
    checked: setting("paper"),
    onchange: () => choose({ paper: paper.checked }),
  });
  listen("settings", () => {
    paper.checked = setting("paper");
    for (const one of radios) one.firstChild.checked = one.firstChild.value === setting("prompts");
    careful.checked = setting("careful");
  });
  listen("image", draw);
  listen("opening", ({ on }) => {
    if (on) panes.clear();
  });
  new ResizeObserver(draw).observe(host);

  const comparison = el("div", { id: "cs-comparison", class: "cs-compare" });
  const panes = createPanes(comparison, "modes");
  const compare = el(
    "button",
    {
      type: "button",
      id: "cs-compare",
      class: "cs-tool cs-open",
      onclick: async () => {
        const { id } = opened.image;
        comparison.scrollIntoView({ block: "nearest" });
        await panes.load(
          `inspect/images/${encodeURIComponent(id)}/modes?${settingsQuery()}`,
          id,
          tr("Running the four prompt modes…"),
        );
        comparison.scrollIntoView({ block: "nearest", behavior: "smooth" });
      },
    },
    tr("Compare the four prompt modes"),
  );
  root.append(
    host,
    el("div", { id: "cs-downloads" }, ...downloads),
    said,
    list,
    el("fieldset", { id: "cs-prompts" }, el("legend", {}, tr("The segmenter is prompted with")), ...radios),
    el(
      "div",
      { id: "cs-cutting" },
      slider("edge", tr("edge: wider (+) or tighter (−), in pixels"), { min: -2, max: 2, step: 0.25 }),
      el("label", { id: "cs-careful" }, careful, tr(" careful: look at large words in more sizes (slower)")),
      el("label", { id: "cs-paper" }, paper, tr(" paper: only what the paper describes, nothing that charsam adds")),
    ),
    compare,
    comparison,
  );
}
