// Two settings over a whole project: what got better and worse, image by image, with a link to each.
import { button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { kept } from "../shared/storage.js";
import { duration } from "../shared/time.js";
import { tr } from "../shared/words.js";
import { chooser } from "./settings_chooser.js";

/** Rows of both settings, the greatest loss first. truth: whether all have an IoU; else it goes by what is to check. */
export function compared(rows, truth) {
  const gain = ({ first, second }) => (truth ? second.iou - first.iou : first.check - second.check);
  return rows.map((row) => ({ ...row, gain: gain(row) })).sort((a, b) => a.gain - b.gain);
}

/** The letter that a setting changed most, in the way in which it changed the image: {ref, text}; null where none did. */
export function mostChanged({ first, second }, truth) {
  const of = (one) => (truth ? (one.iou ?? 1) : 1 - one.suspicion);
  const whole = truth ? second.iou - first.iou : first.check - second.check;
  const before = new Map(first.letters.map((one) => [one.ref, one]));
  const changes = second.letters.flatMap((one) => {
    const other = before.get(one.ref);
    return other ? [{ ref: one.ref, text: one.text, by: of(one) - of(other) }] : [];
  });
  const size = ({ by }) => (whole ? Math.sign(whole) * by : Math.abs(by));
  const most = changes.reduce((a, b) => (a && size(a) >= size(b) ? a : b), null);
  return most && size(most) > 0.02 ? { ref: most.ref, text: most.text } : null;
}

const percent = (value) => `${(100 * value).toFixed(1)} %`;

/** ask: (path) -> JSON. images: () -> [{id, name}]. address: (image, ref) -> where the app shows it, or one letter of it.
 * place: under which name what was found is kept in the browser tab, for whoever comes back from an image.
 */
export function projectComparison({ segmenters, ask, images, address, place }) {
  const usual = segmenters.find((one) => one === "compact") ?? segmenters[0],
    other = segmenters.find((one) => one !== usual) ?? usual;
  const first = chooser(tr("First"), segmenters, usual),
    second = chooser(tr("Second"), segmenters, other);
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

  const queryOf = ({ "": segmenter, _prompts: prompts, _threshold: threshold }) =>
    new URLSearchParams({ segmenter, prompts, threshold });

  async function run() {
    const all = images(),
      rows = [],
      failed = [],
      chosen = { first: first.values(), second: second.values() },
      [a, b] = [queryOf(chosen.first), queryOf(chosen.second)],
      begun = performance.now();
    halt = new AbortController();
    go.disabled = true;
    stop.hidden = false;
    for (const image of all) {
      if (halt.signal.aborted) break;
      const done = rows.length + failed.length,
        left = done ? ((performance.now() - begun) / 1000 / done) * (all.length - done) : null;
      said.textContent = `${tr("{0} of {1}", done + 1, all.length)} · ${image.name}${left === null ? "" : ` · ${tr("{0} left", duration(left))}`}`;
      try {
        const path = `../images/${image.id}/measures`;
        const row = { image, first: await ask(`${path}?${a}`), second: await ask(`${path}?${b}`) };
        rows.push(brief(row));
        draw(rows);
        kept.write(place, { rows, failed, at: Date.now(), ...chosen });
      } catch (error) {
        failed.push(`${image.name}: ${error.message}`);
      }
    }
    tell(rows, failed);
    go.disabled = false;
    stop.hidden = true;
  }

  /** What a row shows; of the letters only the one that changed most, with and without truth. */
  function brief({ image: { id, name }, first: one, second: two }) {
    const plain = ({ characters, check, iou }) => ({ characters, check, iou });
    const truth = one.iou !== null;
    return {
      image: { id, name },
      first: plain(one),
      second: plain(two),
      most: mostChanged({ first: one, second: two }, truth),
    };
  }

  function tell(rows, failed) {
    said.textContent = sentence(rows, failed);
    said.title = failed.join("\n");
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
    const signed = (gain, digits = 0) =>
      `${gain > 0 ? "+" : ""}${truth ? `${(100 * gain).toFixed(1)} %` : gain.toFixed(digits)}`.replace("-", "−");
    const line = ({ image, first: one, second: two, gain, most }) =>
      el(
        "tr",
        { class: gain < -0.0005 ? "ci-worse" : gain > 0.0005 ? "ci-better" : "" },
        el("th", { scope: "row" }, el("a", { href: address(image) }, image.name)),
        el("td", {}, show(one)),
        el("td", {}, show(two)),
        el(
          "td",
          { class: "ci-gain" },
          gain < -0.0005 ? `▼ ${signed(gain)}` : gain > 0.0005 ? `▲ ${signed(gain)}` : "=",
        ),
        el("td", { class: "ci-most" }, most ? el("a", { href: address(image, most.ref) }, most.text) : "–"),
      );
    const what = truth ? "IoU" : tr("to check");
    const head = [
      tr("image"),
      tr("first, {0}", what),
      tr("second, {0}", what),
      tr("second is better by"),
      tr("changed most"),
    ];
    const sums = el(
      "tr",
      { class: "ci-sums" },
      el("th", { scope: "row" }, tr("mean")),
      el("td", {}, shown(mean("first"))),
      el("td", {}, shown(mean("second"))),
      el(
        "td",
        {},
        mean("second") === mean("first")
          ? "="
          : signed(truth ? mean("second") - mean("first") : mean("first") - mean("second"), 1),
      ),
      el("td", {}, ""),
    );
    table.replaceChildren(
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ...head.map((name) =>
              el("th", { scope: "col", class: name === head.at(-1) ? "ci-most-head" : null }, name),
            ),
          ),
        ),
        el("tbody", {}, sums, ...compared(rows, truth).map(line)),
      ),
    );
  }

  const before = kept.read(place, null);
  if (before?.rows?.length) {
    first.choose(before.first);
    second.choose(before.second);
    draw(before.rows);
    tell(before.rows, before.failed);
    const at = new Date(before.at).toLocaleTimeString([], { timeStyle: "short" });
    said.append(tr(" As of {0}; Compare again to see what was corrected since.", at));
  }
  return root;
}
