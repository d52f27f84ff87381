// What the rows of the queue share.
import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { tr } from "../shared/words.js";

/** "12 min ago", or the date. */
export function when(at) {
  const then = new Date(at),
    minutes = Math.round((Date.now() - then) / 60_000);
  if (Number.isNaN(minutes)) return "";
  if (minutes < 1) return tr("just now");
  if (minutes < 60) return tr("{0} min ago", minutes);
  if (minutes < 24 * 60) return tr("{0} h ago", Math.round(minutes / 60));
  return then.toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
}

/** A thumbnail that is fetched when it comes into sight. */
export function lazyImage(path) {
  const image = el("img", { alt: "", loading: "lazy", decoding: "async" });
  label.picture(path).then(
    (source) => {
      image.src = source;
    },
    () => {},
  );
  return image;
}
