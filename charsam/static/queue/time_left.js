// How many pictures of the list wait for a decision, and how long they will take at this person's own pace.
import { el } from "../shared/dom.js";
import { lasting } from "../shared/storage.js";
import { duration } from "../shared/time.js";
import { counted, tr } from "../shared/words.js";

export const UNDECIDED = ["new", "annotated", "corrected"];
const AWAY = 300; // seconds: whoever needs longer for a picture was elsewhere
const MOST = 40,
  FEWEST = 3; // decisions from which a pace is told

/** The middle of some numbers; null of none. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted.length ? (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2 : null;
}

/** go: opens the next undecided picture. */
export function leftOver(go) {
  let since = performance.now();
  const said = el("span", {});
  const next = el(
    "button",
    {
      type: "button",
      class: "cs-tool cs-open cs-review",
      title: tr("Open the next undecided image (D)"),
      onclick: go,
    },
    tr("Review"),
  );
  const root = el("div", { class: "cs-left", hidden: true }, said, next);

  return {
    root,
    /** A picture was opened: its time begins. */
    begin() {
      since = performance.now();
    },
    /** A picture was decided on. */
    decided() {
      const seconds = (performance.now() - since) / 1000;
      since = performance.now();
      if (seconds < AWAY) lasting.write("pace", [...lasting.read("pace", []), seconds].slice(-MOST));
    },
    draw(counts) {
      const left = UNDECIDED.reduce((sum, state) => sum + (counts[state] || 0), 0),
        all = Object.values(counts).reduce((sum, count) => sum + count, 0),
        pace = lasting.read("pace", []);
      root.hidden = !all;
      next.hidden = !left;
      const time = left && pace.length >= FEWEST ? ` · ${duration(left * median(pace))}` : "";
      said.textContent = left ? tr("{0} left{1}", counted(left, "image"), time) : tr("All {0} decided", all);
      said.title = time ? tr("At the pace of your last decisions") : "";
      root.style.setProperty("--done", `${all ? Math.round((100 * (all - left)) / all) : 0}%`);
    },
  };
}
