// An image against its true mask, which is dropped or chosen, and kept with the image.
import { createPane, legend } from "../panels/panes.js";
import { label } from "../shared/api.js";
import { button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { emit } from "../shared/events.js";
import { counted, heard, tr } from "../shared/words.js";
import { number } from "./numbers.js";

const DROP = tr(
  "Drop the true mask of this image here: a PNG in the layout of TextSeg, COCO_TS, MLT_S, Total-Text, ICDAR13 or charsam, or a words.json with masks.",
);
const TYPES = ".png,.bmp,.jpg,.jpeg,.tif,.tiff,.webp,.json";
const COLUMNS = [
  tr("character"),
  tr("word"),
  "IoU",
  tr("contour error"),
  tr("false / missed pixels"),
  tr("failure (by truth)"),
];

/** One stop of the Tab key for all rows; the arrows go from one to the next. */
function rove(event) {
  const rows = [...event.currentTarget.rows],
    here = event.target.closest("tr"),
    last = rows.length - 1;
  const at = rows.indexOf(here);
  const to = { ArrowDown: Math.min(last, at + 1), ArrowUp: Math.max(0, at - 1), Home: 0, End: last }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  for (const row of rows) row.tabIndex = row === rows[to] ? 0 : -1;
  rows[to].focus();
}

function row({ ref, category, word, compared, failure }, index) {
  const select = () => emit("select", { ref });
  const contour = compared.boundary === null ? "–" : `${number(compared.boundary, 1)} px`;
  const cells = [
    category,
    word,
    number(compared.iou),
    contour,
    `${compared.false} / ${compared.missed}`,
    failure ? tr(failure) : tr("none"),
  ];
  return el(
    "tr",
    {
      tabindex: index ? -1 : 0,
      "data-ref": ref,
      onclick: select,
      onkeydown: (event) => event.key === "Enter" && select(),
    },
    ...cells.map((text) => el("td", {}, text)),
  );
}

/** image: () -> the open one. path: () -> where its routes are. taken: called when a truth was taken or removed. */
export function againstTruth({ image, path, taken }) {
  const said = el("p", { class: "cs-summary", role: "status" }, DROP);
  const shown = el("div", {});
  let of = null; // the image whose truth is shown

  async function give(file) {
    if (!file) return;
    if (!image()?.id) return void (said.textContent = tr("Open its image first."));
    said.textContent = tr("Reading {0}…", file.name);
    const form = new FormData();
    form.append("files", file, file.name);
    try {
      show(await label.post(`${path()}/truth`, form));
      taken();
    } catch (error) {
      shown.replaceChildren(); // what an earlier file gave would be taken for this one's
      said.textContent = error.message;
    }
  }

  function show({ form, rows, mean, counts, legend: names, colours, pane, missed, extra }) {
    const failures = counts.map(([kind, count]) => `${count} × ${tr(kind)}`).join(", ") || tr("no failure");
    const sums = tr(
      "Read as {0}. {1} compared, mean IoU {2}: {3}. ",
      heard(form),
      counted(rows.length, "character"),
      number(mean),
      failures,
    );
    const whole = tr("{0} missed, {1} too many. ", counted(missed.length, "word"), extra.length);
    of = image().id;
    said.replaceChildren(sums, whole, legend(names, colours), " ", button(tr("Remove this truth"), forget));
    const picture = createPane(tr("true, false and missed pixels"), "truth");
    const header = el("tr", {}, ...COLUMNS.map((name) => el("th", {}, name)));
    const table = el("table", {}, el("thead", {}, header), el("tbody", { onkeydown: rove }, ...rows.map(row)));
    shown.replaceChildren(
      el("div", { class: "cs-panes cs-panes-one" }, picture.node),
      el("div", { class: "cs-table" }, el("div", { class: "cs-scroll" }, table)),
    );
    picture.show(image().id, pane);
  }

  /** The image has a truth: show it, unless it is shown. */
  async function known(id) {
    if (of === id) return;
    of = id;
    try {
      const value = await label.get(`${path()}/truth`);
      if (of === id && image()?.id === id) show(value);
    } catch (error) {
      if (of === id) said.textContent = error.message;
    }
  }

  async function forget() {
    try {
      await label.post(`${path()}/truth/delete`, {});
      clear();
      taken();
    } catch (error) {
      said.textContent = error.message;
    }
  }

  function clear() {
    of = null;
    shown.replaceChildren();
    said.replaceChildren(DROP);
  }

  const onchange = () => {
    give(file.files[0]);
    file.value = "";
  };
  const file = el("input", { type: "file", class: "cs-file", "aria-label": tr("True mask"), accept: TYPES, onchange });
  const open = el("label", { class: "cs-tool cs-open" }, tr("True mask…"), file);
  const root = el(
    "div",
    { class: "cs-truth" },
    el("h3", { class: "cs-minor" }, tr("Against truth")),
    open,
    said,
    shown,
  );
  const over = (on) => (event) => {
    event.preventDefault();
    root.classList.toggle("cs-drop", on);
  };
  root.addEventListener("dragenter", over(true));
  root.addEventListener("dragover", over(true));
  root.addEventListener("dragleave", over(false));
  root.addEventListener("drop", (event) => {
    over(false)(event);
    event.stopPropagation();
    give(event.dataTransfer.files[0]);
  });
  return { root, clear, known };
}
