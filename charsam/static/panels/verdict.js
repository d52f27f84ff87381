// Below the image of a project on a narrow screen, where the queue lies over the image: accept, reject, the images around.
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { STATES } from "../shared/sources.js";
import { tr } from "../shared/words.js";

export function verdict(root) {
  root.classList.add("cs-verdict");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", tr("Decide on this image"));
  root.hidden = true;

  const step = (text, title, go) =>
    el(
      "button",
      { type: "button", class: "cs-tool cs-open", title, "aria-label": title, onclick: () => emit("queue", { go }) },
      text,
    );
  const decide = (state, value, text) =>
    el(
      "button",
      {
        type: "button",
        class: `cs-tool cs-open cs-decide cs-state-${value}`,
        "aria-pressed": String(state === value),
        onclick: () => emit("queue", { state: value, toggle: true }),
      },
      `${STATES[value].mark} ${text}`,
    );

  listen("image", ({ id, inbox, state }) => {
    root.hidden = !id || inbox !== false;
    root.replaceChildren(
      step("‹", tr("Previous image"), "previous"),
      decide(state, "accepted", state === "accepted" ? tr("Accepted") : tr("Accept, next")),
      decide(state, "rejected", state === "rejected" ? tr("Rejected") : tr("Reject")),
      step("›", tr("Next image"), "next"),
    );
  });
}
