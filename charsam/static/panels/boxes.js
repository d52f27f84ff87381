// The tab of the split boxes: before and after, coloured by source, and a table.
import { createReader } from "../canvas/reader.js";
import { cased, onScreen, trace } from "../canvas/strokes.js";
import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { SOURCES } from "../shared/sources.js";
import { tr } from "../shared/words.js";
import { stageTab } from "./stage_tab.js";
import { createTable } from "./tables.js";

const COLUMNS = [
  { key: "category", name: tr("character"), kind: "text" },
  { key: "word", name: tr("word"), kind: "text" },
  { key: "source", name: tr("box from"), kind: "source" },
  { key: "recognised", name: tr("read as"), kind: "text", title: tr("What the recogniser reads in the box alone") },
  {
    key: "probability",
    name: tr("probability"),
    kind: "percent",
    title: tr("Of the character here, by the recogniser"),
  },
];

export function boxesTab(root) {
  const host = el("div", { id: "cs-boxes" }),
    list = el("div", { id: "cs-boxes-table" });
  const modes = [
    ["after", tr("After splitting")],
    ["before", tr("Before")],
    ["both", tr("Both")],
  ].map(([id, name]) => ({ id, name, layers: {}, shows: id }));
  let value = { before: [], after: [] };
  const boxes = (context, view, quads, style) => {
    const path = new Path2D();
    for (const quad of quads) trace(path, quad, view);
    cased(context, [[path, style.colour, style.dash]], 1.8);
  };
  const reader = createReader(host, {
    describe: tr("Character boxes before and after splitting"),
    layers: {},
    link: "tabs",
    modes,
    extras: (context, view, mode) => {
      onScreen(context, view);
      if (mode.shows !== "after")
        boxes(
          context,
          view,
          value.before.map(({ quad }) => quad),
          SOURCES.before,
        );
      if (mode.shows === "before") return;
      for (const source of new Set(value.after.map((one) => one.source))) {
        boxes(
          context,
          view,
          value.after.filter((one) => one.source === source).map(({ quad }) => quad),
          SOURCES[source] ?? SOURCES.given,
        );
      }
    },
  });
  const table = createTable(list, COLUMNS);
  const marks = ["craft", "watershed", "aligned", "even", "given"].map((name) =>
    el("span", {}, el("b", { style: `color:${SOURCES[name].colour}` }, SOURCES[name].mark), ` ${SOURCES[name].name}`),
  );
  const note = stageTab(root, {
    stage: "boxes",
    empty: tr("Run shows here the box of every character, before and after splitting."),
    draw: (found, id, document) => {
      value = found;
      host.dataset.before = found.before.length;
      host.dataset.after = found.after.length;
      reader.show(id, document, { address: () => label.documents.imageUrl(id) });
      table.show(
        id,
        found.after.map(({ ref, ...cells }) => ({ ref, cells })),
      );
    },
    clear: (text) => {
      value = { before: [], after: [] };
      reader.blank(text);
      table.show(null, []);
    },
  });
  root.append(
    host,
    el("div", { class: "cs-legend", "aria-label": tr("Where a box comes from") }, ...marks),
    note,
    list,
  );
}
