// The images of a project as the queue shows them: filtered, sorted, a page at a time.
import { label } from "../shared/api.js";
import { kept } from "../shared/storage.js";

const PAGE = 60,
  MOST = 500; // images in one answer

/** project: () -> its id. draw: shows what there is now. failed: tells what went wrong while more were fetched. */
export function imagePages({ project, draw, failed }) {
  const chosen = { filter: "", search: "", order: "added", whose: "" };
  let rows = [],
    counts = {},
    next = null,
    asked = 0,
    problem = "",
    loading = false;

  /** The query of a request: what is chosen, and more. */
  function query(more) {
    const { filter: state, order, whose } = chosen;
    const all = { order, state, whose, search: chosen.search.trim(), ...more };
    return new URLSearchParams(Object.entries(all).filter(([, value]) => value));
  }

  const ask = (what, more, id = project()) => label.get(`projects/${encodeURIComponent(id)}/${what}?${query(more)}`);
  const many = () => Math.min(MOST, Math.max(PAGE, rows.length));

  /** Ask for the images again, for as many as there are. */
  async function reload(limit = many()) {
    const mine = ++asked;
    loading = true;
    if (!rows.length) draw();
    try {
      const answer = await ask("images", { limit });
      if (mine !== asked) return;
      ({ counts, next, images: rows } = answer);
      problem = "";
    } catch (error) {
      if (mine !== asked) return;
      problem = error.message;
    }
    loading = false;
    draw();
  }

  async function more() {
    if (!next || loading) return;
    const mine = asked;
    loading = true;
    try {
      const answer = await ask("images", { limit: PAGE, after: next });
      if (mine !== asked) return;
      rows = [...rows, ...answer.images];
      next = answer.next;
    } catch (error) {
      failed(error.message);
    }
    loading = false;
    draw();
  }

  return {
    chosen,
    ask,
    reload,
    more,
    /** The first page of another project, or of another choice. */
    start() {
      rows = [];
      return reload();
    },
    /** Back where this browser tab was in its project: as many images, chosen alike; how far down the list stood. */
    async comeBack() {
      const last = kept.read("queue", {});
      const same = last.project === project();
      if (same) Object.assign(chosen, last.chosen);
      await reload(same ? last.rows : PAGE);
      return same ? last.top : null;
    },
    keep: (top) => kept.write("queue", { project: project(), chosen, rows: many(), top }),
    async recount() {
      try {
        ({ counts } = await ask("images", { limit: 1 }));
        return true;
      } catch {
        return false; // the next reload tells
      }
    },
    /** A row as it is now, in its old place; null where it is not in the list. */
    put(row) {
      const at = rows.findIndex((item) => item.id === row.id);
      if (at < 0) return null;
      rows[at] = { ...rows[at], ...row };
      return rows[at];
    },
    trouble(text) {
      problem = text;
      draw();
    },
    get rows() {
      return rows;
    },
    get counts() {
      return counts;
    },
    get next() {
      return next;
    },
    get problem() {
      return problem;
    },
    get loading() {
      return loading;
    },
  };
}
