// The inspect tab: the chosen character's whole story on one screen, two settings side by side, and truth dropped in.
import { createPane, createPanes, legend } from "../panels/panes.js";
import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { opened } from "../shared/open.js";
import { settingsQuery } from "../shared/settings.js";

export function inspectTab(panel, facts) {
  const root = el("div", { id: "cs-inspect", class: "cs-inspect" });
  panel.append(root);
  const MODES = ["P_char+pos+neg", "P_char+pos", "P_char", "B"];
  const story = el("div", { class: "cs-story" }),
    compared = el("div", { class: "cs-compared" }),
    truth = el("div", { class: "cs-truth" });
  const back = el("a", { class: "cs-back-to-cases", hidden: true }, "← Back to the cases");
  const cases = el("a", { class: "cs-cases", target: "_self", hidden: true }, "All cases of this project");
  let clearPanes = () => {};
  let image = null,
    ref = null,
    asked = 0,
    told = "";

  const seen = () => Boolean(root.offsetParent);
  const at = () => /^w(\d+)c(\d+)$/.exec(ref || "");
  const number = (value, digits = 2) => (value === null || value === undefined ? "–" : value.toFixed(digits));
  const percent = (value) => (value === null || value === undefined ? "–" : `${Math.round(100 * value)} %`);
  const of = () => `inspect/images/${encodeURIComponent(image.id)}`;

  // ---- the story of one character
  async function tell(force = false) {
    if (!seen() || !image?.id) return;
    const place = at(),
      name = `${image.id} ${image.seq} ${ref} ${settingsQuery()}`;
    if (!place)
      return blank("Click a character on the picture, or in the table under Final mask: its whole story appears here.");
    if (name === told && !force) return;
    const mine = ++asked;
    story.classList.add("cs-waiting");
    if (!story.childElementCount) blank("One moment: the stages of this word are gone through…");
    try {
      const value = await label.get(`${of()}/characters/${place[1]}/${place[2]}?${settingsQuery()}`);
      if (mine !== asked) return;
      told = name;
      show(value);
    } catch (error) {
      if (mine === asked) {
        told = "";
        blank(error.message);
      }
    } finally {
      if (mine === asked) story.classList.remove("cs-waiting");
    }
  }

  const blank = (text) => {
    told = "";
    story.replaceChildren(el("p", { class: "cs-blank" }, text));
  };

  /** The character's part of the word's strip, with layers over the photo and marks in the strip's pixels. */
  function cut(value, name, layers, marks = [], size = [value.size[0], value.size[1]]) {
    const [x0, , x1] = value.after[value.own].box,
      [w, h] = value.size,
      room = Math.max(8, (h - (x1 - x0)) / 2);
    const from = Math.max(0, x0 - room),
      to = Math.min(w, x1 + room),
      scale = 92 / h;
    const style = `width:${w * scale}px;height:${h * scale}px;left:${-from * scale}px`;
    const inner = el(
      "div",
      { class: "cs-cut", style: `width:${Math.min(170, (to - from) * scale)}px;height:${h * scale}px` },
      ...layers.map(([src, kind]) => el("img", { src, alt: "", class: kind || "", style, draggable: "false" })),
    );
    for (const mark of marks) {
      const [a, b, c, d] = mark.box || [...mark.at, ...mark.at];
      inner.append(
        el(
          "span",
          {
            class: mark.kind,
            title: mark.title || "",
            style: `left:${(a - from) * scale}px;top:${b * scale}px;width:${(c - a) * scale}px;height:${(d - b) * scale}px`,
          },
          mark.text || "",
        ),
      );
    }
    return el("figure", {}, inner, el("figcaption", {}, ...[].concat(name)));
  }

  function show(value) {
    const box = { box: value.after[value.own].box, kind: "cs-own" };
    const kind = value.failure || value.suspected;
    const verdict = value.failure
      ? `By truth: ${value.failure}`
      : value.compared
        ? "By truth the mask is right"
        : kind
          ? `Suspected: ${kind}`
          : "Nothing speaks against it";
    const points = [
      ...value.points.positive.map((p) => ({ at: p, kind: "cs-dot cs-plus", text: "+" })),
      ...value.points.negative.map((p) => ({ at: p, kind: "cs-dot cs-minus", text: "−" })),
    ];
    const meter = (name, share) =>
      el(
        "div",
        { class: "cs-meter" },
        el("span", {}, name),
        el("span", { class: "cs-share" }, el("i", { style: `width:${Math.round(100 * share)}%` })),
        el("small", {}, number(share)),
      );
    const stages = [
      cut(value, "photo", [[value.photo]], [box]),
      cut(value, "CRAFT heat", [[value.photo, "cs-dim"], [value.heat]], []),
      cut(
        value,
        "boxes before splitting",
        [[value.photo, "cs-dim"]],
        value.before.map((b) => ({ box: b, kind: "cs-before" })),
      ),
      cut(
        value,
        `after: from ${value.source}`,
        [[value.photo, "cs-dim"]],
        value.after.map((one, k) => ({
          box: one.box,
          kind: k === value.own ? "cs-own" : "cs-after",
          title: `${one.category}, ${one.source}`,
        })),
      ),
      cut(
        value,
        `points: ${value.points.positive.length} on, ${value.points.negative.length} off`,
        [[value.photo, "cs-dim"]],
        points,
      ),
      cut(value, `logits, at most ${value.logit[0]}`, [[value.logits, "cs-exact"]], [box]),
      ...(value.truth
        ? [
            cut(value, "true / false / missed", [
              [value.photo, "cs-dim"],
              [value.truth, "cs-exact"],
            ]),
          ]
        : []),
    ];
    const modes = value.modes.map((mode) =>
      cut(
        value,
        [el("b", {}, mode.mode), ` quality ${number(mode.quality)}, glyph ${number(mode.agreement)}`],
        [
          [value.photo, "cs-dim"],
          [mode.mask, "cs-exact"],
        ],
      ),
    );
    const read = value.read;
    const reading = [
      `The recogniser reads the whole word as “${read.word || "nothing"}” (${percent(read.probability)})`,
      read.place === null ? "" : `, gives ${value.category} ${percent(read.place)} at this place`,
      read.box
        ? `, and reads “${read.box}” in this box alone (${value.category}: ${percent(read.here)}).`
        : "; the box was given, so it was not read alone.",
    ].join("");
    const parts = [
      el(
        "header",
        {},
        el("h3", {}, el("b", {}, value.category), ` in ${value.word}`),
        el("span", { class: kind ? "cs-verdict cs-flag" : "cs-verdict" }, verdict),
        el(
          "span",
          { class: "cs-sum" },
          `suspicion ${number(value.suspicion)} · quality ${number(value.quality)} · glyph ${number(value.agreement)} · contrast ${value.contrast ?? "–"}` +
            (value.compared
              ? ` · IoU ${number(value.compared.iou)} · contour ${number(value.compared.boundary, 1)} px off`
              : ""),
        ),
      ),
      value.explanation
        ? el("p", { class: "cs-mend" }, `${value.explanation[0]} `, el("b", {}, value.explanation[1]))
        : null,
      value.reasons.length
        ? el("ul", { class: "cs-reasons" }, ...value.reasons.map((text) => el("li", {}, text)))
        : null,
      el("div", { class: "cs-cuts" }, ...stages),
      el(
        "h4",
        {},
        "Masks of the four prompt modes ",
        legend(
          ["as in the mask now", "only under this mode", "only in the mask now"],
          ["#56b4e9", "#e65000", "#f0e442"],
        ),
      ),
      el("div", { class: "cs-cuts" }, ...modes),
      el("p", { class: "cs-reading" }, reading),
      el(
        "h4",
        {},
        value.fonts
          ? `How ${value.fonts} fonts vote, those most like the mask first`
          : `No font has ${value.category}, so none votes`,
      ),
      value.votes
        ? el(
            "div",
            { class: "cs-voting" },
            ...["foreground", "hole"].map((name) =>
              el(
                "figure",
                {},
                el("img", { src: value.votes[name], alt: "", width: value.votes.size[0], height: value.votes.size[1] }),
                el("figcaption", {}, name),
              ),
            ),
            sheet(value.sheet),
          )
        : null,
      el(
        "div",
        { class: "cs-two" },
        el("div", {}, el("h4", {}, "What looks wrong"), ...value.signals.map(([name, share]) => meter(name, share))),
        el(
          "div",
          {},
          el("h4", {}, "Evidence for each cause"),
          ...value.kinds.map(([name, share]) => meter(name, share)),
        ),
      ),
    ];
    story.replaceChildren(...parts.filter(Boolean));
  }

  function sheet(value) {
    const img = el("img", {
      src: value.src,
      alt: "The fonts' glyphs",
      class: "cs-exact",
      onpointermove: (event) => {
        const box = img.getBoundingClientRect(),
          tile = value.tile * (box.width / img.naturalWidth);
        const place =
          Math.floor((event.clientY - box.top) / tile) * value.across + Math.floor((event.clientX - box.left) / tile);
        name.textContent = value.names[place] || "";
      },
    });
    const name = el("figcaption", {}, value.names[0] || "");
    return el("figure", { class: "cs-fonts" }, img, name);
  }

  // ---- two settings side by side
  const segmenters = () => facts.segmenters.filter((one) => one.available).map((one) => one.name);
  function chooser(name, mode, segmenter) {
    const select = (options, chosen, title) =>
      el(
        "select",
        { "aria-label": `${name}: ${title}` },
        ...options.map((one) => el("option", { value: one, selected: one === chosen }, one)),
      );
    const parts = {
      segmenter: select(segmenters(), segmenter, "segmenter"),
      prompts: select(MODES, mode, "prompts"),
      threshold: el("input", {
        type: "number",
        min: 0,
        max: 1,
        step: 0.05,
        value: 0.6,
        "aria-label": `${name}: vote threshold`,
      }),
    };
    return {
      parts,
      node: el(
        "span",
        { class: "cs-chooser" },
        el("b", {}, name),
        parts.segmenter,
        parts.prompts,
        el("label", {}, "threshold ", parts.threshold),
      ),
    };
  }
  function drawCompare() {
    const names = segmenters();
    const a = chooser("First", MODES[0], names.find((one) => one === "compact") || names[0]),
      b = chooser(
        "Second",
        MODES[0],
        names.find((one) => one.startsWith("sam_")) || names.find((one) => one !== "compact") || names[0],
      );
    const host = el("div", {}),
      panes = createPanes(host, "compared", "cs-panes-three");
    const go = el(
      "button",
      {
        type: "button",
        class: "cs-tool cs-open cs-compare-go",
        onclick: async () => {
          const query = new URLSearchParams({
            first: a.parts.segmenter.value,
            first_prompts: a.parts.prompts.value,
            first_threshold: a.parts.threshold.value,
            second: b.parts.segmenter.value,
            second_prompts: b.parts.prompts.value,
            second_threshold: b.parts.threshold.value,
          });
          go.disabled = true;
          await panes.load(`${of()}/compare?${query}`, image?.id, "Running both…");
          go.disabled = false;
        },
      },
      "Compare",
    );
    clearPanes = panes.clear;
    compared.replaceChildren(
      el("h4", {}, "Two settings or segmenters side by side"),
      el("div", { class: "cs-choosers" }, a.node, b.node, go),
      host,
    );
  }
  // ---- truth
  const said = el(
    "p",
    { class: "cs-summary", role: "status" },
    "Drop the true mask of this image here: a PNG in the layout of TextSeg, COCO_TS, MLT_S, Total-Text, ICDAR13 or charsam, or a words.json with masks.",
  );
  const shown = el("div", {});
  const file = el("input", {
    type: "file",
    class: "cs-file",
    "aria-label": "True mask",
    accept: ".png,.bmp,.jpg,.jpeg,.tif,.tiff,.webp,.json",
    onchange: () => {
      give(file.files[0]);
      file.value = "";
    },
  });
  async function give(chosen) {
    if (!chosen) return;
    if (!image?.id) {
      said.textContent = "Open its image first.";
      return;
    }
    said.textContent = `Reading ${chosen.name}…`;
    const form = new FormData();
    form.append("files", chosen, chosen.name);
    try {
      showTruth(await label.post(`${of()}/truth`, form));
      tell(true);
    } catch (error) {
      said.textContent = error.message;
    }
  }
  function showTruth(value) {
    const counts = value.counts.map(([kind, count]) => `${count} ${kind}`).join(", ") || "no failure";
    said.replaceChildren(
      `Read as ${value.form}. ${value.rows.length} characters compared, mean IoU ${number(value.mean)}: ${counts}. `,
      legend(value.legend, value.colours),
    );
    const rows = value.rows.map((row) =>
      el(
        "tr",
        {
          tabindex: 0,
          "data-ref": row.ref,
          onclick: () => emit("select", { ref: row.ref }),
          onkeydown: (event) => {
            if (event.key === "Enter") emit("select", { ref: row.ref });
          },
        },
        ...[
          row.category,
          row.word,
          number(row.compared.iou),
          row.compared.boundary === null ? "–" : `${number(row.compared.boundary, 1)} px`,
          `${row.compared.false} / ${row.compared.missed}`,
          row.failure || "fine",
        ].map((text) => el("td", {}, text)),
      ),
    );
    const pane = createPane("true, false and missed pixels", "truth");
    shown.replaceChildren(
      el("div", { class: "cs-panes cs-panes-one" }, pane.node),
      el(
        "div",
        { class: "cs-table" },
        el(
          "div",
          { class: "cs-scroll" },
          el(
            "table",
            {},
            el(
              "thead",
              {},
              el(
                "tr",
                {},
                ...["character", "word", "IoU", "contour error", "false / missed", "failure"].map((name) =>
                  el("th", {}, name),
                ),
              ),
            ),
            el("tbody", {}, ...rows),
          ),
        ),
      ),
    );
    pane.show(image.id, value.pane);
  }
  truth.append(
    el("h4", {}, "Against truth"),
    el("label", { class: "cs-tool cs-open" }, "True mask…", file),
    said,
    shown,
  );
  for (const name of ["dragenter", "dragover"])
    truth.addEventListener(name, (event) => {
      event.preventDefault();
      truth.classList.add("cs-drop");
    });
  truth.addEventListener("dragleave", () => truth.classList.remove("cs-drop"));
  truth.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    truth.classList.remove("cs-drop");
    give(event.dataTransfer.files[0]);
  });

  // ---- the page around it
  root.replaceChildren(el("div", { class: "cs-ways" }, back, cases), story, compared, truth);
  blank("Click a character on the picture: its whole story appears here.");
  listen("select", (now) => {
    ref = now.ref || null;
    tell();
  });
  /** What is chosen on the canvas already, for a tab that comes later than the choice. */
  function chosen() {
    const id = opened.canvas?.selected?.id,
      words = opened.canvas?.document?.words || [];
    for (const [w, word] of words.entries())
      for (const [c, one] of word.characters.entries()) if (one.id === id) return `w${w}c${c}`;
    return null;
  }
  function taken(now) {
    const other = now.id !== image?.id;
    image = now.id ? now : null;
    if (other) {
      shown.replaceChildren();
      clearPanes();
      ref = chosen();
      wayBack();
    }
    cases.hidden = !image?.project;
    if (image?.project) cases.href = label.url(`inspect/projects/${encodeURIComponent(image.project)}`);
    tell();
  }
  listen("image", taken);
  listen("settings", () => tell());

  /** The way back to the cases that led here. */
  function wayBack() {
    let from = null;
    try {
      from = sessionStorage.getItem("charsam.cases");
    } catch {
      /* a frame without storage */
    }
    back.hidden = !from;
    if (from) back.href = from;
  }
  taken(opened.image);
  new ResizeObserver(() => {
    if (seen()) {
      if (!compared.childElementCount) drawCompare();
      tell();
    }
  }).observe(root);
}

// A case of the dataset page leads here: its character is chosen as soon as its image is open.
(() => {
  const wanted = /^#inspect=(w\d+(?:c\d+)?)$/.exec(location.hash)?.[1],
    image = new URL(location.href).searchParams.get("image");
  if (!wanted) return;
  let done = false;
  listen("image", (now) => {
    if (done || !now.id || now.id !== image) return;
    done = true;
    history.replaceState(history.state, "", `${location.pathname}${location.search}`);
    for (const tab of document.querySelectorAll('#cs-right [role="tab"]'))
      if (tab.textContent.trim() === "Inspect") tab.click();
    setTimeout(() => emit("select", { ref: wanted }), 60);
  });
})();
