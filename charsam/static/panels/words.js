// The words of the photo, drawn from the canvas's document: text and "ignore" of each can be changed, and each change goes
// through the canvas's own line of edits, so that it is saved, shown and undone like any other.
import { inWords, toCheck } from "../canvas/document.js";
import { askFormat } from "../queue/project_dialogs.js";
import { label } from "../shared/api.js";
import { byTouch } from "../shared/device.js";
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { linkHover } from "../shared/linked_views.js";
import { opened } from "../shared/open.js";
import { counted, heard, tr } from "../shared/words.js";

const EMPTY = tr("No words yet. Find words looks for them; Run does so by itself; or import them from a file.");

export function words(panel) {
  const root = el("div", { id: "cs-words", class: "cs-words" });
  panel.append(root);
  let file = null,
    now = null,
    said = "",
    alert = false,
    drawing = false,
    chosen = "";

  async function change(command) {
    try {
      await opened.canvas.send(command);
    } catch (error) {
      said = error.message;
      alert = true;
    }
    show();
  }

  const ask = (query) => {
    const form = new FormData();
    form.append("files", file, file.name);
    return label.post(`documents/${encodeURIComponent(now.id)}/words?${new URLSearchParams(query)}`, form);
  };

  /** The words of a file, in any format that is read, in place of all others. */
  async function bring(chosen, how = {}) {
    if (!chosen || !now?.id) return;
    file = chosen;
    try {
      await opened.canvas.settled();
      const { words: count, read, problems } = await ask(how);
      const texts = read.words.map((word) => `“${word}”`).join(", ");
      said = tr("{0} imported from {1}, read as {2}", counted(count, "word"), file.name, read.title);
      said += `${texts ? `: ${texts}` : ""}.`;
      if (problems.length) said += tr(" Left out: {0}", problems.map(heard).join("; "));
      alert = problems.length > 0;
      await opened.canvas.refresh();
    } catch (error) {
      said = error.message;
      alert = true;
    }
    show();
  }

  async function readOtherwise() {
    const wanted = await askFormat((encoding) => ask({ look: 1, encoding })).catch((error) => {
      said = error.message;
      alert = true;
      show();
    });
    if (wanted) bring(file, wanted);
  }

  function head() {
    const input = el("input", {
      type: "file",
      accept: ".json,.jsonl,.txt,.xml,.mat",
      class: "cs-file",
      "aria-label": tr("Import words"),
      onchange: (event) => {
        bring(event.target.files[0]);
        event.target.value = "";
      },
    });
    const button = el(
      "label",
      {
        class: "cs-tool cs-open",
        title: tr("Words of this photo, in any of the formats that charsam reads; they replace those that are there"),
      },
      tr("Import words…"),
      input,
    );
    const otherwise = file
      ? el(
          "button",
          {
            type: "button",
            class: "cs-tool cs-open",
            onclick: readOtherwise,
            title: tr("Choose the format or the encoding of {0}", file.name),
          },
          tr("Read otherwise…"),
        )
      : null;
    return el(
      "div",
      { class: "cs-words-head" },
      el("span", {}, now?.document?.words.length ? inWords(now.document) : ""),
      otherwise,
      button,
    );
  }

  /** What the recogniser clearly reads instead of the given text, one click from being it. */
  function offer(word, index) {
    if (!word.reads || word.ignore || word.waiting) return [];
    return [
      el(
        "button",
        {
          type: "button",
          class: "cs-tool cs-reads",
          "aria-label": tr("Use {0} as the text of word {1}", word.reads, index + 1),
          title: tr("The photo seems to show this instead. A click makes it the word's text."),
          onclick: () => change({ do: "set_text", word: word.id, text: word.reads }),
        },
        tr("Use “{0}”", word.reads),
      ),
    ];
  }

  function line(word, index) {
    // A field that was drawn anew while somebody types in it fires no "change" of its own; leaving it counts as well.
    const written = (event) => {
      const typed = event.target.value.trim();
      if (drawing || typed === text.dataset.sent) return;
      text.dataset.sent = typed;
      change({ do: "set_text", word: word.id, text: typed });
    };
    const text = el("input", {
      type: "text",
      value: word.text,
      maxlength: 200,
      "aria-label": tr("Text of word {0}", index + 1),
      spellcheck: "false",
      placeholder: tr("read it for me"),
      "data-sent": word.text,
      onchange: written,
      onblur: written,
    });
    const skip = el("input", {
      type: "checkbox",
      checked: word.ignore,
      "aria-label": tr("Ignore word {0}", index + 1),
      onchange: (event) => change({ do: "set_ignore", word: word.id, ignore: event.target.checked }),
    });
    const origin = word.waiting
      ? "…"
      : word.problem
        ? "⚠"
        : word.text_read
          ? tr("read")
          : word.text
            ? tr("given")
            : tr("to read");
    const check = word.ignore ? 0 : word.characters.filter(toCheck).length;
    return el(
      "tr",
      {
        "data-ref": `w${index}`,
        "data-id": word.id,
        class: word.ignore ? "cs-ignored" : "",
        title: word.problem || null,
        onclick: (event) => {
          if (!event.target.closest("input, button")) emit("select", { ref: `w${index}` });
        },
        onfocusin: () => {
          if (!drawing) emit("select", { ref: `w${index}` });
        },
      },
      el("td", { class: "cs-number" }, String(index + 1)),
      el("td", {}, text, ...offer(word, index)),
      el("td", { class: "cs-origin" }, origin),
      el("td", { class: "cs-count" }, String(word.characters.length)),
      el(
        "td",
        { class: "cs-count" },
        check
          ? el("span", { class: "cs-flag" }, `⚠ ${check}`)
          : el("span", { class: "cs-fine" }, word.characters.length ? tr("none") : ""),
      ),
      el("td", { class: "cs-skip" }, skip),
    );
  }

  function show() {
    const active = document.activeElement,
      writing = root.contains(active) && active.type === "text" ? active : null;
    const at = writing ? writing.closest("tr").dataset.id : null;
    const draft = writing ? { text: writing.value, start: writing.selectionStart, end: writing.selectionEnd } : null;
    const scrolled = root.querySelector(".cs-scroll")?.scrollTop || 0;
    const words = now?.document?.words || [];
    const parts = [head()];
    if (said)
      parts.push(el("p", { class: alert ? "cs-note cs-alert" : "cs-note", role: alert ? "alert" : "status" }, said));
    if (words.length) {
      const names = el(
        "tr",
        {},
        ...["#", "text", "from", "characters", "to check", "ignore"].map((name) =>
          el("th", { scope: "col" }, tr(name)),
        ),
      );
      parts.push(
        el("div", { class: "cs-scroll" }, el("table", {}, el("thead", {}, names), el("tbody", {}, ...words.map(line)))),
        el(
          "p",
          { class: "cs-blank" },
          byTouch()
            ? tr("Changing a text re-masks its word. Word missing? Draw it on the image.")
            : tr("Changing a text re-masks its word. Word missing? Press Q and draw it."),
        ),
      );
    } else parts.push(el("p", { class: "cs-blank" }, EMPTY));
    drawing = true;
    root.replaceChildren(...parts);
    const area = root.querySelector(".cs-scroll");
    if (area) area.scrollTop = scrolled;
    mark();
    const again = at && root.querySelector(`tr[data-id="${CSS.escape(at)}"] input[type=text]`);
    if (again) {
      again.value = draft.text;
      again.focus({ preventScroll: true });
      again.setSelectionRange(draft.start, draft.end);
    }
    drawing = false;
  }

  function mark() {
    for (const row of root.querySelectorAll("tr[data-ref]"))
      row.classList.toggle("cs-chosen", row.dataset.ref === chosen);
  }

  linkHover(root);
  listen("select", ({ ref }) => {
    chosen = (ref || "").replace(/c\d+$/, "");
    mark();
  });
  listen("image", (next) => {
    if (next?.id !== now?.id) {
      said = "";
      file = null;
    }
    now = next;
    show();
  });
  show();
}
