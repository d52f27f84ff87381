// The bar of a page of cases: what is shown, of what, in which order.
import { button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { tr } from "../shared/words.js";

const VIEWS = [
  ["cases", tr("Cases"), tr("The gallery")],
  ["plots", tr("Plots"), tr("The score by everything else")],
  ["confusion", tr("Failures"), tr("Failure kinds by character")],
];
const UNITS = [
  ["characters", tr("characters")],
  ["words", tr("words")],
];
const LAYERS = [
  ["photo", tr("photo")],
  ["masks", tr("masks")],
];

/** change: takes the fields of the state that are to be other. clear: takes all filters away. */
export function drawToolbar({ state, data, about, change, clear, compare = null }) {
  const views = compare ? [...VIEWS, ["compare", tr("Compare"), tr("Two settings over all images")]] : VIEWS;
  const toggle = (key, options) => {
    const one = ([value, name, title = null]) => {
      const pressed = { class: null, title, "aria-pressed": String(state[key] === value) };
      return button(name, () => change({ [key]: value }), pressed);
    };
    return el("div", { class: "ci-toggle", role: "group" }, ...options.map(one));
  };
  const worse = (key) => (data.field(key).worse === 1 ? -1 : 1); // the way in which the worst come first
  const option = ({ key, name }) => el("option", { value: key, selected: key === state.sort }, name);
  const order = el(
    "select",
    { "aria-label": tr("Sort by"), onchange: () => change({ sort: order.value, way: worse(order.value) }) },
    ...data.FIELDS.filter(({ high }) => state.view !== "plots" || high === 1).map(option), // a bar is a share
    el("optgroup", { label: tr("how much speaks for") }, ...data.KINDS.map(option)),
  );
  const way = worse(state.sort) === state.way ? tr("worst first") : tr("best first");
  const colours = ["true", "false", "missed", "ignored"].map((name, k) =>
    el("span", {}, el("i", { style: `background:${about.truthColours?.[k]}` }), tr(name)),
  );
  const filtered = Object.keys(state.filters).length || state.text;
  const unfiltered =
    filtered && state.view !== "compare" ? [button(tr("Clear all filters"), clear, { class: "ci-reset" })] : [];
  if (["compare", "confusion"].includes(state.view)) return [toggle("view", views), ...unfiltered];
  const asked = [toggle("view", views), toggle("unit", UNITS)];
  if (state.view === "plots")
    return [...asked, el("label", { class: "ci-sort" }, tr("mean of "), order), ...unfiltered];
  return [
    ...asked,
    el("label", { class: "ci-sort" }, tr("sort by "), order),
    button(way, () => change({ way: -state.way }), { class: "ci-way" }),
    toggle("layer", about.truth ? [...LAYERS, ["truth", tr("against truth"), tr("true / false / missed")]] : LAYERS),
    ...(about.truth && state.layer === "truth" ? [el("span", { class: "ci-legend" }, ...colours)] : []),
    ...unfiltered,
  ];
}
