// The frame around the labeling canvas: opens photos (chosen, dropped, pasted) and examples, says what went wrong where it
// happened, and joins the canvas to the rest of the page: the words table, the tabs, the queue.

import { createCanvas } from "../canvas/canvas.js";
import { order, toCheck } from "../canvas/document.js";
import { droppedFiles } from "../queue/files.js";
import { label } from "../shared/api.js";
import { prompt } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { rememberedImage, rememberImage } from "../shared/last_image.js";
import { opened } from "../shared/open.js";
import { STATES } from "../shared/sources.js";
import { tr } from "../shared/words.js";
import { openingWays } from "./opening_ways.js";
import { share } from "./share.js";

const GONE = tr("The image of this address is not there any more, or is not yours. An example is shown instead.");

export function labeling(root, facts) {
  const host = el("div", { class: "cs-host" });
  const words = el("span", {});
  const note = el(
    "div",
    { class: "cs-note", role: "status", hidden: true },
    words,
    el(
      "button",
      { type: "button", class: "cs-tool", title: tr("Dismiss"), "aria-label": tr("Dismiss"), onclick: () => say("") },
      "✕",
    ),
  );
  const sharing = el(
    "button",
    {
      type: "button",
      id: "cs-share",
      class: "cs-tool cs-open",
      disabled: true,
      title: tr("The result as an image, cut out, animated, or with the text erased"),
      onclick: share,
    },
    tr("Share…"),
  );
  const purpose = el(
    "p",
    { id: "cs-purpose" },
    tr(
      "A pixel-exact mask for every letter in a photo: to train on, to cut out, to erase. Open a photo or try an example. ",
    ),
    el("span", {}, tr(facts.kept)),
  );
  const name = el("span", { class: "cs-open-name" }),
    state = el("span", { class: "cs-open-state" });
  const row = el(
    "div",
    { class: "cs-open-row" },
    ...openingWays({ fetches: facts.fetches, openFile, openAddress, say }),
    name,
    state,
    el("span", { class: "cs-gap" }),
    sharing,
  );
  root.classList.add("cs-labeling");
  root.replaceChildren(purpose, row, el("div", { class: "cs-note-place" }, note), host); // the note lies on the image

  let shown = null,
    about = {},
    last = null,
    asked = 0;

  const api = {
    ...label.documents,
    get: async (id) => {
      const answer = await label.documents.get(id);
      if (id === shown) about = answer; // its name, project and note, which edits do not carry
      return answer;
    },
  };
  const canvas = (opened.canvas = createCanvas(host, { api }));

  function say(text, alert = false) {
    words.textContent = text || "";
    note.hidden = !text;
    note.classList.toggle("cs-alert", Boolean(alert));
    note.setAttribute("role", alert ? "alert" : "status");
  }

  /** Take up an image: `find` says which, `run` whether it is to be run then. Whoever asks last is served. */
  function take(find, { back = false } = {}) {
    const mine = ++asked;
    emit("opening", { on: true });
    opened.ready = (async () => {
      try {
        const found = await find();
        if (mine !== asked || !found) return;
        say(found.said, found.alert);
        rememberImage(found.example === facts.examples[0]?.name ? null : found.id, Boolean(shown) && !back);
        shown = found.id;
        emit("example", { name: found.example ?? null });
        await canvas.open(found.id);
        if (mine === asked && found.run && canvas.document) emit("runimage", {});
      } catch (error) {
        if (mine === asked) say(error.message, true);
      } finally {
        if (mine === asked) emit("opening", { on: false });
      }
    })();
    return opened.ready;
  }

  const example = async (wanted) => {
    const { id, run } = await label.post(`examples/${encodeURIComponent(wanted)}`);
    return { id, run, example: wanted };
  };

  /** What a visit begins with: the image of its address, else the first example. */
  async function begin() {
    const { token } = await label.post("pages", { page: PAGE });
    label.useToken(token);
    const wanted = rememberedImage(),
      first = facts.examples[0]?.name;
    let gone = {};
    if (wanted) {
      try {
        await label.documents.get(wanted);
        return { id: wanted };
      } catch (error) {
        if (error.status !== 404) throw error;
        gone = { said: GONE, alert: true };
      }
    }
    return first ? { ...(await example(first)), ...gone } : null;
  }

  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

  /** A photo of this computer becomes an image of the project whose queue is open, else of the single photos. */
  function openFile(file) {
    if (!file) return;
    const called = file.name || "pasted.png";
    if (file.size > facts.bytes)
      return say(
        tr(
          "{0} is {1}; the limit is {2}. Open a smaller copy of it.",
          called,
          megabytes(file.size),
          megabytes(facts.bytes),
        ),
        true,
      );
    say(tr("Reading {0}…", file.name || tr("the pasted image")));
    const project = opened.project();
    take(async () => {
      const form = new FormData();
      form.append("files", file, called);
      const found = await label.post(`photos${project ? `?project=${encodeURIComponent(project.id)}` : ""}`, form);
      emit("added", {});
      return { id: found.id, said: project ? tr("{0} was added to {1}.", found.name, project.name) : "" };
    });
  }

  /** A photo of the web, fetched by the server. */
  async function openAddress() {
    const wanted = await prompt(tr("Open a photo of the web"), tr("Address of the image"), "https://");
    if (!wanted) return;
    say(tr("Fetching the photo…"));
    const project = opened.project();
    take(async () => {
      const found = await label.post("photos/fetch", { address: wanted, project: project?.id ?? null });
      emit("added", {});
      return { id: found.id };
    });
  }

  const carries = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  for (const kind of ["dragenter", "dragover"]) {
    root.addEventListener(kind, (event) => {
      if (carries(event)) {
        event.preventDefault();
        root.classList.add("cs-drop");
      }
    });
  }
  root.addEventListener("dragleave", (event) => {
    if (!root.contains(event.relatedTarget)) root.classList.remove("cs-drop");
  });
  root.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    root.classList.remove("cs-drop");
    const items = [...event.dataTransfer.items],
      files = [...event.dataTransfer.files];
    const several =
      files.length > 1 ||
      /\.(zip|json)$/i.test(files[0]?.name || "") ||
      items.some((item) => item.webkitGetAsEntry?.()?.isDirectory);
    if (several) droppedFiles(event).then((found) => emit("bring", { files: found }));
    else openFile(files[0]);
  });
  document.addEventListener("paste", (event) => {
    if (!root.isConnected || event.target.closest?.("input, textarea, [contenteditable]")) return;
    const file = [...(event.clipboardData?.files || [])].find((item) => item.type.startsWith("image/"));
    if (file) openFile(file);
  });

  listen("document", (now) => {
    if (!now?.id || now.id !== about.id) return tell(null);
    tell({ ...about, ...now, to_check: order(now.document).filter(({ character }) => toCheck(character)).length });
  });

  /** Say to the rest of the page which image is open, and how it stands. */
  function tell(now) {
    last = now;
    name.textContent = name.title = now?.name || "";
    state.textContent = now?.state ? `${STATES[now.state]?.mark || ""} ${STATES[now.state]?.name || now.state}` : "";
    sharing.disabled = !now?.document?.words.some((word) => word.characters.length);
    purpose.hidden = now?.inbox === false;
    opened.image = now || {}; // for parts of the page that come later
    emit("image", opened.image);
  }
  listen("verdict", ({ id, ...fields }) => {
    if (id !== last?.id) return;
    about = { ...about, ...fields };
    canvas.refresh();
    tell({ ...last, ...fields });
  });
  listen("openimage", ({ id }) => take(async () => ({ id })));
  listen("pickexample", ({ name: wanted }) => take(() => example(wanted)));
  listen("annotated", async () => {
    // in the background, or words came from a file
    const { id, seq } = last || {};
    if (!id || canvas.pending) return;
    const fresh = await label.documents.get(id).catch(() => null);
    if (!fresh || id !== shown || fresh.seq <= seq || canvas.pending) return;
    about = fresh;
    await canvas.refresh();
  });
  listen("notice", ({ text, alert }) => say(text, alert));
  listen("signedout", () =>
    say(
      tr("You have been logged out. Log in again in a new tab; then go on here, nothing that was saved is lost."),
      true,
    ),
  );
  // The browser's Back and Forward: to the image of the address. Marks within one page change no image.
  window.addEventListener("popstate", () => {
    const wanted = new URL(location.href).searchParams.get("image"),
      first = facts.examples[0]?.name;
    if (wanted && wanted !== shown) take(async () => ({ id: wanted }), { back: true });
    else if (!wanted && first) take(() => example(first), { back: true });
  });
  take(begin);
}

/** Names this page to the server, which deletes what a visitor of the demo made when their last page has gone. */
const PAGE = crypto.randomUUID?.() ?? String(Math.random());
window.addEventListener("pagehide", () => label.farewell("pages/left", { page: PAGE }));
window.addEventListener("pageshow", (event) => {
  if (event.persisted) label.post("pages", { page: PAGE }).catch(() => {});
});
