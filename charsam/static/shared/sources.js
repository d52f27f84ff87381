// Where a box comes from, and how an image stands, as every view shows them.
import { tr } from "./words.js";

/** Every box source has a colour, a dash and a mark, so that colour alone never tells. */
export const SOURCES = {
  craft: { colour: "#56B4E9", dash: "", mark: "●", name: "CRAFT" },
  watershed: { colour: "#E69F00", dash: "7 4", mark: "◆", name: tr("watershed") },
  aligned: { colour: "#CC79A7", dash: "2 3", mark: "▲", name: tr("aligned") },
  even: { colour: "#D55E00", dash: "10 3 2 3", mark: "■", name: tr("even") },
  given: { colour: "#009E73", dash: "14 3", mark: "✚", name: tr("given") },
  before: { colour: "#F0E442", dash: "", mark: "", name: tr("before splitting") },
  word: { colour: "#F0E442", dash: "", mark: "", name: tr("word") },
  ignored: { colour: "#BBBBBB", dash: "3 4", mark: "", name: tr("ignored word") },
  check: { colour: "#D55E00", dash: "4 3", mark: "⚠", name: tr("to check") },
};

/** A source as people call it; as it came where it is another. */
export const sourceName = (source) => SOURCES[source]?.name || source;

export const STATES = {
  new: { mark: "○", name: tr("new") },
  annotated: { mark: "◐", name: tr("annotated") },
  corrected: { mark: "✎", name: tr("corrected") },
  accepted: { mark: "✓", name: tr("accepted") },
  rejected: { mark: "✕", name: tr("rejected") },
};
