// The smaller parts of the page: progress, status, segmenter choice, examples, the glyph grid, the prompt-mode comparison.
import { viewer } from "./viewer.js";
import { el, read, svg } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { linkHover } from "../shared/linking.js";
import { keepPhoto } from "../shared/photos.js";

export function progress(element, props, watch) {
  const root = element.querySelector(".cs-progress") || element;
  const text = el("span", { class: "cs-progress-text" });
  const bar = el("span", { class: "cs-progress-bar", "aria-hidden": "true" });
  root.replaceChildren(bar, text);
  root.setAttribute("role", "status");

  function paint(value) {
    root.className = `cs-progress cs-${value.state || "idle"}`;
    const steps = value.of || 7;
    bar.replaceChildren(...Array.from({ length: steps }, (_, index) =>
      el("i", { class: index < (value.step || 0) ? "cs-done" : index === value.step && value.state === "running" ? "cs-now" : "" })));
    text.textContent = value.text || "";
    document.body.toggleAttribute("data-cs-busy", value.state === "running");
    if (value.state === "error") root.setAttribute("role", "alert");
    else root.setAttribute("role", "status");
  }

  listen("busy", ({ text: words }) => paint({ state: "running", step: 0, of: read(props).of, text: words }));
  watch("value", () => paint(read(props)));
  paint(read(props));
}

export function photo(element, props, watch) {
  const show = () => {
    const value = read(props);
    if (value.photo) keepPhoto(value.key, value.photo);
  };
  watch("value", show);
  show();
}

export function line(element, props, watch) {
  const root = element.querySelector(".cs-line-text") || element.firstElementChild || element;
  const show = () => { root.textContent = read(props).note || ""; };
  root.className = "cs-summary cs-one-line";
  watch("value", show);
  show();
}

export function status(element, props, watch) {
  const root = element.querySelector(".cs-status") || element;
  const show = () => {
    const value = read(props);
    root.textContent = value.text || "";
    root.className = `cs-status ${value.ready ? "cs-ready" : value.failed ? "cs-failed" : "cs-loading"}`;
    root.setAttribute("role", "status");
  };
  watch("value", show);
  show();
}

export function segmenter(element, props, watch, send) {
  const root = element.querySelector(".cs-segmenter") || element;
  const show = () => {
    const value = read(props);
    const select = el("select", { "aria-label": "Segmenter", onchange: (event) => {
      props.value = JSON.stringify({ ...value, chosen: event.target.value });
      send("choose", {});
    } }, ...(value.options || []).map((option) => el("option", { value: option.name, selected: option.name === value.chosen,
      disabled: !option.available }, option.available ? option.name : `${option.name} – ${option.reason}`)));
    root.replaceChildren(el("label", {}, "segmenter ", select));
  };
  watch("value", show);
  show();
}

export function examples(element, props, watch, send) {
  const root = element.querySelector(".cs-examples") || element;
  const show = () => {
    const value = read(props);
    const items = value.items || [];
    root.replaceChildren(...items.map((item) => el("button", { type: "button", class: "cs-example", title: item.title,
      "aria-label": `Example: ${item.title}`, "aria-pressed": String(item.name === value.chosen), onclick: () => {
        for (const node of root.children) node.setAttribute("aria-pressed", "false");
        root.children[items.indexOf(item)].setAttribute("aria-pressed", "true");
        emit("picked", {});
        send("pick", { name: item.name });
      } }, el("img", { src: item.src, alt: "" }))));
    if (!items.length) root.replaceChildren(el("p", { class: "cs-blank" }, value.empty || ""));
  };
  watch("value", show);
  show();
}

// One card a character: its crop, how many fonts vote for foreground and for holes, what is kept, and the points.
export function glyphs(element, props, watch) {
  const root = element.querySelector(".cs-glyphs") || element;
  let value = {};

  function points(tile) {
    const cross = ([x, y], kind) => el("span", { class: `cs-point cs-${kind}`, style: `left:${x * 100}%;top:${y * 100}%` }, kind === "plus" ? "+" : "−");
    return [...tile.positive.map((at) => cross(at, "plus")), ...tile.negative.map((at) => cross(at, "minus"))];
  }

  function card(tile) {
    const cell = (src, name, ...marks) => el("figure", {}, el("div", { class: "cs-cell", style: `width:${tile.width}px` },
      el("img", { src, alt: "", width: tile.width, height: tile.height }), ...marks), el("figcaption", {}, name));
    const cells = [cell(tile.crop, "crop", ...points(tile))];
    if (tile.foreground) cells.push(cell(tile.foreground, "foreground"), cell(tile.holes, "hole"), cell(tile.kept, "kept", ...points(tile)));
    return el("button", { type: "button", class: "cs-card", "data-ref": tile.ref,
      onclick: () => emit("select", { ref: tile.ref }) },
      el("span", { class: "cs-card-head" }, el("b", {}, tile.category), el("span", {}, tile.caption)), el("span", { class: "cs-cells" }, ...cells));
  }

  function show() {
    value = read(props);
    const parts = [];
    if (value.note) parts.push(el("p", { class: "cs-summary" }, value.note));
    for (const group of value.groups || []) {
      parts.push(el("h3", { "data-ref": group.ref }, group.title), el("div", { class: "cs-cards" }, ...group.tiles.map(card)));
    }
    if (!value.groups?.length) parts.push(el("p", { class: "cs-blank" }, value.empty || ""));
    root.replaceChildren(...parts);
  }

  linkHover(root);
  watch("value", show);
  show();
}

// The four prompt modes of the paper's Table III side by side: four pictures that zoom together.
export function compare(element, props, watch) {
  const root = element.querySelector(".cs-compare") || element;
  let panes = [];
  const show = () => {
    const value = read(props), list = value.panes || [];
    if (panes.length !== list.length) {
      panes = list.map(() => {
        const picture = el("div", { class: "cs-viewer" }), title = el("h3", {}), pane = { title, props: { value: "{}" }, update: () => {} };
        pane.node = el("section", {}, title, el("div", {}, picture));
        return pane;
      });
      root.replaceChildren(...(value.note ? [el("p", { class: "cs-summary" }, value.note)] : []),
        el("div", { class: "cs-panes" }, ...panes.map((pane) => pane.node)));
      for (const pane of panes) viewer(pane.node.lastChild, pane.props, (_, act) => { pane.update = act; });
    }
    list.forEach((item, index) => {
      panes[index].title.textContent = item.title;
      panes[index].props.value = JSON.stringify(item.value);
      panes[index].update();
    });
  };
  watch("value", show);
  show();
}
