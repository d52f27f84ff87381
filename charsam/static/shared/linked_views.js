// The link between views: what is pointed at in one lights up in all.
import { emit } from "./events.js";

/** Light up every shape and row of one character or word: `ref` is "w2" or "w2c5". */
let hot = null;
export function hover(ref) {
  if (ref === hot) return;
  for (const node of document.querySelectorAll(".cs-hot")) node.classList.remove("cs-hot");
  hot = ref;
  if (ref)
    for (const node of document.querySelectorAll(`[data-ref="${CSS.escape(ref)}"]`)) node.classList.add("cs-hot");
  emit("hover", { ref });
}

export function linkHover(root) {
  root.addEventListener("pointerover", (event) => hover(event.target.closest?.("[data-ref]")?.dataset.ref || null));
  root.addEventListener("pointerleave", () => hover(null));
  root.addEventListener("focusin", (event) => hover(event.target.closest?.("[data-ref]")?.dataset.ref || null));
}
