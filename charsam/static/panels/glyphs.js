// The tab of the glyph votes: the settings that come late, and a card for every character: its crop, how many fonts vote for
// foreground and for holes, what is kept, and the points.
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { linkHover } from "../shared/linked_views.js";
import { modeInWords } from "../shared/prompt_modes.js";
import { asUsual, changedSettings, choose, setting } from "../shared/settings.js";
import { tr } from "../shared/words.js";
import { stageTab } from "./stage_tab.js";

/** A slider with a number beside it for one setting. */
export function slider(name, text, { min, max, step }) {
  const range = el("input", { type: "range", min, max, step, "aria-label": text });
  const number = el("input", { type: "number", min, max, step, "aria-label": tr("{0}, as a number", text) });
  const set = (event) => {
    const value = Number(event.target.value);
    if (event.target.value === "" || Number.isNaN(value)) return show();
    choose({ [name]: Math.min(max, Math.max(min, value)) });
    show();
  };
  const show = () => {
    range.value = number.value = setting(name);
  };
  range.addEventListener("input", () => {
    number.value = range.value;
  });
  for (const node of [range, number]) node.addEventListener("change", set);
  listen("settings", show);
  show();
  return el("label", { id: `cs-${name}`, class: "cs-slider" }, el("span", {}, text), range, number);
}

export function glyphsTab(root, facts) {
  const cards = el("div", { id: "cs-glyphs", class: "cs-glyphs" });
  const ignored = el("p", { class: "cs-summary cs-hint", hidden: true });
  const back = el(
    "button",
    { type: "button", class: "cs-tool cs-open", hidden: true, onclick: asUsual },
    tr("Back to the usual settings"),
  );
  const sliders = el(
    "div",
    { id: "cs-sliders" },
    slider("threshold", tr("vote threshold"), { min: 0.05, max: 0.95, step: 0.05 }),
    slider("templates", tr("fonts that vote"), { min: 1, max: Math.max(facts.fonts, facts.usual.templates), step: 1 }),
    slider("points", tr("points of each kind"), { min: 0, max: facts.most_points, step: 1 }),
  );

  function settle() {
    const mode = setting("prompts");
    ignored.hidden = mode.includes("pos");
    ignored.textContent = tr(
      "The segmenter is prompted with {0}, which takes no points: the votes and the number of points change nothing. See Final mask.",
      `${modeInWords(mode)} (${mode})`,
    );
    back.hidden = !changedSettings().length;
  }

  function points(tile) {
    const cross = ([x, y], kind) =>
      el(
        "span",
        { class: `cs-point cs-${kind}`, style: `left:${x * 100}%;top:${y * 100}%` },
        kind === "plus" ? "+" : "−",
      );
    return [...tile.positive.map((at) => cross(at, "plus")), ...tile.negative.map((at) => cross(at, "minus"))];
  }

  function card(tile) {
    const cell = (src, name, ...marks) =>
      el(
        "figure",
        {},
        el(
          "div",
          { class: "cs-cell", style: `width:${tile.width}px` },
          el("img", { src, alt: "", width: tile.width, height: tile.height }),
          ...marks,
        ),
        el("figcaption", {}, name),
      );
    const cells = [cell(tile.crop, tr("crop"), ...points(tile))];
    if (tile.foreground)
      cells.push(
        cell(tile.foreground, tr("foreground")),
        cell(tile.holes, tr("hole")),
        cell(tile.kept, tr("kept"), ...points(tile)),
      );
    return el(
      "button",
      { type: "button", class: "cs-card", "data-ref": tile.ref, onclick: () => emit("select", { ref: tile.ref }) },
      el("span", { class: "cs-card-head" }, el("b", {}, tile.category), el("span", {}, tile.caption)),
      el("span", { class: "cs-cells" }, ...cells),
    );
  }

  const clear = (text) => cards.replaceChildren(el("p", { class: "cs-blank" }, text));
  const note = stageTab(root, {
    stage: "glyphs",
    empty: tr("Run shows here how the fonts vote on every character."),
    clear,
    draw: ({ groups }) =>
      cards.replaceChildren(
        ...groups.flatMap((group) => [
          el("h3", { "data-ref": group.ref }, group.title),
          el("div", { class: "cs-cards" }, ...group.tiles.map(card)),
        ]),
      ),
  });
  linkHover(cards);
  listen("settings", settle);
  settle();
  root.append(sliders, ignored, back, note, cards);
}
