// What the queue asks a person about a project: its name, the format of words, what to export.
import { label } from "../shared/api.js";
import { ask, button, form } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { STATES } from "../shared/sources.js";
import { counted, tr } from "../shared/words.js";

const FORMATS = [
  [
    "native",
    tr("words.json and PNG masks"),
    tr("charsam's own; imports back without loss, with states, verdicts and notes"),
  ],
  ["textseg", tr("TextSeg layout"), tr("words, characters and their masks")],
  ["coco", tr("COCO instances"), tr("run-length masks, holes kept")],
  ["yolo", "YOLO-seg", tr("an outline for each character")],
  ["pascal-voc", tr("Palette PNG"), tr("classes and objects, as in Pascal VOC")],
  ["coco_ts", tr("Binary masks as in COCO_TS"), ""],
  ["mlt_s", tr("Binary masks as in MLT_S"), ""],
  ["imagefolder", tr("Hugging Face datasets"), tr("an image folder with metadata.jsonl")],
  ["svg", "SVG", tr("one path for each character, holes kept")],
  ["cutouts", tr("Cut-outs"), tr("a transparent PNG for each character and each word")],
  ["icdar15", tr("ICDAR 2015 text"), tr("polygons and texts")],
  ["total-text", tr("Total-Text text"), tr("polygons and texts")],
  ["ppocrlabel", "PPOCRLabel", tr("polygons and texts")],
  ["labelme", "labelme", tr("polygons and texts")],
  ["page", "PAGE XML", tr("words, characters and texts")],
  ["backup", tr("Backup"), tr("everything: photos, masks, and the history of every edit")],
];

/** A radio button or a tick with its text, and in small letters what it means. */
const option = (attributes, text, more = "") =>
  el(
    "label",
    { class: "cs-option" },
    el("input", { type: "checkbox", ...attributes }),
    el("span", {}, text, more ? el("small", {}, more) : null),
  );

const choices = (title, nodes, attributes = {}) => el("fieldset", attributes, el("legend", {}, title), ...nodes);

/** Ask for another name of a project: { name }, or { remove: true }, { trash: true }, or null. */
export function askProject(name) {
  const input = el("input", { type: "text", value: name, maxlength: 120, required: true });
  const fill = (close) => {
    const ways = [button(tr("Delete project…"), () => close("remove"), { class: "cs-tool cs-danger cs-first" })];
    if (label.mode !== "demo") ways.push(button(tr("Trash…"), () => close("trash")));
    return [form(tr("Project"), tr("Rename"), close, [el("label", {}, tr("Name"), input)], { ways })];
  };
  const answer = (said) => {
    if (said === "remove" || said === "trash") return { [said]: true };
    return said === "ok" && input.value.trim() ? { name: input.value.trim() } : null;
  };
  const asked = ask({ title: tr("Project"), answer, fill });
  input.select();
  return asked;
}

/** Which format and encoding words are in. look: (encoding) -> {formats, encodings}. Resolves to {format, encoding} or null. */
export async function askFormat(look) {
  const first = await look("");
  const list = el("fieldset", {});
  const line = ({ format, title, images, words }, index) =>
    option(
      { type: "radio", name: "format", value: format, checked: index === 0 },
      title,
      `${counted(images, "image")}: ${words.map((word) => `“${word}”`).join(", ")}`,
    );
  const show = ({ formats }) => {
    const none = el("p", {}, tr("No format finds words for images of this project in these files."));
    list.replaceChildren(el("legend", {}, tr("Format")), ...(formats.length ? formats.map(line) : [none]));
  };
  const onchange = async () => {
    try {
      show(await look(encoding.value));
    } catch (error) {
      list.replaceChildren(el("p", { role: "alert" }, error.message));
    }
  };
  const encoding = el(
    "select",
    { "aria-label": tr("Encoding of text that is not UTF-8"), onchange },
    el("option", { value: "" }, "UTF-8"),
    ...first.encodings.map(({ name, title }) => el("option", { value: name }, title)),
  );
  show(first);
  const nodes = [el("label", {}, tr("Text that is not UTF-8 is"), encoding), list];
  return ask({
    title: tr("Format of the words"),
    answer: (said) => {
      const format = list.querySelector("input:checked")?.value;
      return said === "ok" && format ? { format, encoding: encoding.value } : null;
    },
    fill: (close) => [form(tr("Read the words as"), tr("Read"), close, nodes, { kind: "cs-main-way" })],
  });
}

/** What to export: {format, with_images, …, and the state and search that choose images}, or null. */
export function askExport({ all, chosen }) {
  const these = [STATES[chosen.state]?.name, chosen.search && `“${chosen.search}”`].filter(Boolean).join(", ");
  const radio = (name, value, text, more, checked) => option({ type: "radio", name, value, checked }, text, more);
  const which = [
    radio("which", "shown", tr("What the queue shows: {0}", these), "", true),
    radio("which", "all", tr("All {0} of the project", all), ""),
  ];
  const formats = FORMATS.map(([value, text, more], index) => radio("format", value, text, more, index === 0));
  const nodes = [
    these ? choices(tr("Images"), which) : null,
    choices(tr("Format"), formats, { class: "cs-formats" }),
    option({ name: "photos" }, tr("The photos too")),
    option({ name: "accepted" }, tr("Accepted images only")),
    option(
      { name: "unrejected" },
      tr("Without rejected characters"),
      tr("their pixels are ignored where the format can say so"),
    ),
  ].filter(Boolean);
  let questions = null;
  const answer = (outcome) => {
    const said = new FormData(questions);
    const wanted = {
      format: said.get("format"),
      with_images: said.has("photos"),
      accepted_only: said.has("accepted"),
      without_rejected: said.has("unrejected"),
    };
    if (said.get("which") === "shown")
      Object.assign(wanted, { search: chosen.search, states: chosen.state ? [chosen.state] : [] });
    return outcome === "ok" ? wanted : null;
  };
  const fill = (close) => {
    questions = form(tr("Export"), tr("Export"), close, nodes, { kind: "cs-main-way" });
    return [questions];
  };
  return ask({ title: tr("Export"), kind: "cs-ask-wide", answer, fill });
}
