// What the canvas hears from outside its own picture: keys, the end of the page, and the rest of the page.
import { listen } from "../shared/events.js";
import { idOf, thingOf } from "./refs.js";

/** Where one clicks while working on an image: the canvas's keys go on working there. */
const BESIDE = "#cs-queue, #cs-left";

/** leaving: () -> stores of images that were left while their edits were still on their way. */
export function canvasListening(canvas, { keys, leaving }) {
  const elsewhere = (target) => target.closest?.("input, textarea, select, [contenteditable=true], dialog[open]");
  const listens = (event) =>
    canvas.root.isConnected &&
    canvas.stage.offsetParent !== null &&
    !event.defaultPrevented &&
    !elsewhere(event.target) &&
    (canvas.root.contains(event.target) || event.target === document.body || event.target.closest?.(BESIDE));
  /** What presses a focused button; with Ctrl it is a key of the canvas. */
  const presses = (event) =>
    ["Enter", " "].includes(event.key) &&
    !event.ctrlKey &&
    !event.metaKey &&
    event.target.closest("button, summary, a");

  function keydown(event) {
    if (!listens(event) || presses(event)) return;
    if (!canvas.document && event.key !== "?" && !event.key.startsWith("Page")) return;
    if (keys.press(event)) event.preventDefault();
  }

  function keyup(event) {
    if (event.key !== " ") return;
    canvas.spaceHeld = false;
    if (canvas.stage.style.cursor === "grab") canvas.stage.style.cursor = "";
  }

  document.addEventListener("keydown", keydown);
  document.addEventListener("keyup", keyup);
  const free = (event) => listens(event) && canvas.document && !String(getSelection());
  document.addEventListener("copy", (event) => {
    const text = free(event) && canvas.several.copied();
    if (!text) return;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  });
  document.addEventListener("paste", (event) => {
    if (free(event) && canvas.several.paste(event.clipboardData.getData("text/plain"))) event.preventDefault();
  });
  window.addEventListener("blur", () => {
    canvas.spaceHeld = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (canvas.store?.pending || leaving().some((store) => store.pending)) event.preventDefault();
  });
  listen("select", ({ ref, from }) => {
    const found = from !== canvas.root && canvas.document && thingOf(canvas.document, idOf(canvas.document, ref));
    if (found) canvas.select(found, { quiet: true });
  });
  listen("hover", ({ ref }) => {
    const id = idOf(canvas.document, ref) ?? null;
    if (!canvas.document || id === canvas.hover) return;
    canvas.hover = id;
    canvas.view.touch("live", "shapes");
  });
  listen("look", ({ ref }) => {
    const found = canvas.document && thingOf(canvas.document, idOf(canvas.document, ref));
    if (!found) return;
    canvas.select(found, { quiet: true });
    canvas.run("zoom_selection");
  });
}
