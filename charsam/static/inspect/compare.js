// Two settings or segmenters side by side.
import { createPanes } from "../panels/panes.js";
import { button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { tr } from "../shared/words.js";
import { chooser } from "./settings_chooser.js";

/** segmenters: the names of those that can run. image: () -> the open one. path: () -> where its routes are. */
export function comparison(root, { segmenters, image, path }) {
  const other = segmenters.find((one) => one.startsWith("sam_")) || segmenters.find((one) => one !== "compact");
  const first = chooser(tr("First"), segmenters, segmenters.find((one) => one === "compact") || segmenters[0]);
  const second = chooser(tr("Second"), segmenters, other || segmenters[0]);
  const host = el("div", {}),
    panes = createPanes(host, "compared", "cs-panes-three");

  async function compare() {
    const query = new URLSearchParams();
    for (const [side, one] of Object.entries({ first, second }))
      for (const [what, value] of Object.entries(one.values())) query.set(side + what, value);
    go.disabled = true;
    await panes.load(`${path()}/compare?${query}`, image()?.id, tr("Running both…"));
    go.disabled = false;
  }

  const go = button(tr("Compare"), compare, { class: "cs-tool cs-open cs-compare-go" });
  const choosers = el("div", { class: "cs-choosers" }, first.node, second.node, go);
  root.replaceChildren(el("h3", { class: "cs-minor" }, tr("Two settings or segmenters side by side")), choosers, host);
  return { clear: panes.clear };
}
