// What a learned segmenter is worth, before and after.
import { el } from "../shared/dom.js";
import { tr } from "../shared/words.js";

const number = (value) => value.toFixed(3);

/** The proof of a learned segmenter, before and after, as a table. */
export function proof(card) {
  const row = (name, scores) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, name),
      el("td", {}, number(scores.iou_before)),
      el("td", {}, el("b", {}, number(scores.iou_after))),
      el("td", {}, String(scores.characters)),
    );
  const head = [tr("mean IoU"), tr("before"), tr("after"), tr("characters")];
  return el(
    "div",
    { class: "cs-figures" },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
      el(
        "tbody",
        {},
        row(tr("Words kept aside"), card.kept),
        row(tr("Ordinary signs, so that nothing is forgotten"), card.check),
      ),
    ),
  );
}
