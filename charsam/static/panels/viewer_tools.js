// The bar under a picture (open, ways to look, zoom, layers) and the gestures on it (wheel, drag, pinch, keys, drop, paste).
import { el } from "../shared/dom.js";

export function viewerTools({ bar, chosen, stage, zoomBy, fit, setMode, paintLayers, openFile, current, currentMode, isShown }) {
  const percent = el("button", { type: "button", class: "cs-tool cs-percent", title: "Fit the picture (0)", onclick: () => fit() }, "100 %");
  let popover = null;

  const tool = (text, title, act) => el("button", { type: "button", class: "cs-tool", title, "aria-label": title, onclick: act }, text);

  function slider(layer, className = "") {
    const start = chosen[layer.id]?.opacity ?? layer.opacity ?? 1;
    return el("input", { type: "range", min: 0, max: 100, value: Math.round(start * 100), class: className,
      "aria-label": `Opacity: ${layer.name}`, "data-slider": layer.id,
      oninput: (event) => {
        chosen[layer.id] = { ...chosen[layer.id], opacity: event.target.value / 100 };
        paintLayers();
      } });
  }

  function layerRow(layer) {
    const shown = isShown(layer.id);
    const box = el("input", { type: "checkbox", checked: shown, onchange: (event) => {
      chosen[layer.id] = { ...chosen[layer.id], shown: event.target.checked };
      paintLayers();
    } });
    return el("div", { class: "cs-layer" }, el("label", {}, box, layer.name), slider(layer));
  }

  function toggleLayers(button) {
    if (popover) return close();
    popover = el("div", { class: "cs-popover", role: "dialog", "aria-label": "Layers",
      onkeydown: (event) => { if (event.key === "Escape") { close(); button.focus(); } } },
      ...(current().layers || []).map(layerRow));
    button.setAttribute("aria-expanded", "true");
    bar.append(popover);
    popover.querySelector("input")?.focus();
  }

  function close() {
    popover?.remove();
    popover = null;
    bar.querySelector(".cs-layers-button")?.setAttribute("aria-expanded", "false");
  }

  document.addEventListener("pointerdown", (event) => { if (popover && !bar.contains(event.target)) close(); });

  function draw() {
    const value = current(), parts = [];
    if (value.open) {
      const input = el("input", { type: "file", accept: "image/*", class: "cs-file", "aria-label": "Open image",
        onchange: (event) => { openFile(event.target.files[0]); event.target.value = ""; } });
      parts.push(el("label", { class: "cs-tool cs-open", title: "Open a photo; or drop or paste one onto the picture" }, "Open image…", input));
    }
    if (value.modes?.length > 1) {
      parts.push(el("div", { class: "cs-modes", role: "group", "aria-label": "Way to look" }, ...value.modes.map((item) =>
        el("button", { type: "button", class: "cs-tool", "aria-pressed": String(item.id === currentMode()), onclick: () => setMode(item.id) }, item.name))));
    }
    const lead = value.layers?.find((layer) => layer.id === value.slider);
    if (lead) parts.push(el("label", { class: "cs-lead" }, lead.name, slider(lead)));
    parts.push(el("span", { class: "cs-gap" }));
    if (value.width) {
      parts.push(tool("−", "Zoom out (−)", () => zoomBy(1 / 1.5)), percent, tool("+", "Zoom in (+)", () => zoomBy(1.5)));
      if (value.layers?.length) {
        const button = el("button", { type: "button", class: "cs-tool cs-layers-button", "aria-expanded": "false",
          onclick: () => toggleLayers(button) }, "Layers ▾");
        parts.push(button);
      }
    }
    const open = Boolean(popover);
    const focused = bar.contains(document.activeElement) && popover?.contains(document.activeElement);
    bar.replaceChildren(...parts);
    if (open && popover) { bar.append(popover); if (!focused) close(); }
  }

  return { draw, zoom: (k) => { percent.textContent = `${k >= 0.1 ? Math.round(k * 100) : (k * 100).toFixed(1)} %`; } };
}

export function viewerGestures({ stage, zoomBy, fit, pan, zoomed, openFile, select, accepts }) {
  const fingers = new Map();
  let moved = 0, spread = 0;

  const local = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0018)), ...local(event));
  }, { passive: false });

  stage.addEventListener("pointerdown", (event) => {
    if (event.target.closest(".cs-wipe")) return;
    fingers.set(event.pointerId, local(event));
    moved = 0;
    spread = 0;
  });
  stage.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const now = local(event);
    fingers.set(event.pointerId, now);
    moved += Math.abs(now[0] - last[0]) + Math.abs(now[1] - last[1]);
    if (moved > 4 && !stage.hasPointerCapture(event.pointerId)) stage.setPointerCapture(event.pointerId);
    if (fingers.size === 2) {
      const [a, b] = [...fingers.values()];
      const distance = Math.hypot(a[0] - b[0], a[1] - b[1]);
      if (spread) zoomBy(distance / spread, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
      spread = distance;
    } else if (moved > 4 && zoomed()) {
      pan(now[0] - last[0], now[1] - last[1]);
    }
  });
  const lift = (event) => {
    const was = fingers.delete(event.pointerId);
    if (was && event.type === "pointerup" && moved <= 4) {
      const ref = event.target.closest?.("[data-ref]")?.dataset.ref;
      if (ref) select(ref);
    }
  };
  stage.addEventListener("pointerup", lift);
  stage.addEventListener("pointercancel", lift);
  stage.addEventListener("dblclick", (event) => (zoomed() ? fit() : zoomBy(3, ...local(event))));

  stage.addEventListener("keydown", (event) => {
    const step = 60, acts = {
      "+": () => zoomBy(1.5), "=": () => zoomBy(1.5), "-": () => zoomBy(1 / 1.5), "0": () => fit(),
      ArrowLeft: () => pan(step, 0), ArrowRight: () => pan(-step, 0), ArrowUp: () => pan(0, step), ArrowDown: () => pan(0, -step),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.target !== stage) return;
    event.preventDefault();
    act();
  });

  const carriesFile = (event) => accepts() && [...(event.dataTransfer?.types || [])].includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    stage.addEventListener(name, (event) => { if (carriesFile(event)) { event.preventDefault(); stage.classList.add("cs-drop"); } });
  }
  stage.addEventListener("dragleave", () => stage.classList.remove("cs-drop"));
  stage.addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    stage.classList.remove("cs-drop");
    openFile(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    if (!accepts() || !stage.isConnected || event.target.closest?.("input, textarea")) return;
    const file = [...(event.clipboardData?.files || [])].find((item) => item.type.startsWith("image/"));
    if (file) openFile(file);
  });
}
