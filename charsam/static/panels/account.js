import { label } from "../shared/api.js";
import { el, read } from "../shared/dom.js";
import { emit } from "../shared/events.js";

/** The header's button that opens the queue, and who is logged in. */
export function account(element, props) {
  const root = element.querySelector(".cs-account") || element;
  const value = read(props);
  label.mode = value.mode;
  const queue = el("button", { type: "button", class: "cs-queue-button", "aria-expanded": "false", "aria-controls": "cs-queue",
    title: "Your images: walk through them, add more, export", onclick: () => emit("togglequeue", {}) }, "☰", el("span", {}, "Queue"));
  root.replaceChildren(queue);
  if (value.mode !== "login") return;
  label.get("me").then(({ name }) => {
    if (!name) return;
    root.append(el("span", { class: "cs-who" }, name), el("button", { type: "button", class: "cs-who", onclick: async () => {
      await label.post("logout").catch(() => {});
      location.assign("/");
    } }, "Log out"));
  }, () => {});
}
