// Times in words.
import { tr } from "./words.js";

/** Seconds in words: "under a minute", "about 12 min", "about 2 h 10 min". */
export function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return tr("under a minute");
  if (minutes < 60) return tr("about {0} min", minutes);
  return minutes % 60
    ? tr("about {0} h {1} min", Math.floor(minutes / 60), minutes % 60)
    : tr("about {0} h", minutes / 60);
}
