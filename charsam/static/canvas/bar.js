// The row below the picture: tools | layers | undo redo | zoom | all keys. Its tooltips name the keys.

import { byTouch } from "../shared/device.js";
import { el, svg } from "../shared/dom.js";
import { heard, tr } from "../shared/words.js";
import { canvasLayers } from "./layers.js";

export function canvasBar(canvas, keys) {
  const ICONS = {
    select: "M5 3 L5 14.5 L8 11.6 L10.2 16 L12 15.2 L9.9 10.9 L14 10.6 Z",
    quad: "M3 6 L15 4 L15.5 13 L3.5 14 Z",
    polygon: "M2.5 11 L5 5.5 L10.5 3.5 L15.5 6.5 L13.5 13 L7 14.5 Z",
    character: "M3 3 H11 V15 H3 Z M5 12.5 L7 6 L9 12.5 M5.7 10.4 H8.3 M12.8 9 H17 M14.9 6.9 V11.1",
    split: "M9 2 V16 M6.5 6 H2.5 V12 H6.5 M11.5 6 H15.5 V12 H11.5",
    point: "M6.5 3 V10 M3 6.5 H10 M9.5 13.5 H15.5",
    brush: "M15.5 2.5 L8 10 M8 10 C5.5 9.6 4.6 11.3 4.6 12.6 C4.6 13.9 3.6 14.8 2.6 15 C4.6 16.2 9.6 15.6 9.4 11.4 Z",
    eraser: "M10 3.5 L15.5 9 L9.5 15 H6 L2.8 11.8 C2.4 11.4 2.4 10.9 2.8 10.5 Z M6.2 7.2 L11.8 12.8",
    undo: "M6.5 3.5 L3 7 L6.5 10.5 M3 7 H10.5 A4 4 0 0 1 10.5 15 H7",
    redo: "M11.5 3.5 L15 7 L11.5 10.5 M15 7 H7.5 A4 4 0 0 0 7.5 15 H11",
    layers: "M9 2.5 L16 6.3 L9 10 L2 6.3 Z M2.6 9.6 L9 13 L15.4 9.6 M2.6 12.6 L9 16 L15.4 12.6",
    before: "M11 4 L6 9 L11 14",
    after: "M7 4 L12 9 L7 14",
    check: "M9 2.8 L16 15 H2 Z M9 7 V11 M9 12.8 V13",
  };
  const NAMES = {
    select: tr("Select and change"),
    quad: tr("Word: drag a box or click its four corners"),
    polygon: tr("Word: click points along it"),
    character: tr("Add a character: drag its box"),
    split: tr("Split a character at a line"),
    point: tr("Points: click positive, right-click negative"),
    brush: tr("Brush"),
    eraser: tr("Eraser"),
  };

  function icon(name) {
    const drawing = svg("path", { d: ICONS[name] });
    return svg(
      "svg",
      { viewBox: "0 0 18 18", width: 18, height: 18, "aria-hidden": "true", class: "cv-icon" },
      drawing,
    );
  }

  /** A button with an icon. key: as the table of keys writes it. */
  function button(name, title, key, act, more = {}) {
    const attributes = {
      type: "button",
      class: "cv-tool",
      title: `${title} (${key})`,
      "aria-label": title,
      "data-name": name,
      "aria-keyshortcuts": key.replace("Ctrl", "Control"),
      onclick: act,
    };
    return el("button", { ...attributes, ...more }, icon(name));
  }

  function toolButton(name) {
    const choose = () => {
      canvas.run(name);
      canvas.stage.focus({ preventScroll: true });
    };
    return button(name, NAMES[name], keys.keyOf(name, keys.TOOLS), choose, { "aria-pressed": "false" });
  }

  const tools = Object.keys(NAMES).map(toolButton);
  const layers = button("layers", tr("Layers"), "1 to 6, O", () => popover.toggle(), {
    "aria-keyshortcuts": null,
    "aria-expanded": "false",
    "aria-haspopup": "dialog",
  });
  const undo = button("undo", tr("Undo"), "Ctrl+Z", () => canvas.run("undo"));
  const redo = button("redo", tr("Redo"), "Ctrl+Y", () => canvas.run("redo"));
  const percent = el("button", {
    type: "button",
    class: "cv-tool cv-percent",
    onclick: () => canvas.run(canvas.view.fitted ? "full" : "fit"),
  });
  const help = el(
    "button",
    {
      type: "button",
      class: "cv-tool cv-help",
      title: byTouch() ? tr("What fingers do") : tr("All keys (?)"),
      "aria-label": byTouch() ? tr("What fingers do") : tr("All keys"),
      onclick: () => canvas.run("help"),
    },
    "?",
  );
  const rule = () => el("span", { class: "cv-rule", "aria-hidden": "true" });
  const group = el("div", { class: "cv-group", role: "group", "aria-label": tr("Tools") }, ...tools);
  const bar = el(
    "div",
    { class: "cv-bar", role: "toolbar", "aria-label": tr("Canvas tools"), onkeydown: rove },
    group,
    rule(),
    layers,
    rule(),
    undo,
    redo,
    rule(),
    percent,
    el("span", { class: "cv-gap" }),
    help,
  );
  const popover = canvasLayers(canvas, bar, layers);
  bar.querySelectorAll("button").forEach((one, index) => {
    one.tabIndex = index ? -1 : 0;
  });

  /** One stop of the Tab key for the whole bar; the arrows go through it. */
  function rove(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || event.target.closest(".cv-popover")) return;
    event.preventDefault();
    event.stopPropagation();
    const all = [...bar.querySelectorAll("button:not(:disabled)")];
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    for (const one of bar.querySelectorAll("button")) one.tabIndex = one === next ? 0 : -1;
    next?.focus();
  }

  function update() {
    const { store } = canvas,
      server = store?.server;
    for (const tool of tools) tool.setAttribute("aria-pressed", String(tool.dataset.name === canvas.tool));
    undo.disabled = !store?.canUndo;
    redo.disabled = !store?.canRedo;
    undo.title = server?.undo && !store.pending ? tr("Undo: {0} (Ctrl+Z)", heard(server.undo)) : tr("Undo (Ctrl+Z)");
    redo.title = server?.redo && !store.pending ? tr("Redo: {0} (Ctrl+Y)", heard(server.redo)) : tr("Redo (Ctrl+Y)");
  }

  function zoom(view) {
    const share = view.k * 100;
    percent.textContent = `${share >= 10 ? Math.round(share) : share.toFixed(1)} %`;
    percent.title = view.fitted ? tr("100 %: one screen pixel for each of the photo") : tr("Fit the image (0)");
    percent.setAttribute("aria-label", tr("Zoom {0}. {1}", percent.textContent, percent.title));
  }

  return { bar, button, update, zoom, layersChanged: popover.changed };
}
