// The inspect tab: the chosen character's whole story on one screen, two settings side by side, and the image's truth.
import { order } from "../canvas/document.js";
import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { opened } from "../shared/open.js";
import { settingsQuery } from "../shared/settings.js";
import { kept } from "../shared/storage.js";
import { tr } from "../shared/words.js";
import { comparison } from "./compare.js";
import { drawStory } from "./story.js";
import { againstTruth } from "./truth.js";

const CHOOSE = tr("Click a character on the image, or in the table under Final mask: its whole story appears here.");
const WAIT = tr("One moment: the stages of this word are gone through…");

export function inspectTab(panel, facts) {
  const root = el("div", { id: "cs-inspect", class: "cs-inspect" });
  const story = el("div", { class: "cs-story" }),
    compared = el("div", { class: "cs-compared" });
  const back = el("a", { class: "cs-back-to-cases", hidden: true }, tr("← Back to the cases"));
  const cases = el("a", { class: "cs-cases", target: "_self", hidden: true }, tr("All cases of this project"));
  const segmenters = facts.segmenters.filter(({ available }) => available).map(({ name }) => name);
  let image = null,
    ref = null,
    asked = 0,
    told = "";

  const about = { image: () => image, path: () => `inspect/images/${encodeURIComponent(image?.id)}` };
  const two = comparison(compared, { ...about, segmenters });
  const truth = againstTruth({ ...about, taken: () => tell(true) });
  root.replaceChildren(el("div", { class: "cs-ways" }, back, cases), story, compared, truth.root);
  panel.append(root);

  const seen = () => Boolean(root.offsetParent);

  /** The most doubtful character, which is told of as long as nobody has chosen one. */
  function worst() {
    const { document: shown } = opened.canvas ?? {};
    const all = shown ? order(shown).filter(({ word }) => !word.ignore && !word.waiting) : [];
    return all.reduce((a, b) => (b.character.suspicion > (a?.character.suspicion ?? -1) ? b : a), null)?.ref;
  }

  async function tell(force = false) {
    if (!seen() || !image?.id) return;
    const [, word, character] = /^w(\d+)c(\d+)$/.exec(ref || worst() || "") || [];
    if (!word) return blank(CHOOSE);
    const name = `${image.id} ${image.seq} ${word} ${character} ${settingsQuery()}`;
    if (name === told && !force) return;
    const mine = ++asked;
    story.classList.add("cs-waiting");
    if (!told) blank(WAIT);
    try {
      const path = `${about.path()}/characters/${word}/${character}?${settingsQuery()}`;
      for (const modes of [false, true]) {
        const value = await label.get(`${path}&modes=${modes}`);
        if (mine !== asked) return;
        told = name;
        story.classList.remove("cs-waiting");
        story.replaceChildren(...drawStory(value));
        if (value.has_truth) truth.known(image.id);
        if (value.modes.length) break; // the first answer has them where they were known already
      }
    } catch (error) {
      if (mine === asked) blank(error.message);
    } finally {
      if (mine === asked) story.classList.remove("cs-waiting");
    }
  }

  function blank(text) {
    told = "";
    story.replaceChildren(el("p", { class: "cs-blank" }, text));
  }

  function taken(now) {
    const other = now.id !== image?.id;
    image = now.id ? now : null;
    if (other) {
      truth.clear();
      two.clear();
      ref = opened.canvas?.selectedRef ?? null; // chosen on the canvas before the tab knew the image
      wayBack();
    }
    cases.hidden = !image?.project;
    if (image?.project) cases.href = label.url(`inspect/projects/${encodeURIComponent(image.project)}`);
    tell();
  }

  /** The way back to the cases that led here. */
  function wayBack() {
    const from = kept.read("cases", null);
    back.hidden = !from;
    if (from) back.href = from;
  }

  blank(CHOOSE);
  listen("select", (now) => {
    ref = now.ref || null;
    tell();
  });
  listen("image", taken);
  listen("settings", () => tell());
  taken(opened.image);
  new ResizeObserver(() => tell()).observe(root);
}

/** A case of the page of cases leads here: its character is chosen as soon as its image is open. */
export function followCase() {
  const wanted = /^#inspect=(w\d+(?:c\d+)?)$/.exec(location.hash)?.[1],
    image = new URL(location.href).searchParams.get("image");
  if (!wanted) return;
  let done = false;
  listen("image", (now) => {
    if (done || !now.id || now.id !== image) return;
    done = true;
    history.replaceState(history.state, "", `${location.pathname}${location.search}`);
    document.querySelector('[aria-controls="cs-tab-inspect"]').click();
    setTimeout(() => emit("select", { ref: wanted }), 60);
  });
}
