// The page of a report: filters on the left, cases in the middle, the chosen case on the right; its address says it all.

import { scarce } from "../shared/device.js";
import { button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { counted, tr } from "../shared/words.js";
import { readAddress, writeAddress } from "./address.js";
import { drawChosen } from "./chosen_case.js";
import { readCases } from "./data.js";
import { createGallery } from "./gallery.js";
import { createPlots } from "./plots.js";
import { drawToolbar } from "./toolbar.js";

const UNDECIDED = ["undecided", "rejected"]; // what was accepted leaves the list

export function createPage(root, about, { correct = null, decide = null, compare = null } = {}) {
  const data = readCases(about);
  const worstField = about.truth ? "iou" : "suspicion";
  const plain = {
    unit: "characters",
    view: "cases",
    sort: worstField,
    way: about.truth ? 1 : -1,
    filters: about.decisions ? { review: new Set(UNDECIDED) } : {},
    text: "",
    layer: about.truth ? "truth" : "masks",
    chosen: null,
  };
  let state = plain,
    list = [],
    looked = null,
    seen = "cases", // the view that was drawn last
    drawn = [], // what the facets were last drawn for
    typing = 0,
    writing = 0;

  const gallery = createGallery({ data, choose: (one) => choose(one) });
  const plots = createPlots({ data, about });
  const facets = el("aside", { class: "ci-facets", "aria-label": tr("Filters") });
  const story = el("aside", { class: "ci-story", "aria-label": tr("The chosen case") });
  const other = el("div", { class: "ci-other", hidden: true });
  const count = el("span", { class: "ci-count", role: "status" });
  const loading = el("span", { class: "ci-loading" });
  const bar = el("div", { class: "ci-toolbar", role: "region", "aria-label": tr("What is shown") });
  const news = el("div", { class: "ci-news", role: "region", "aria-label": tr("Words missed") });
  const search = el("input", {
    type: "search",
    placeholder: tr("word or file"),
    "aria-label": tr("Find a word or a file"),
    oninput: () => {
      clearTimeout(typing);
      typing = setTimeout(() => change({ text: search.value }), 150);
    },
  });
  const gap = el("span", { class: "ci-gap" });
  const main = el("main", { class: "ci-main" }, facets, el("div", { class: "ci-middle" }, gallery.root, other), story);
  const filters = button(
    tr("Filters"),
    () => filters.setAttribute("aria-pressed", main.classList.toggle("ci-filtering")),
    {
      class: "ci-filter-way ci-reset",
      "aria-pressed": "false",
    },
  );
  root.replaceChildren(
    el("header", { class: "ci-header" }, el("h1", {}, about.title), count, loading, gap, filters, search),
    bar,
    news,
    main,
  );

  function read() {
    state = readAddress(location.hash.slice(1), data, plain);
    search.value = state.text;
  }

  function flush() {
    clearTimeout(writing);
    const hash = writeAddress(state, plain);
    if (location.hash.slice(1) !== hash)
      history.replaceState(history.state, "", `${location.pathname}${location.search}${hash ? `#${hash}` : ""}`);
  }

  function write() {
    clearTimeout(writing);
    writing = setTimeout(flush, 120);
  }

  function change(what) {
    state = { ...state, ...what };
    draw();
    write();
  }

  function filter(key, wanted) {
    const { [key]: _, ...others } = state.filters;
    change({ filters: wanted ? { ...others, [key]: wanted } : others });
  }

  function clear() {
    search.value = "";
    change({ filters: {}, text: "" });
  }

  const go = (filters) => change({ filters: { ...state.filters, ...filters }, view: "cases" });

  function choose(one, look = true) {
    state = { ...state, chosen: one?.name ?? null };
    looked = state.chosen;
    gallery.mark(one, look);
    tell(one);
    write();
  }

  /** Accept or reject a case, or all characters of a word; the next one comes. */
  async function verdict(one, as) {
    const word = one.word || one,
      place = Math.max(0, list.indexOf(one));
    const refs = (one.word ? [one] : word.characters).map(({ index }) => `w${word.index}c${index}`);
    try {
      data.decided(word.image, await decide(word.image, refs, as));
      draw();
      const next = list.includes(one) ? list[place + 1] : list[place];
      choose(next ?? list.at(-1) ?? null);
      loading.textContent = "";
    } catch (error) {
      loading.textContent = error.message;
    }
  }

  function draw() {
    bar.replaceChildren(...drawToolbar({ state, data, about, change, clear, compare }));
    const asked = [state.unit, state.text, state.filters, data.characters.length];
    if (asked.some((one, k) => one !== drawn[k])) facets.replaceChildren(...drawFacets());
    drawn = asked;
    list = data.sorted(data.passing(state), state.sort, state.way);
    const all = (state.unit === "words" ? data.words : data.characters).length,
      cases = state.view === "cases";
    count.textContent =
      list.length === all ? `${all} ${tr(state.unit)}` : tr("{0} of {1} {2}", list.length, all, tr(state.unit));
    gallery.root.hidden = !cases;
    facets.hidden = state.view === "compare";
    if (state.view !== seen) other.scrollTop = 0;
    seen = state.view;
    other.hidden = cases;
    if (cases) gallery.show(list, state, whyNone(all));
    else if (state.view === "compare") other.replaceChildren(compare);
    else if (!list.length) other.replaceChildren(el("p", { class: "ci-empty" }, ...whyNone(all)));
    else other.replaceChildren(state.view === "plots" ? overview() : confusion());
    const one = (state.chosen && data.find(state.chosen)) || null;
    story.hidden = !cases && (!one || scarce() || facets.hidden);
    gallery.mark(one, Boolean(one) && looked !== state.chosen);
    if (one) looked = state.chosen;
    tell(one || (cases ? list[0] : null));
    if (!one) gallery.mark(null, false); // what is told of is offered, not chosen
  }

  /** What is said where no case is left, and the way on. */
  function whyNone(all) {
    if (!all) return [tr("Nothing here yet.")];
    const { review, ...others } = state.filters;
    const hidden = review ? data.passing({ ...state, filters: others }) : [];
    if (!hidden.length || hidden.some((one) => one.review !== "accepted")) return [tr("No case passes all filters.")];
    const show = button(tr("Show what is accepted, too"), () => filter("review", null), { class: "ci-reset" });
    return [tr("Everything that passes the other filters is accepted. "), show];
  }

  function overview() {
    const shares = [...data.FIELDS.filter(({ high }) => high === 1), ...data.KINDS].map(({ key }) => key);
    return plots.overview(list, data.field(shares.includes(state.sort) ? state.sort : worstField), go);
  }

  const confusion = () => plots.confusion(data.passing({ ...state, unit: "characters" }), go);

  function drawFacets() {
    const choices = data.CHOICES.filter(({ key }) => key !== "category"),
      category = state.unit === "characters" ? [data.field("category")] : [];
    const fields = [...choices, ...data.FIELDS, ...category],
      keys = fields.map(({ key }) => key),
      lists = data.without(state, keys);
    return fields.map((field) => {
      const draw = data.CHOICES.includes(field) ? plots.choice : plots.facet;
      return draw(field, lists.get(field.key), state.filters[field.key], (wanted) => filter(field.key, wanted));
    });
  }

  function tell(one) {
    const sortBy = (sort) => change({ sort, way: -1 });
    const none = el("p", { class: "ci-empty" }, tr("Choose a case to see why it is where it is."));
    story.replaceChildren(
      ...(one ? drawChosen(one, { data, about, list, choose, sortBy, correct, decide: decide && verdict }) : [none]),
    );
  }

  window.addEventListener("hashchange", () => {
    read();
    draw();
  });
  document.addEventListener("keydown", (event) => {
    const elsewhere = event.target.closest?.("input, select, textarea");
    if (elsewhere || event.ctrlKey || event.metaKey || event.altKey) return;
    if (state.view !== "cases" || !list.length || event.target.closest?.("button, a")) return;
    const as = { a: "accepted", x: "rejected", u: "" }[event.key],
      one = list.find(({ name }) => name === state.chosen);
    if (as !== undefined && one && decide) return void verdict(one, as);
    if (event.key === "Enter" && one) return void story.querySelector(".ci-correct")?.click();
    if (gallery.step(event.key)) return event.preventDefault();
    const by = { j: 1, k: -1 }[event.key];
    if (!by) return;
    const place = list.findIndex((one) => one.name === state.chosen);
    choose(list[Math.min(list.length - 1, Math.max(0, place + by))]);
  });

  return {
    data,
    gallery,
    flush,
    /** Show something below the toolbar; null: nothing. */
    tell: (node) => news.replaceChildren(...(node ? [node] : [])),
    tools: (...nodes) => gap.after(...nodes),
    get state() {
      return state;
    },
    get list() {
      return list;
    },
    add: (images) => {
      for (const image of images) {
        image.hasTruth = about.truth && image.words.some((word) => word.characters.some((one) => "iou" in one));
        data.add(image);
      }
    },
    /** What could not be inspected, in words. */
    problems: () => {
      const bad = data.images.filter(({ problem }) => problem);
      loading.title = bad.map(({ file, problem }) => `${file}: ${problem}`).join("\n");
      return bad.length ? tr("{0} could not be inspected", counted(bad.length, "image")) : "";
    },
    ready: (said = "") => {
      loading.textContent = said;
      read();
      draw();
    },
    refresh: (said = "") => {
      loading.textContent = said;
      draw();
    },
  };
}
