// A click on what begins work says so at once.
import { emit } from "../shared/events.js";


/** The photo's notion of the page's commands: a click on these says at once that work begins. */
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-busy], #cs-run, #cs-find, #cs-compare");
  if (!button || button.disabled) return;
  if (document.body.hasAttribute("data-cs-opening")) {
    event.stopImmediatePropagation();
    event.preventDefault();
    return;
  }
  emit("busy", { text: button.id === "cs-find" ? "Finding words…" : "Starting…" });
}, true);
