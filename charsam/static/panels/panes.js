// Several pictures of one photo side by side, zooming together.
import { createReader } from "../canvas/reader.js";
import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { heard, tr } from "../shared/words.js";

const LAYERS = { masks: { on: true, opacity: 0.65 } };

export const legend = (names, colours) =>
  el(
    "span",
    { class: "cs-key" },
    ...names.map((name, k) => el("span", {}, el("i", { style: `background:${colours[k]}` }), heard(name))),
  );

export function createPane(title, link) {
  const host = el("div", {}),
    node = el("section", {}, el("h3", {}, title), host);
  const reader = createReader(host, { describe: title, layers: LAYERS, link });
  return {
    node,
    show: (id, { document, raster }) =>
      reader.show(id, document, { pixels: raster, address: () => label.documents.imageUrl(id) }),
  };
}

/** link: names the pictures that zoom together. */
export function createPanes(root, link, kind = "") {
  const said = el("p", { class: "cs-summary", role: "status" }),
    panes = el("div", { class: `cs-panes ${kind}` });
  let asked = 0;

  async function load(path, id, waiting) {
    const mine = ++asked;
    root.replaceChildren(said, panes);
    if (!id) return void (said.textContent = tr("Open a photo first."));
    said.textContent = waiting;
    panes.classList.add("cs-waiting");
    try {
      const value = await label.get(path);
      if (mine !== asked) return;
      said.replaceChildren(tr("Zoom is linked. "), legend(value.legend, value.colours));
      const made = value.panes.map((one) => [createPane(heard(one.title), link), one]);
      panes.replaceChildren(...made.map(([pane]) => pane.node));
      for (const [pane, one] of made) pane.show(id, one);
    } catch (error) {
      if (mine === asked) said.textContent = error.message;
    } finally {
      panes.classList.remove("cs-waiting");
    }
  }

  function clear() {
    asked += 1;
    panes.replaceChildren();
    root.replaceChildren();
  }

  return { load, clear };
}
