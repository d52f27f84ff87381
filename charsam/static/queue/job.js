// The annotation of a project's new images in the background: begun, watched, cancelled.
import { label } from "../shared/api.js";
import { emit } from "../shared/events.js";
import { heard } from "../shared/words.js";

const POLL = 700; // milliseconds
const LEAST = 2; // images that were done while one watched: from then on it is said how long the others take

/** Seconds that the rest takes at the pace so far; null: not known yet. from: {done, at} when one began to watch. */
export function rest(from, { done, of }, now) {
  const some = done - from.done;
  return some < LEAST ? null : ((now - from.at) / 1000 / some) * (of - done);
}

/** project: () -> the chosen project's id. tell: (sentence, alert, list of what failed). draw: shows how far it is. */
export function annotation({ project, tell, draw, reload }) {
  let job = null,
    left = null,
    watching = 0;

  async function annotate() {
    try {
      job = await label.post(`projects/${encodeURIComponent(project())}/annotate`, { states: ["new"] });
      tell("");
      watch();
    } catch (error) {
      tell(error.message, true);
    }
  }

  async function cancel() {
    try {
      job = await label.post(`projects/${encodeURIComponent(project())}/cancel`);
      draw();
    } catch (error) {
      tell(error.message, true);
    }
  }

  /** Ask how far the annotation is, as long as it runs. */
  async function watch() {
    const mine = ++watching,
      id = project();
    let done = -1,
      from = null; // how far it was when this page began to watch
    left = null;
    while (mine === watching && id === project()) {
      try {
        job = await label.get(`projects/${encodeURIComponent(id)}/progress`);
      } catch (error) {
        tell(error.message, true);
        return;
      }
      if (mine !== watching || id !== project()) return;
      if (done < 0) from = { done: job.done, at: performance.now() };
      if (job.done !== done) {
        left = rest(from, job, performance.now());
        done = job.done;
        reload();
        emit("annotated", {});
      }
      draw();
      if (!job.running) {
        if (job.of) tell(heard(job.text), job.failed.length > 0, job.failed.map(heard));
        return;
      }
      await new Promise((ready) => {
        setTimeout(ready, POLL);
      });
    }
  }

  /** After the project was chosen: what runs there already. */
  async function look() {
    watching += 1;
    job = null;
    draw();
    if (!project()) return;
    try {
      job = await label.get(`projects/${encodeURIComponent(project())}/progress`);
      if (job.running) watch();
      draw();
    } catch {
      /* the list says what is wrong */
    }
  }

  return {
    annotate,
    cancel,
    look,
    get now() {
      return job?.running ? job : null;
    },
    /** Seconds that it still takes; null: not known yet. */
    get left() {
      return left;
    },
  };
}
