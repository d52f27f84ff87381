// Tables that are linked with the pictures: pointing at a row lights its character up there, choosing it shows it large.
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { linkHover } from "../shared/linked_views.js";
import { SOURCES, sourceName } from "../shared/sources.js";
import { tr } from "../shared/words.js";

/** columns: [{key, name, kind, title}]. */
export function createTable(root, columns) {
  let rows = [],
    about = null,
    sort = null,
    open = null;
  root.classList.add("cs-table");

  const format = {
    percent: (v) => (v === null ? "–" : `${Math.round(v * 100)} %`),
    score: (v) => (v === null ? "–" : v.toFixed(2)),
    text: (v) => v ?? "",
    source: (v) =>
      el(
        "span",
        { class: "cs-source" },
        el("b", { style: `color:${SOURCES[v]?.colour}`, "aria-hidden": "true" }, SOURCES[v]?.mark || ""),
        ` ${sourceName(v)}`,
      ),
    flag: (v) =>
      v === "check"
        ? el("span", { class: "cs-flag" }, tr("⚠ check"))
        : el(
            "span",
            { class: "cs-fine" },
            v === "accepted" ? tr("✓ accepted") : v === "rejected" ? tr("✕ rejected") : tr("✓ fine"),
          ),
  };

  function choose(row, look = true) {
    open = open === row.ref && look ? null : row.ref;
    draw();
    const node = root.querySelector("tr.cs-chosen");
    if (!node) return;
    const area = node.closest(".cs-scroll"),
      head = area.querySelector("thead").offsetHeight; // only the table scrolls, never the page
    area.scrollTop = Math.min(
      Math.max(area.scrollTop, node.offsetTop + node.offsetHeight - area.clientHeight),
      node.offsetTop - head,
    );
    if (!look) return;
    emit("select", { ref: row.ref });
    emit("look", { ref: row.ref });
  }

  function detail(row) {
    const list = el(
      "dl",
      {},
      ...row
        .detail()
        .flatMap(([name, text, share]) => [
          el("dt", {}, name),
          el(
            "dd",
            {},
            share === null
              ? null
              : el("span", { class: "cs-share" }, el("i", { style: `width:${Math.round(share * 100)}%` })),
            ` ${text}`,
          ),
        ]),
    );
    return el("tr", { class: "cs-detail" }, el("td", { colspan: columns.length }, list));
  }

  function keys(event, row) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return choose(row);
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const rows = [...root.querySelectorAll("tr[tabindex]")];
    const next = rows[rows.indexOf(event.currentTarget) + step];
    if (!next) return;
    event.currentTarget.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  function draw() {
    const scroll = root.querySelector(".cs-scroll")?.scrollTop || 0;
    const focused = document.activeElement?.closest?.("tr[data-ref]");
    const back = focused && root.contains(focused) ? focused.dataset.ref : null;
    let ordered = rows;
    if (sort) {
      const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0) * sort.way;
      ordered = [...rows].sort((a, b) => order(a.cells[sort.key] ?? -1, b.cells[sort.key] ?? -1));
    }
    const head = el(
      "tr",
      {},
      ...columns.map((column) =>
        el(
          "th",
          {
            scope: "col",
            class: `cs-col-${column.kind} cs-key-${column.key}`,
            "aria-sort": sort?.key === column.key ? (sort.way > 0 ? "ascending" : "descending") : null,
          },
          el(
            "button",
            {
              type: "button",
              title: column.title || tr("Sort by {0}", column.name),
              onclick: () => {
                sort = sort?.key === column.key ? { key: column.key, way: -sort.way } : { key: column.key, way: 1 };
                draw();
              },
            },
            column.name,
            sort?.key === column.key ? (sort.way > 0 ? " ↑" : " ↓") : "",
          ),
        ),
      ),
    );
    const stop = (ordered.find(({ ref }) => ref === (back ?? open)) ?? ordered[0])?.ref; // one stop of the Tab key
    const body = ordered.flatMap((row) => {
      const chosen = row.ref === open;
      const line = el(
        "tr",
        {
          "data-ref": row.ref,
          tabindex: row.ref === stop ? 0 : -1,
          class: `${chosen ? "cs-chosen" : ""} ${row.flag ? "cs-suspect" : ""}`,
          onclick: () => choose(row),
          onkeydown: (event) => keys(event, row),
        },
        ...columns.map((column) =>
          el("td", { class: `cs-col-${column.kind} cs-key-${column.key}` }, format[column.kind](row.cells[column.key])),
        ),
      );
      return chosen && row.detail ? [line, detail(row)] : [line];
    });
    root.replaceChildren(
      ...(rows.length
        ? [el("div", { class: "cs-scroll" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)))]
        : []),
    );
    const area = root.querySelector(".cs-scroll");
    if (area) area.scrollTop = scroll;
    if (back) root.querySelector(`tr[data-ref="${CSS.escape(back)}"]`)?.focus({ preventScroll: true });
  }

  /** rows: [{ref, cells, flag, detail()}]; id: of their image, so that another one begins anew. */
  function show(id, next) {
    const other = id !== about;
    if (other) open = sort = null;
    about = id;
    rows = next;
    draw();
    const area = root.querySelector(".cs-scroll");
    if (other && area) area.scrollTop = 0; // the worst first
  }

  linkHover(root);
  listen("select", ({ ref }) => {
    const row = rows.find((item) => item.ref === ref);
    if (row) {
      open = null;
      choose(row, false);
    }
  });
  return { show };
}
