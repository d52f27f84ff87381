// The page of a report: filters on the left, cases in the middle, the chosen case on the right; its address says it all.
import { readCases, url } from "./data.js";
import { createGallery } from "./gallery.js";
import { createPlots } from "./plots.js";

export function createPage(root, about, { correct = null } = {}) {
  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name === "checked" || name === "hidden" || name === "disabled") node[name] = Boolean(value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(
      ...children
        .filter((child) => child !== null && child !== undefined)
        .map((child) => (child instanceof Node ? child : String(child))),
    );
    return node;
  };
  const data = readCases(about);
  const worstField = () => (about.truth ? "iou" : "suspicion");
  const begun = about.decisions ? { review: new Set(["undecided", "rejected"]) } : {}; // what was accepted leaves the list
  const start = () => ({
    unit: "characters",
    view: "cases",
    sort: worstField(),
    way: about.truth ? 1 : -1,
    filters: { ...begun },
    text: "",
    layer: about.truth ? "truth" : "masks",
    chosen: null,
  });
  let state = start(),
    list = [],
    looked = null;
  let counted = []; // what the facets were last drawn for

  const gallery = createGallery({ el, data, choose: (one) => choose(one) });
  const plots = createPlots({ el, data, about });
  const facets = el("aside", { class: "ci-facets", "aria-label": "Filters" });
  const story = el("aside", { class: "ci-story", "aria-label": "The chosen case" });
  const other = el("div", { class: "ci-other", hidden: true });
  const count = el("span", { class: "ci-count", role: "status" });
  const loading = el("span", { class: "ci-loading" });
  const bar = el("div", { class: "ci-toolbar" });
  const search = el("input", {
    type: "search",
    placeholder: "word or file",
    "aria-label": "Find a word or a file",
    oninput: () => {
      clearTimeout(typing);
      typing = setTimeout(() => change({ text: search.value }), 150);
    },
  });
  let typing = 0;
  root.replaceChildren(
    el(
      "header",
      { class: "ci-header" },
      el("h1", {}, about.title),
      count,
      loading,
      el("span", { class: "ci-gap" }),
      search,
    ),
    bar,
    el("main", { class: "ci-main" }, facets, el("div", { class: "ci-middle" }, gallery.root, other), story),
  );

  // ---- the address
  function written() {
    const parts = new URLSearchParams();
    const plain = start();
    for (const key of ["unit", "view", "sort", "way", "text", "layer"])
      if (state[key] !== plain[key]) parts.set(key, state[key]);
    for (const key of Object.keys(begun)) if (!state.filters[key]) parts.set(`f.${key}`, "any");
    for (const [key, wanted] of Object.entries(state.filters))
      parts.set(`f.${key}`, Array.isArray(wanted) ? wanted.join("..") : [...wanted].map(encodeURIComponent).join("|"));
    if (state.chosen) parts.set("case", state.chosen);
    return parts.toString();
  }
  function readAddress() {
    const parts = new URLSearchParams(location.hash.slice(1)),
      next = start();
    for (const key of ["unit", "view", "sort", "text", "layer"]) if (parts.has(key)) next[key] = parts.get(key);
    if (!["characters", "words"].includes(next.unit)) next.unit = "characters";
    if (!data.field(next.sort)) next.sort = worstField();
    if (parts.has("way")) next.way = parts.get("way") === "1" ? 1 : -1;
    for (const [key, text] of parts) {
      const field = key.startsWith("f.") ? data.field(key.slice(2)) : null;
      if (!field) continue;
      if (text === "any") {
        delete next.filters[field.key];
        continue;
      }
      if (data.CHOICES.includes(field))
        next.filters[field.key] = new Set(
          text.split("|").map((one) => {
            try {
              return decodeURIComponent(one);
            } catch {
              return one;
            }
          }),
        );
      else {
        const range = text.split("..").map(Number);
        if (range.length === 2 && range.every(Number.isFinite)) next.filters[field.key] = range;
      }
    }
    next.chosen = parts.get("case");
    state = next;
    search.value = state.text;
  }
  let writing = 0;
  function flush() {
    clearTimeout(writing);
    const hash = written();
    if (location.hash.slice(1) !== hash)
      history.replaceState(history.state, "", `${location.pathname}${location.search}${hash ? `#${hash}` : ""}`);
  }
  function write() {
    clearTimeout(writing);
    writing = setTimeout(flush, 120);
  }
  window.addEventListener("hashchange", () => {
    readAddress();
    draw();
  });

  // ---- changes
  function change(what) {
    state = { ...state, ...what };
    draw();
    write();
  }
  function filter(key, wanted) {
    const filters = { ...state.filters };
    if (wanted) filters[key] = wanted;
    else delete filters[key];
    change({ filters });
  }
  const go = (filters) => change({ filters: { ...state.filters, ...filters }, view: "cases" });
  function choose(one, look = true) {
    state.chosen = looked = one?.name ?? null;
    gallery.mark(one, look);
    tell(one);
    write();
  }

  // ---- drawing
  function draw() {
    drawBar();
    const asked = [state.unit, state.text, state.filters, data.characters.length];
    if (asked.some((one, k) => one !== counted[k])) facets.replaceChildren(...drawFacets());
    counted = asked;
    list = data.sorted(data.passing(state), state.sort, state.way);
    const all = state.unit === "words" ? data.words.length : data.characters.length;
    count.textContent = list.length === all ? `${all} ${state.unit}` : `${list.length} of ${all} ${state.unit}`;
    const cases = state.view === "cases";
    gallery.root.hidden = !cases;
    other.hidden = cases;
    if (cases)
      gallery.show(list, state, all ? "No case passes all filters. Take one away on the left." : "Nothing here yet.");
    else if (state.view === "plots")
      other.replaceChildren(
        plots.overview(
          list,
          data.field(
            data.FIELDS.some((f) => f.key === state.sort && f.high === 1) || state.sort.startsWith("kind")
              ? state.sort
              : worstField(),
          ),
          go,
        ),
      );
    else other.replaceChildren(plots.confusion(data.passing({ ...state, unit: "characters" }), go));
    const one = (state.chosen && data.find(state.chosen)) || null;
    gallery.mark(one, Boolean(one) && looked !== state.chosen);
    if (one) looked = state.chosen;
    tell(one || (cases ? list[0] : null), !one);
  }

  function drawBar() {
    const toggle = (key, options) =>
      el(
        "div",
        { class: "ci-toggle", role: "group" },
        ...options.map(([value, name, title]) =>
          el(
            "button",
            {
              type: "button",
              title,
              "aria-pressed": String(state[key] === value),
              onclick: () => change({ [key]: value }),
            },
            name,
          ),
        ),
      );
    const option = (field) =>
      el("option", { value: field.key, ...(field.key === state.sort ? { selected: true } : {}) }, field.name);
    const order = el(
      "select",
      {
        "aria-label": "Sort by",
        onchange: (event) =>
          change({ sort: event.target.value, way: data.field(event.target.value).worse === 1 ? -1 : 1 }),
      },
      ...data.FIELDS.map(option),
      el("optgroup", { label: "how much speaks for" }, ...data.KINDS.map(option)),
    );
    const worse = (data.field(state.sort).worse === 1) === (state.way === -1);
    const way = el(
      "button",
      { type: "button", class: "ci-way", onclick: () => change({ way: -state.way }) },
      worse ? "worst first" : "best first",
    );
    const layers = [
      ["photo", "photo"],
      ["masks", "masks"],
      ...(about.truth ? [["truth", "true / false / missed"]] : []),
    ];
    const legend =
      state.layer === "truth" && about.truth
        ? el(
            "span",
            { class: "ci-legend" },
            ...["true", "false", "missed", "ignored"].map((name, k) =>
              el("span", {}, el("i", { style: `background:${about.truthColours[k]}` }), name),
            ),
          )
        : null;
    const set = Object.keys(state.filters).length || state.text;
    bar.replaceChildren(
      toggle("view", [
        ["cases", "Cases", "The gallery"],
        ["plots", "Plots", "The score by everything else"],
        ["confusion", "Failures", "Failure kinds by character"],
      ]),
      toggle("unit", [
        ["characters", "characters"],
        ["words", "words"],
      ]),
      el("label", { class: "ci-sort" }, "sort by ", order),
      way,
      toggle("layer", layers),
      ...(legend ? [legend] : []),
      ...(set
        ? [
            el(
              "button",
              {
                type: "button",
                class: "ci-reset",
                onclick: () => {
                  search.value = "";
                  change({ filters: {}, text: "" });
                },
              },
              "Clear all filters",
            ),
          ]
        : []),
    );
  }

  function drawFacets() {
    const fields = [
      ...data.CHOICES.filter((one) => one.key !== "category"),
      ...data.FIELDS,
      ...(state.unit === "characters" ? [data.field("category")] : []),
    ];
    const lists = data.without(
      state,
      fields.map((field) => field.key),
    );
    return fields.map((field) =>
      (data.CHOICES.includes(field) ? plots.choice : plots.facet)(
        field,
        lists.get(field.key),
        state.filters[field.key],
        (wanted) => filter(field.key, wanted),
      ),
    );
  }

  // ---- the chosen case
  function layered(one, layer) {
    const word = one.word || one,
      [x, y, w, h] = word.at,
      image = word.image;
    const span = one.word ? [Math.max(0, one.box[0] - h * 0.7), Math.min(w, one.box[2] + h * 0.7)] : [0, w];
    const scale = Math.min(4, 356 / (span[1] - span[0]));
    const layerOf = (name, kind) =>
      el("img", {
        src: url(image, name),
        class: kind,
        alt: "",
        draggable: "false",
        style: `width:${image.size[0] * scale}px;height:${image.size[1] * scale}px;left:${-(x + span[0]) * scale}px;top:${-y * scale}px`,
      });
    const inner = el(
      "div",
      { class: "ci-strip ci-large", style: `width:${(span[1] - span[0]) * scale}px;height:${h * scale}px` },
      layerOf("strips", ""),
    );
    if (layer !== "photo") inner.append(layerOf(layer, "ci-over"));
    if (one.word)
      inner.append(
        el("b", {
          class: "ci-box",
          style: `left:${(one.box[0] - span[0]) * scale}px;top:${one.box[1] * scale}px;width:${(one.box[2] - one.box[0]) * scale}px;height:${(one.box[3] - one.box[1]) * scale}px`,
        }),
      );
    return el(
      "figure",
      {},
      inner,
      el(
        "figcaption",
        {},
        { photo: "photo", masks: "masks, a colour each", truth: "true, false and missed pixels" }[layer],
      ),
    );
  }

  function tell(one, offered = false) {
    if (!one) {
      story.replaceChildren(el("p", { class: "ci-empty" }, "Choose a case to see why it is where it is."));
      return;
    }
    const word = one.word || one,
      image = word.image;
    const kind = one.failure || one.suspected,
      text = kind ? about.explanations[kind] : null;
    const head = el("h2", {}, one.word ? el("b", {}, one.category) : null, one.word ? " in " : null, word.text || "?");
    const verdict = one.failure
      ? `By truth: ${one.failure}.`
      : one.iou !== undefined && one.iou !== null && about.truth
        ? "By truth the mask is right."
        : one.suspected
          ? `Suspected: ${one.suspected}.`
          : "Nothing speaks against it.";
    const shown = [
      "suspicion",
      ...(about.truth ? ["iou", "boundary"] : []),
      "quality",
      "agreement",
      "probability",
      "contrast",
      "size",
      "rotation",
      "length",
    ];
    const facts = shown.map((key) => [data.field(key).name, data.shown(one, key)]);
    if (one.word) facts.push(["box from", one.source], ["read as", one.recognised || "not read"]);
    if (one.truly && one.truly !== one.category) facts.push(["truly", one.truly]);
    if (one.pixels)
      facts.push(
        ["true / false / missed", `${one.pixels.slice(0, 3).join(" / ")} px`],
        ["hole filled", one.pixels[3] ? `${Math.round((100 * one.pixels[4]) / one.pixels[3])} %` : "no hole"],
      );
    const kinds = el(
      "div",
      { class: "ci-kinds" },
      ...data.KINDS.map((field) => {
        const now = data.value(one, field.key);
        return el(
          "button",
          { type: "button", title: `Sort by ${field.name}`, onclick: () => change({ sort: field.key, way: -1 }) },
          el("span", {}, field.name),
          el("span", { class: "ci-meter" }, el("i", { style: `width:${100 * now}%` })),
          el("small", {}, now.toFixed(2)),
        );
      }),
    );
    const place = list.indexOf(one);
    const step = (by, name) =>
      el(
        "button",
        { type: "button", disabled: place < 0 || !list[place + by], onclick: () => choose(list[place + by]) },
        name,
      );
    story.replaceChildren(
      ...[
        el(
          "div",
          { class: "ci-steps" },
          step(-1, "‹ previous"),
          el("small", {}, place < 0 ? "" : `${place + 1} of ${list.length}`),
          step(1, "next ›"),
        ),
        head,
        el("p", { class: "ci-file" }, image.file),
        el("p", { class: `ci-verdict${one.failure ? " ci-sure" : ""}` }, verdict),
        text ? el("p", {}, text[0]) : null,
        text ? el("p", { class: "ci-mend" }, el("b", {}, "To fix it: "), text[1]) : null,
        correct ? el("a", { class: "ci-correct", href: correct(one) }, "Correct it on the canvas") : null,
        el(
          "div",
          { class: "ci-layers" },
          layered(one, "photo"),
          layered(one, "masks"),
          image.hasTruth ? layered(one, "truth") : null,
        ),
        one.reasons?.length
          ? el(
              "div",
              {},
              el("h3", {}, one.word ? "What speaks against it" : `What speaks against ${one.doubtful.category}`),
              el("ul", {}, ...one.reasons.map((said) => el("li", {}, said))),
            )
          : null,
        el("h3", {}, "Evidence for each cause"),
        kinds,
        el("h3", {}, "In numbers"),
        el("dl", {}, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
        word.characters.length > 1
          ? el(
              "div",
              { class: "ci-siblings" },
              ...word.characters.map((c) =>
                el(
                  "button",
                  {
                    type: "button",
                    "aria-pressed": String(c === one),
                    title: `suspicion ${c.suspicion.toFixed(2)}`,
                    onclick: () => choose(c, false),
                  },
                  c.category,
                ),
              ),
            )
          : null,
      ].filter(Boolean),
    );
    if (offered) gallery.mark(null, false);
  }

  document.addEventListener("keydown", (event) => {
    if (
      event.target.closest?.("input, select, textarea, .ci-gallery") ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    )
      return;
    const by = { j: 1, k: -1 }[event.key];
    if (!by || state.view !== "cases" || !list.length) return;
    const place = list.findIndex((one) => one.name === state.chosen);
    choose(list[Math.min(list.length - 1, Math.max(0, place + by))]);
  });

  return {
    data,
    gallery,
    flush,
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
      const bad = data.images.filter((image) => image.problem);
      loading.title = bad.map((image) => `${image.file}: ${image.problem}`).join("\n");
      return bad.length ? `${bad.length === 1 ? "1 image" : `${bad.length} images`} could not be inspected` : "";
    },
    ready: (said = "") => {
      loading.textContent = said;
      readAddress();
      draw();
    },
    refresh: (said = "") => {
      loading.textContent = said;
      draw();
    },
  };
}
