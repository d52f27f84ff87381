// Which layers of the canvas are on, kept for this browser tab.
import { kept } from "../shared/storage.js";
import { tr } from "../shared/words.js";

const USUAL = {
  heat: { on: false, opacity: 0.6 },
  words: { on: true },
  boxes: { on: true },
  points: { on: true },
  masks: { on: true, opacity: 0.6 },
  labels: { on: true },
  outline: { on: false },
  details: { on: false },
};
const TITLES = {
  heat: tr("Heat"),
  words: tr("Words"),
  boxes: tr("Character boxes"),
  points: tr("Points"),
  masks: tr("Masks"),
  labels: tr("Labels"),
  outline: tr("Outlines only"),
  details: tr("Every word in detail"),
};

/** The layers as this browser tab left them. */
export function keptLayers() {
  const known = kept.read("layers", {});
  return Object.fromEntries(Object.entries(USUAL).map(([name, state]) => [name, { ...state, ...known[name] }]));
}

export const keepLayers = (layers) => kept.write("layers", layers);

/** What is said after a layer was switched. */
export const layerSaid = (name, on) => `${TITLES[name]}: ${on ? tr("on") : tr("off")}`;
