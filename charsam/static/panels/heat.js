// The tab of CRAFT's heat: heat over the photo with its peaks.
import { createReader } from "../canvas/reader.js";
import { onScreen } from "../canvas/strokes.js";
import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { tr } from "../shared/words.js";
import { stageTab } from "./stage_tab.js";

export function heatTab(root) {
  const layers = { heat: { on: true, opacity: 0.75 } },
    host = el("div", { id: "cs-heat" });
  let peaks = [];
  const lead = el(
    "label",
    { class: "cs-lead" },
    tr("Heat"),
    el("input", {
      type: "range",
      min: 0,
      max: 100,
      value: 75,
      "aria-label": tr("Opacity: {0}", tr("Heat")),
      oninput: (event) => {
        layers.heat.opacity = event.target.value / 100;
        reader.repaint();
      },
    }),
  );
  const reader = createReader(host, {
    describe: tr("CRAFT's character regions"),
    layers,
    lead,
    link: "tabs",
    extras: (context, view) => {
      onScreen(context, view);
      for (const { at } of peaks) {
        const [x, y] = view.toScreen(at);
        for (const [colour, radius] of [
          ["#000", 4],
          ["#fff", 3],
          ["#56B4E9", 2],
        ]) {
          context.fillStyle = colour;
          context.beginPath();
          context.arc(x, y, radius, 0, 7);
          context.fill();
        }
      }
    },
  });
  const note = stageTab(root, {
    stage: "heat",
    empty: tr("Run shows here where CRAFT sees characters."),
    draw: (value, id, document) => {
      peaks = value.peaks;
      host.dataset.peaks = peaks.length;
      reader.show(id, document, {
        address: () => label.documents.imageUrl(id),
        heat: () => label.documents.heatUrl(id),
      });
    },
    clear: (text) => {
      peaks = [];
      host.dataset.peaks = 0;
      reader.blank(text);
    },
  });
  note.id = "cs-heat-note";
  root.append(note, host);
}
