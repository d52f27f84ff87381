// The strip of example photos; a click opens one and runs it.
import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { tr } from "../shared/words.js";

export function examples(root, items) {
  root.classList.add("cs-examples");
  const buttons = items.map(({ name, title }) =>
    el(
      "button",
      {
        type: "button",
        class: "cs-example",
        title,
        "aria-label": tr("Example: {0}", title),
        "aria-pressed": "false",
        "data-name": name,
        onclick: () => {
          mark(name);
          emit("pickexample", { name });
        },
      },
      el("img", { src: label.url(`examples/${encodeURIComponent(name)}/thumbnail`), alt: "" }),
    ),
  );
  root.replaceChildren(
    ...(buttons.length
      ? buttons
      : [el("p", { class: "cs-blank" }, tr("No example photos are installed; open a photo of your own."))]),
  );

  function mark(name) {
    for (const node of buttons) node.setAttribute("aria-pressed", String(node.dataset.name === name));
  }
  listen("image", ({ id, inbox }) => {
    root.hidden = Boolean(id) && inbox === false; // a labeler's project has no use for them
  });
  listen("example", ({ name }) => mark(name));
}
