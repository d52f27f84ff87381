// The gallery: ten thousand pictures of which only those in sight are in the page.
import { el } from "../shared/dom.js";
import { tr } from "../shared/words.js";
import { url } from "./data.js";

export function createGallery({ data, choose }) {
  const SIZES = { characters: { w: 150, h: 148 }, words: { w: 310, h: 148 } };
  const PICTURE = 96,
    GAP = 8,
    BEYOND = 2;
  const plane = el("div", { class: "ci-plane" });
  const empty = el("p", { class: "ci-empty", hidden: true });
  const root = el(
    "div",
    { class: "ci-gallery", tabindex: 0, role: "listbox", "aria-label": tr("Cases") },
    plane,
    empty,
  );
  const tiles = new Map(); // by place in the list
  let list = [],
    unit = "characters",
    columns = 1,
    chosen = null,
    layer = "masks",
    sort = "suspicion",
    wide = 0,
    queued = false;

  /** The part of a word's strip that a picture shows, as two or three layers cut from the image's sheet. */
  function picture(one, width, height, scale, middle) {
    const word = one.word || one,
      image = word.image,
      [x, y, w, h] = word.at;
    const from = Math.max(0, Math.min(middle - width / scale / 2, Math.max(0, w - width / scale)));
    const seen = Math.min(w - from, width / scale);
    const layerOf = (name, kind) =>
      el("img", {
        src: url(image, name),
        class: kind,
        alt: "",
        decoding: "async",
        draggable: "false",
        style: `width:${image.size[0] * scale}px;height:${image.size[1] * scale}px;left:${-(x + from) * scale}px;top:${-y * scale}px`,
      });
    const inner = el(
      "div",
      { class: "ci-strip", style: `width:${seen * scale}px;height:${h * scale}px` },
      layerOf("strips", ""),
    );
    const over = layer === "truth" && !image.hasTruth ? "masks" : layer;
    if (over !== "photo") inner.append(layerOf(over, "ci-over"));
    if (one.word) {
      const [x0, y0, x1, y1] = one.box;
      inner.append(
        el("b", {
          class: "ci-box",
          style: `left:${(x0 - from) * scale}px;top:${y0 * scale}px;width:${(x1 - x0) * scale}px;height:${(y1 - y0) * scale}px`,
        }),
      );
    }
    return el("div", { class: "ci-picture", style: `height:${height}px` }, inner);
  }

  function tile(one, place) {
    const w = wide,
      word = one.word || one;
    const scale = one.word ? Math.min(1, PICTURE / word.at[3]) : Math.min(PICTURE / word.at[3], (w - 4) / word.at[2]);
    const middle = one.word ? (one.box[0] + one.box[2]) / 2 : word.at[2] / 2;
    const kind = data.trouble(one);
    return el(
      "div",
      {
        class: `ci-tile${one === chosen ? " ci-chosen" : ""}`,
        role: "option",
        "aria-selected": String(one === chosen),
        "data-name": one.name,
        title: `${word.image.file}`,
        onclick: () => choose(one),
      },
      picture(one, w - 4, PICTURE, scale, middle),
      el(
        "div",
        { class: "ci-caption" },
        el(
          "span",
          { class: "ci-what" },
          one.word ? el("b", {}, one.category) : null,
          one.word ? tr(" in ") : null,
          word.text || "?",
        ),
        el("span", { class: "ci-score", title: data.field(sort)?.name }, data.shown(one, sort)),
      ),
      el(
        "div",
        { class: `ci-kind${one.failure ? " ci-sure" : ""}` },
        kind ? `${one.failure ? "" : "? "}${tr(kind)}` : "",
      ),
    );
  }

  function paint() {
    queued = false;
    const { w: least, h } = SIZES[unit],
      width = root.clientWidth;
    columns = Math.max(1, Math.floor((width - GAP) / (least + GAP)));
    const w = Math.max(least, Math.floor((width - GAP) / columns) - GAP); // a row fills the page
    if (w !== wide) {
      wide = w;
      tiles.clear();
      plane.replaceChildren();
    }
    const row = h + GAP,
      lines = Math.ceil(list.length / columns);
    plane.style.height = `${lines * row + GAP}px`;
    const first = Math.max(0, Math.floor(root.scrollTop / row) - BEYOND) * columns;
    const last = Math.min(list.length, (Math.ceil((root.scrollTop + root.clientHeight) / row) + BEYOND) * columns);
    for (const [place, node] of tiles)
      if (place < first || place >= last) {
        node.remove();
        tiles.delete(place);
      }
    for (let place = first; place < last; place++) {
      let node = tiles.get(place);
      if (!node) {
        node = tile(list[place], place);
        tiles.set(place, node);
        plane.append(node);
      }
      node.style.transform = `translate(${GAP + (place % columns) * (w + GAP)}px, ${GAP + Math.floor(place / columns) * row}px)`;
      node.style.width = `${w}px`;
    }
  }
  const later = () => {
    if (!queued) {
      queued = true;
      requestAnimationFrame(paint);
    }
  };

  function redraw() {
    tiles.clear();
    plane.replaceChildren();
    paint();
  }

  function show(next, state, why) {
    const moved = next.length !== list.length || next[0] !== list[0] || unit !== state.unit;
    [list, unit, sort, layer] = [next, state.unit, state.sort, state.layer];
    empty.hidden = list.length > 0;
    empty.replaceChildren(...why);
    root.setAttribute("role", list.length ? "listbox" : "region"); // one without options is none
    if (moved) root.scrollTop = 0;
    redraw();
  }

  function mark(one, look) {
    chosen = one;
    for (const node of plane.children) {
      const own = node.dataset.name === one?.name;
      node.classList.toggle("ci-chosen", own);
      node.setAttribute("aria-selected", String(own));
    }
    const place = list.indexOf(one);
    if (!look || place < 0) return;
    const row = SIZES[unit].h + GAP,
      top = Math.floor(place / columns) * row;
    if (top < root.scrollTop || top + row > root.scrollTop + root.clientHeight) root.scrollTop = Math.max(0, top - row);
    later();
  }

  root.addEventListener("scroll", later, { passive: true });
  /** An arrow key; whether it was one. */
  function step(key) {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[key];
    if (!by || !list.length) return false;
    choose(list[Math.min(list.length - 1, Math.max(0, list.indexOf(chosen) + by))]);
    return true;
  }
  new ResizeObserver(() => {
    if (root.clientWidth) paint();
  }).observe(root);
  return { root, show, mark, picture, redraw, step };
}
