// From image to image: with the keys in the list, and with those of the canvas.
import { narrow } from "../shared/device.js";
import { emit } from "../shared/events.js";
import { tr } from "../shared/words.js";
import { UNDECIDED } from "./time_left.js";

/** The project that a photo is added to: that of the open queue; where the queue would cover the image and is closed, that
 * of the open image. null: the single photos. */
export function goesTo({ open, chosen, image, projects, covers = narrow() }) {
  if (open) return chosen && !chosen.inbox ? chosen : null;
  if (!covers || image.inbox !== false) return null;
  return projects.find(({ id }) => id === image.project) ?? { id: image.project, name: tr("this project") };
}

/** listed: whether the list is on show; show: opens an image. */
export function walking({ pages, current, listed, project, show }) {
  const place = () => pages.rows.findIndex((row) => row.id === current()?.id);

  function to(at) {
    if (pages.rows[at]) show(pages.rows[at].id);
  }

  function step(by) {
    const last = pages.rows.length - 1,
      from = place() < 0 && by < 0 ? last + 1 : place();
    to(Math.min(Math.max(from + by, 0), last));
  }

  /** The states that wait for a decision, of those that the list shows. */
  function undecided() {
    const { filter } = pages.chosen;
    return UNDECIDED.includes(filter) ? filter : UNDECIDED.join();
  }

  const KEYS = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Home: () => to(0),
    End: () => to(pages.rows.length - 1),
  };

  function keys(event) {
    const own = event.target === event.currentTarget && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!own || !KEYS[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    KEYS[event.key]();
  }

  /** The next or previous image, also beyond what is loaded or while the queue is closed; of an open queue the first, where
   * the open image is of another project.
   */
  async function go(way) {
    const on = { next: 1, previous: -1 }[way],
      here = current(),
      id = (listed() && project()) || here?.project || project();
    if (on && listed() && place() >= 0 && pages.rows[place() + on]) return to(place() + on);
    if (!id) return undefined;
    const only = way === "undecided" ? { state: undecided(), way: "next" } : { way };
    try {
      const { image: found } = await pages.ask(
        "next",
        { ...only, after: here?.project === id ? here.id : undefined },
        id,
      );
      if (found) show(found.id);
      else
        emit("notice", {
          text:
            way === "undecided"
              ? tr("Every image of this list is decided.")
              : tr("There is no other image in this list."),
        });
    } catch (error) {
      emit("notice", { text: error.message, alert: true });
    }
    return undefined;
  }

  return { keys, place, go };
}
