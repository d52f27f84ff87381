// Two settings over a whole project: what got better and worse, image by image, with a link to each.
import { button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { tr } from "../shared/words.js";
import { chooser } from "./settings_chooser.js";

/** Rows of both settings, the greatest loss first. truth: whether all have an IoU; else it goes by what is to check. */
export function compared(rows, truth) {
  const gain = ({ first, second }) => (truth ? second.iou - first.iou : first.check - second.check);
  return rows.map((row) => ({ ...row, gain: gain(row) })).sort((a, b) => a.gain - b.gain);
}

const percent = (value) => `${(100 * value).toFixed(1)} %`;

/** ask: (path) -> JSON. images: () -> [{id, name}]. address: (image) -> where the app shows it. */
export function projectComparison({ segmenters, ask, images, address }) {
  const first = chooser(tr("First"), segmenters, segmenters[0]),
    second = chooser(tr("Second"), segmenters, segmenters[1] ?? segmenters[0]);
  const said = el("p", { role: "status" }, tr("Both settings go through every image with its words as they are now.")),
    table = el("div", { class: "ci-confusion" });
  const go = button(tr("Compare"), run, { class: "ci-go" }),
    stop = button(tr("Stop"), () => halt?.abort(), { class: "ci-reset", hidden: true });
  const root = el(
    "div",
    { class: "ci-compare" },
    el("div", { class: "ci-choosers" }, first.node, second.node, go, stop),
    said,
    table,
  );
  let halt = null;

  const queryOf = (one) => {
    const { "": segmenter, _prompts: prompts, _threshold: threshold } = one.values();
    return new URLSearchParams({ segmenter, prompts, threshold });
  };

  async function run() {
    const all = images(),
      rows = [],
      failed = [],
      [a, b] = [queryOf(first), queryOf(second)];
    halt = new AbortController();
    go.disabled = true;
    stop.hidden = false;
    for (const image of all) {
      if (halt.signal.aborted) break;
      said.textContent = `${rows.length + failed.length} of ${all.length} · ${image.name}`;
      try {
        const path = `../images/${image.id}/measures`;
        rows.push({ image, first: await ask(`${path}?${a}`), second: await ask(`${path}?${b}`) });
        draw(rows);
      } catch (error) {
        failed.push(`${image.name}: ${error.message}`);
      }
    }
    said.textContent = sentence(rows, failed);
    said.title = failed.join("\n");
    go.disabled = false;
    stop.hidden = true;
  }

  const hasTruth = (rows) => rows.some(({ first: one }) => one.iou !== null);
  /** Where some images have truth, only these are compared. */
  const usable = (rows) => (hasTruth(rows) ? rows.filter(({ first: one }) => one.iou !== null) : rows);

  function sentence(rows, failed) {
    const truth = hasTruth(rows),
      list = compared(usable(rows), truth),
      better = list.filter(({ gain }) => gain > 0.0005).length,
      worse = list.filter(({ gain }) => gain < -0.0005).length;
    const by = truth ? tr("by IoU with the truth") : tr("by characters to check; with truth it would go by IoU");
    const trouble = failed.length ? tr(" {0} could not be compared: {1}", failed.length, failed[0]) : "";
    const without =
      truth && list.length < rows.length ? tr(" {0} without truth are left out.", rows.length - list.length) : "";
    return tr(
      "The second is better on {0}, worse on {1} of {2} images, {3}.{4}{5}",
      better,
      worse,
      list.length,
      by,
      without,
      trouble,
    );
  }

  function draw(all) {
    const truth = hasTruth(all),
      rows = usable(all),
      show = (one) => (truth ? percent(one.iou) : tr("{0} of {1}", one.check, one.characters));
    const mean = (side) => rows.reduce((sum, row) => sum + (truth ? row[side].iou : row[side].check), 0) / rows.length;
    const shown = (value) => (truth ? percent(value) : value.toFixed(1));
    const signed = (gain) => `${gain > 0 ? "+" : ""}${truth ? `${(100 * gain).toFixed(1)} %` : gain.toFixed(0)}`;
    const line = ({ image, first: one, second: two, gain }) =>
      el(
        "tr",
        { class: gain < -0.0005 ? "ci-worse" : gain > 0.0005 ? "ci-better" : "" },
        el("th", { scope: "row" }, el("a", { href: address(image) }, image.name)),
        el("td", {}, show(one)),
        el("td", {}, show(two)),
        el("td", {}, `${gain < -0.0005 ? "▼" : gain > 0.0005 ? "▲" : "="} ${signed(gain)}`),
      );
    const what = truth ? "IoU" : tr("to check");
    const head = [tr("image"), tr("first, {0}", what), tr("second, {0}", what), tr("second is better by")];
    const sums = el(
      "tr",
      { class: "ci-sums" },
      el("th", { scope: "row" }, tr("mean")),
      el("td", {}, shown(mean("first"))),
      el("td", {}, shown(mean("second"))),
      el("td", {}, ""),
    );
    table.replaceChildren(
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, sums, ...compared(rows, truth).map(line)),
      ),
    );
  }

  return root;
}
