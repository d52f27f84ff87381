// A tab of one stage: it asks for what the stage has found, where it is looked at and there is a result, and again where
// the words, their characters or the settings are other ones. What no run has left is made again, which is said.
import { order } from "../canvas/document.js";
import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { listen } from "../shared/events.js";
import { opened } from "../shared/open.js";
import { settingsQuery } from "../shared/settings.js";
import { tr } from "../shared/words.js";

const SOON = 250,
  SLOW = 300;

/** stage: its name in the address; draw(value): shows it; clear(text): shows a sentence instead. */
export function stageTab(root, { stage, draw, clear, empty }) {
  const note = el("p", { class: "cs-summary cs-stage-note", role: "status" });
  let shown = "",
    bare = true, // only a sentence stands there
    asked = 0,
    timer = 0;

  const seen = () => Boolean(root.offsetParent);
  const print = (document) =>
    JSON.stringify(
      document.words.map((word) => [
        word.polygon,
        word.text,
        word.ignore,
        word.characters.map((one) => [one.category, one.quad]),
      ]),
    );

  async function look() {
    const { id } = opened.image,
      { document } = opened.canvas ?? {};
    if (!seen() || !id || !document || document.words.some((word) => word.waiting)) return;
    if (!order(document).length) return blank(empty);
    const query = settingsQuery(),
      key = `${id} ${query} ${print(document)}`;
    if (key === shown) return;
    const mine = ++asked;
    const slow = setTimeout(() => {
      root.classList.add("cs-waiting");
      note.textContent = tr("One moment: this stage is gone through again…");
      if (bare) clear(""); // it would say to run what has been run
    }, SLOW);
    try {
      const value = await label.get(`documents/${encodeURIComponent(id)}/stages/${stage}?${query}`);
      if (mine !== asked) return;
      shown = key;
      note.textContent = value.note;
      note.title = value.times;
      note.dataset.times = value.times;
      bare = false;
      draw(value, id, document);
    } catch (error) {
      if (mine === asked) blank(error.message);
    } finally {
      clearTimeout(slow);
      if (mine === asked) root.classList.remove("cs-waiting");
    }
  }

  function blank(text) {
    asked += 1;
    shown = "";
    note.textContent = "";
    bare = true;
    clear(text);
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(look, SOON);
  }

  listen("image", ({ id }) => {
    if (!id) blank(empty);
    later();
  });
  listen("opening", ({ on }) => {
    if (on) blank(empty);
  });
  listen("ran", () => {
    shown = "";
    look();
  });
  new ResizeObserver(() => {
    if (seen()) look();
  }).observe(root);
  blank(empty);
  return note;
}
