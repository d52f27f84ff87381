// What a comparison may differ in: segmenter, prompts, vote threshold.

import { el } from "../shared/dom.js";
import { MODES } from "../shared/prompt_modes.js";
import { tr } from "../shared/words.js";

export function chooser(name, segmenters, segmenter) {
  const select = (options, chosen, title) =>
    el(
      "select",
      { "aria-label": title },
      ...options.map(([value, text = value]) => el("option", { value, selected: value === chosen }, text)),
    );
  const own = select(
      segmenters.map((one) => [one]),
      segmenter,
      tr("{0}: segmenter", name),
    ),
    prompts = select(
      MODES.toReversed().map(([mode, text]) => [mode, `${text} · ${mode}`]),
      MODES.at(-1)[0],
      tr("{0}: prompts", name),
    );
  const about = { min: 0, max: 1, step: 0.05, value: 0.6, "aria-label": tr("{0}: vote threshold", name) };
  const threshold = el("input", { type: "number", ...about });
  const node = el(
    "span",
    { class: "cs-chooser" },
    el("b", {}, name),
    own,
    prompts,
    el("label", {}, tr("threshold "), threshold),
  );
  return {
    node,
    values: () => ({ "": own.value, _prompts: prompts.value, _threshold: threshold.value }),
    choose: (values) => {
      [own.value, prompts.value, threshold.value] = [values[""], values._prompts, values._threshold];
    },
  };
}
