// The page: its parts put in their places and started.
import { followCase, inspectTab } from "../inspect/tab.js";
import { queue } from "../queue/queue.js";
import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { begin } from "../shared/settings.js";
import { kept } from "../shared/storage.js";
import { keepTheme } from "../shared/theme.js";
import { tr } from "../shared/words.js";
import { boxesTab } from "./boxes.js";
import { examples } from "./examples.js";
import { glyphsTab } from "./glyphs.js";
import { header } from "./header.js";
import { heatTab } from "./heat.js";
import { labeling } from "./labeling.js";
import { maskTab } from "./mask.js";
import { runPanel } from "./run.js";
import { tour } from "./tour.js";
import { verdict } from "./verdict.js";
import { words } from "./words.js";

const TABS = [
  ["words", tr("Words"), words],
  ["craft", tr("CRAFT heatmap"), heatTab],
  ["split", tr("Split boxes"), boxesTab],
  ["glyphs", tr("Glyph votes"), glyphsTab],
  ["mask", tr("Final mask"), maskTab],
  ["inspect", tr("Inspect"), inspectTab],
];

/** facts: what the server knows beforehand (`charsam/page/theme.py`). */
export function start(facts) {
  const root = el("div", { class: "cs-app" });
  keepTheme();
  document.body.append(root); // beside Gradio's own element, so that its style sheets leave the page alone
  document.documentElement.lang = globalThis.charsamWords ? "zh" : "en";
  label.mode = facts.mode;
  begin({ segmenter: facts.segmenter, ...facts.usual });
  const part = (id) => el("div", { id });
  const parts = Object.fromEntries(
    ["header", "main", "queue", "left", "picture", "verdict", "examples", "actions", "right"].map((id) => [
      id,
      part(`cs-${id}`),
    ]),
  );
  parts.left.append(parts.picture, parts.verdict, parts.examples, parts.actions);
  parts.main.append(parts.queue, parts.left, parts.right);
  const skip = (event) => {
    event.preventDefault();
    parts.picture.querySelector(".cv-stage").focus();
  };
  const past = el("a", { class: "cs-past", href: "#cs-picture", onclick: skip }, tr("Skip to the image"));
  parts.main.setAttribute("role", "main");
  root.append(past, parts.header, parts.main);
  header(parts.header, facts);
  tabs(parts.right, facts);
  runPanel(parts.actions);
  examples(parts.examples, facts.examples);
  queue(parts.queue);
  verdict(parts.verdict);
  followCase();
  labeling(parts.picture, facts);
  tour();
}

/** The tabs: one stop of the Tab key, the arrows go through them; the one that is shown is kept for a reload. */
function tabs(root, facts) {
  const list = el("div", { class: "cs-tabs", role: "tablist", "aria-label": tr("Stages") });
  const made = TABS.map(([id, name, fill]) => {
    const panel = el("div", { id: `cs-tab-${id}`, role: "tabpanel", "aria-label": name, tabindex: -1, hidden: true });
    const tab = el(
      "button",
      { type: "button", role: "tab", "aria-controls": panel.id, onclick: () => choose(id) },
      name,
    );
    return { id, tab, panel, fill };
  });
  list.append(...made.map(({ tab }) => tab));
  const heading = el("h2", { class: "cs-unseen" }); // what the headings of the panels are below
  root.append(list, heading, ...made.map(({ panel }) => panel));
  for (const { panel, fill } of made) fill(panel, facts);

  function choose(id) {
    for (const one of made) {
      const own = one.id === id;
      one.tab.setAttribute("aria-selected", String(own));
      one.tab.tabIndex = own ? 0 : -1;
      one.panel.hidden = !own;
      if (own) heading.textContent = one.tab.textContent;
    }
    kept.write("tab", id);
  }

  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key],
      at = made.findIndex(({ tab }) => tab === document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = made[(at + step + made.length) % made.length];
    next.tab.focus();
    choose(next.id);
  });
  const wanted = kept.read("tab", "mask");
  choose(made.some(({ id }) => id === wanted) ? wanted : "mask");
}
