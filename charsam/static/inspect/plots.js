// Plots and facets: what the cases are like, and where the bad ones are; every bar leads to its cases.

import { el } from "../shared/dom.js";
import { sourceName } from "../shared/sources.js";
import { SUSPICIOUS } from "../shared/suspicion.js";
import { counted, tr } from "../shared/words.js";

export function createPlots({ data, about }) {
  const bad = (one) =>
    about.truth && one.iou !== null && one.iou !== undefined ? Boolean(one.failure) : one.suspicion >= SUSPICIOUS;
  /** What a choice is called, in the person's language. */
  const called = (field, name) => (field.key === "source" ? sourceName(name) : tr(String(name)));
  const span = (field, bin) => `${bin.from} – ${bin.to}${field.unit ? ` ${field.unit}` : ""}`;

  /** A histogram that filters: drag over bars for a range, click the range's cross to take it away. */
  function facet(field, list, range, change) {
    const bins = data.bins(list, field),
      most = Math.max(1, ...bins.map((bin) => bin.cases.length));
    let begun = null;
    const inRange = (bin) => !range || (bin.to > range[0] + 1e-9 && bin.from < range[1] - 1e-9);
    const chart = el(
      "div",
      { class: "ci-bars", role: "group", "aria-label": tr("{0}: drag over bars to filter", field.name) },
      ...bins.map((bin, index) => {
        const count = bin.cases.length,
          failing = bin.cases.filter(bad).length;
        return el(
          "button",
          {
            type: "button",
            class: `ci-bar${inRange(bin) ? "" : " ci-out"}`,
            "data-bin": index,
            title: tr(
              about.truth ? "{0} {1}: {2}, {3} failing" : "{0} {1}: {2}, {3} suspicious",
              field.name,
              span(field, bin),
              counted(count, "case"),
              failing,
            ),
          },
          el(
            "span",
            { style: `height:${(100 * count) / most}%` },
            el("i", { style: `height:${count ? (100 * failing) / count : 0}%` }),
          ),
        );
      }),
    );
    const at = (event) => event.target.closest?.("[data-bin]")?.dataset.bin;
    chart.addEventListener("pointerdown", (event) => {
      begun = at(event);
    });
    chart.addEventListener("click", (event) => {
      const end = at(event) ?? begun;
      if (begun === null || end === undefined) return;
      const [a, b] = [Number(begun ?? end), Number(end)].sort((x, y) => x - y);
      change([bins[a].from, bins[b].to]);
      begun = null;
    });
    chart.addEventListener("pointerup", (event) => {
      const end = at(event);
      if (begun !== null && end !== undefined && end !== begun) {
        const [a, b] = [Number(begun), Number(end)].sort((x, y) => x - y);
        begun = null;
        change([bins[a].from, bins[b].to]);
      }
    });
    const head = el(
      "div",
      { class: "ci-facet-head" },
      el("span", {}, field.name),
      range
        ? el(
            "button",
            { type: "button", class: "ci-clear", onclick: () => change(null), "aria-label": tr("Any {0}", field.name) },
            `${range[0]} – ${range[1]} ✕`,
          )
        : el(
            "small",
            {},
            bins.length ? `${bins[0].from} … ${bins.at(-1).to}${field.unit ? ` ${field.unit}` : ""}` : tr("unknown"),
          ),
    );
    return el("section", { class: "ci-facet" }, head, chart);
  }

  /** Boxes to tick, with how many cases each has. */
  function choice(field, list, wanted, change) {
    const found = data.choices(list, field.key),
      known = new Set(found.map((one) => one[0]));
    const rows = [...found, ...[...(wanted || [])].filter((one) => !known.has(one)).map((one) => [one, 0])];
    const boxes = rows.slice(0, field.key === "category" ? 200 : 40).map(([name, count]) =>
      el(
        "label",
        { class: "ci-choice" },
        el("input", {
          type: "checkbox",
          checked: Boolean(wanted?.has(name)),
          onchange: (event) => {
            const now = new Set(wanted || []);
            if (event.target.checked) now.add(name);
            else now.delete(name);
            change(now.size ? now : null);
          },
        }),
        el("span", {}, called(field, name)),
        el("small", {}, count),
      ),
    );
    const head = el(
      "div",
      { class: "ci-facet-head" },
      el("span", {}, field.name),
      wanted ? el("button", { type: "button", class: "ci-clear", onclick: () => change(null) }, tr("any ✕")) : null,
    );
    return el(
      "section",
      { class: `ci-facet${field.key === "category" ? " ci-many" : ""}` },
      head,
      el("div", { class: "ci-choices" }, ...boxes),
    );
  }

  /** The mean of a score in each bin of every other field; a bar leads to its cases. */
  function overview(list, score, go) {
    const mean = (cases) => {
      const known = cases.map((one) => data.value(one, score.key)).filter((v) => v !== null);
      return known.length ? known.reduce((a, b) => a + b, 0) / known.length : null;
    };
    const whole = mean(list);
    const bar = (label, title, cases, act) => {
      const now = mean(cases);
      return el(
        "button",
        {
          type: "button",
          class: "ci-column",
          onclick: act,
          disabled: !cases.length,
          "data-count": cases.length,
          title: tr(
            "{0}: mean {1} {2}, {3}",
            title,
            score.name,
            now === null ? "–" : now.toFixed(2),
            counted(cases.length, "case"),
          ),
        },
        el(
          "span",
          { class: `ci-height${now === null ? " ci-unknown" : ""}` },
          now === null
            ? "–"
            : el("i", { class: cases.length < 5 ? "ci-few" : "", style: `height:${100 * Math.min(1, now)}%` }),
        ),
        el("small", {}, label),
      );
    };
    const chart = (name, bars) =>
      bars.length > 1 && // one alone tells nothing
      el(
        "section",
        { class: "ci-plot" },
        el("h2", {}, tr("mean {0}, 0 to 1, by {1}", score.name, name)),
        el(
          "div",
          { class: "ci-columns" },
          el("b", {
            class: "ci-mean",
            style: `bottom:calc(${100 * Math.min(1, whole ?? 0)}% * 0.86 + 14%)`,
            title: tr("over all: {0}", whole?.toFixed(2)),
          }),
          ...bars,
        ),
      );
    const numeric = data.FIELDS.filter((field) => field.key !== score.key).map((field) =>
      chart(
        field.name,
        data
          .bins(list, field)
          .map((bin) =>
            bar(String(bin.from), `${field.name} ${span(field, bin)}`, bin.cases, () =>
              go({ [field.key]: [bin.from, bin.to] }),
            ),
          ),
      ),
    );
    const named = data.CHOICES.map((field) =>
      chart(
        field.name,
        data
          .choices(list, field.key)
          .slice(0, 40)
          .map(([name]) => {
            const cases = list.filter((one) => data.said(one, field.key) === name);
            return bar(called(field, name), `${field.name} ${called(field, name)}`, cases, () =>
              go({ [field.key]: new Set([name]) }),
            );
          }),
      ),
    );
    const told = [...named.slice(0, -1), ...numeric, ...named.slice(-1)].filter(Boolean);
    return el("div", { class: "ci-plots" }, ...told);
  }

  /** Which failures which characters have: counts by kind and category, each a way to its cases. */
  function confusion(list, go) {
    const key = about.truth ? "failure" : "suspected";
    const found = list.filter((one) => one.category);
    const categories = data.choices(found, "category").map((one) => one[0]);
    const kinds = about.kinds.filter((kind) => found.some((one) => one[key] === kind));
    if (!kinds.length) return el("p", { class: "ci-empty" }, tr("No character here has a failure."));
    const cell = new Map();
    for (const one of found)
      if (one[key]) cell.set(`${one[key]}\n${one.category}`, (cell.get(`${one[key]}\n${one.category}`) || 0) + 1);
    const total = new Map(data.choices(found, "category"));
    const rows = categories
      .map((category) => [category, kinds.reduce((sum, kind) => sum + (cell.get(`${kind}\n${category}`) || 0), 0)])
      .filter((row) => row[1])
      .sort((a, b) => b[1] - a[1]);
    const head = el(
      "tr",
      {},
      el("th", {}, tr("character")),
      el("th", {}, tr("seen")),
      el("th", {}, tr("failing")),
      ...kinds.map((kind) => el("th", {}, tr(kind))),
    );
    const body = rows.map(([category, failing]) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, category),
        el("td", {}, total.get(category)),
        el("td", {}, `${Math.round((100 * failing) / total.get(category))} %`),
        ...kinds.map((kind) => {
          const count = cell.get(`${kind}\n${category}`) || 0,
            part = count / total.get(category);
          return el(
            "td",
            { style: `--ci-part:${Math.round(100 * Math.min(1, part * 1.5))}%`, class: count ? "ci-hot" : "" },
            count
              ? el(
                  "button",
                  {
                    type: "button",
                    title: tr("{0}: {1} of {2} are “{3}”", category, count, total.get(category), tr(kind)),
                    onclick: () => go({ [key]: new Set([kind]), category: new Set([category]) }),
                  },
                  count,
                )
              : "",
          );
        }),
      ),
    );
    const sums = el(
      "tr",
      { class: "ci-sums" },
      el("th", {}, tr("all")),
      el("td", {}, found.length),
      el("td", {}, `${Math.round((100 * found.filter((one) => one[key]).length) / found.length)} %`),
      ...kinds.map((kind) =>
        el(
          "td",
          {},
          el(
            "button",
            { type: "button", onclick: () => go({ [key]: new Set([kind]) }) },
            found.filter((one) => one[key] === kind).length,
          ),
        ),
      ),
    );
    return el(
      "div",
      { class: "ci-confusion" },
      el(
        "p",
        {},
        about.truth
          ? tr("Failures by truth.")
          : about.decisions
            ? tr("Suspected failures. True masks (Truth… above) tell the real ones.")
            : tr("Suspected failures; with true masks (--truth) the real ones are counted."),
        tr(" Every number leads to its cases."),
      ),
      el("table", {}, el("thead", {}, head), el("tbody", {}, sums, ...body)),
    );
  }

  return { facet, choice, overview, confusion };
}
