// The paper's four ways to prompt the segmenter: what each gives it, in words, and the paper's name.
import { tr } from "./words.js";

export const MODES = [
  ["B", tr("word box")],
  ["P_char", tr("character box")],
  ["P_char+pos", tr("with points on the glyph")],
  ["P_char+pos+neg", tr("with points in holes, too")],
];

/** A mode in words. */
export const modeInWords = (mode) => MODES.find(([name]) => name === mode)?.[1] ?? mode;
