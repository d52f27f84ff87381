// What is known about the open image: accept or reject it, a note, and who did what when.

import { label } from "../shared/api.js";
import { confirm } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { emit } from "../shared/events.js";
import { opened } from "../shared/open.js";
import { STATES } from "../shared/sources.js";
import { heard, tr } from "../shared/words.js";
import { when } from "./rows.js";

const ELSEWHERE = tr(
  "The open image is not in the project that the queue shows. Review opens the next of this project.",
);

export function queueImage(root, { changed, go, remove }) {
  const before = new Map(); // the state of an image before it was decided on here
  let now = null,
    historyOpen = false,
    saved = "";

  const name = el("b", { class: "cs-about-name" });
  const states = el("div", { class: "cs-about-states", role: "group", "aria-label": tr("Decide on this image") });
  const note = el("textarea", {
    rows: 1,
    maxlength: 2000,
    placeholder: tr("Note on this image"),
    "aria-label": tr("Note on this image"),
    onchange: saveNote,
    oninput: grow,
  });
  const said = el("p", { class: "cs-about-said", role: "status" });
  const history = el(
    "details",
    {
      class: "cs-history",
      ontoggle: () => {
        historyOpen = history.open;
        if (historyOpen) drawHistory();
      },
    },
    el("summary", {}, tr("Who did what, when")),
    el("ol", {}),
  );
  const step = (text, title, way) =>
    el("button", { type: "button", class: "cs-tool", title, "aria-label": title, onclick: () => go(way) }, text);
  root.replaceChildren(
    el(
      "div",
      { class: "cs-about-head" },
      step("‹", tr("Previous image"), "previous"),
      name,
      step("›", tr("Next image"), "next"),
    ),
    states,
    note,
    said,
    history,
  );
  root.hidden = true;

  function grow() {
    note.style.height = "auto";
    note.style.height = `${Math.min(note.scrollHeight + 2, 110)}px`;
  }

  function show(document) {
    const other = document?.id !== now?.id,
      moved = document?.seq !== now?.seq;
    now = document;
    root.hidden = !now;
    if (!now) return;
    name.textContent = now.name || "";
    name.title = now.name || "";
    drawStates();
    if (other || (now.note !== undefined && globalThis.document.activeElement !== note && note.value === saved)) {
      saved = note.value = now.note || "";
      grow();
    }
    if (other) said.textContent = "";
    if (historyOpen && (other || moved)) drawHistory();
  }

  function drawStates() {
    const decide = (value, text, title) =>
      el(
        "button",
        {
          type: "button",
          class: `cs-tool cs-decide cs-state-${value}`,
          title,
          "aria-pressed": String(now.state === value),
          onclick: () => toggle(value),
        },
        `${STATES[value].mark} ${text}`,
      );
    states.replaceChildren(
      decide(
        "accepted",
        now.state === "accepted" ? tr("Accepted") : tr("Accept, next"),
        tr("This image is right as it is; the next undecided one opens (Ctrl+Enter)"),
      ),
      decide(
        "rejected",
        now.state === "rejected" ? tr("Rejected") : tr("Reject"),
        tr("This image is not usable; the next undecided one opens (Ctrl+Backspace)"),
      ),
      el(
        "button",
        {
          type: "button",
          class: "cs-tool cs-delete",
          title: tr("Delete this image from the project"),
          onclick: deleteIt,
        },
        tr("Delete…"),
      ),
    );
  }

  /** Decide on the image; where that has been decided, take it back. */
  const toggle = (value) =>
    now?.state === value ? setState(before.get(now.id) || "corrected") : setState(value, true);

  async function setState(state, onward = false) {
    if (!now) {
      if (opened.image.id) emit("notice", { text: ELSEWHERE });
      return;
    }
    const mine = now;
    if (!["accepted", "rejected"].includes(mine.state)) before.set(mine.id, mine.state);
    try {
      const answer = await label.documents.setState(mine.id, state);
      changed({ id: mine.id, ...answer });
      if (now === mine || now?.id === mine.id) {
        now = { ...now, state: answer.state };
        drawStates();
        emit("verdict", { id: mine.id, state: answer.state, seq: answer.seq });
      }
      said.textContent = "";
      if (historyOpen) drawHistory();
      if (onward && (state === "accepted" || state === "rejected")) go("undecided");
    } catch (error) {
      said.textContent = error.message;
      emit("notice", { text: error.message, alert: true });
    }
  }

  async function deleteIt() {
    const mine = now;
    if (
      await confirm(
        tr("Delete this image?"),
        label.mode === "demo"
          ? tr("{0} is deleted with its words, masks and history. This can't be undone.", mine.name)
          : tr("{0} goes into the project's trash, from which it can be brought back for 30 days.", mine.name),
        tr("Delete image"),
      )
    )
      await remove(mine);
  }

  async function saveNote() {
    if (!now || note.value === saved) return;
    const mine = now,
      text = note.value;
    try {
      const answer = await label.documents.setNote(mine.id, text);
      if (now?.id === mine.id) {
        saved = text;
        said.textContent = tr("Note saved.");
        emit("verdict", { id: mine.id, seq: answer.seq, note: text });
      }
      changed({ id: mine.id, note: text });
    } catch (error) {
      said.textContent = tr("The note was not saved: {0}", error.message);
    }
  }

  async function drawHistory() {
    const mine = now,
      body = history.querySelector("ol");
    if (!mine) return;
    try {
      const { entries } = await label.documents.history(mine.id);
      if (now?.id !== mine.id) return;
      body.replaceChildren(
        ...(entries.length
          ? [...entries]
              .reverse()
              .map((entry) =>
                el(
                  "li",
                  { value: entry.seq, class: entry.undoes ? "cs-undone" : "" },
                  el("span", {}, heard(entry.label)),
                  el("small", { title: new Date(entry.at).toLocaleString() }, `${entry.by}, ${when(entry.at)}`),
                ),
              )
          : [el("li", { class: "cs-blank" }, tr("Nothing has been done to this image yet."))]),
      );
    } catch (error) {
      body.replaceChildren(el("li", { class: "cs-alert" }, error.message));
    }
  }

  return { show, setState, toggle };
}
