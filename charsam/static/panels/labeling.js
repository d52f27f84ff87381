// The frame around the labeling canvas: opens photos (chosen, dropped, pasted), says what went wrong where it happened,
// and joins the canvas to the rest of the page: the words table, the tabs, the queue. The canvas itself is canvas_*.js.
import { createCanvas } from "../canvas/canvas.js";
import { droppedFiles } from "../queue/files.js";
import { label } from "../shared/api.js";
import { el, read } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { opened } from "../shared/open.js";
import { photos } from "../shared/photos.js";
import { rememberImage } from "../shared/remember.js";
import { STATES } from "../shared/sources.js";

export function labeling(element, props, watch, upload, send) {
  const root = element.querySelector(".cs-labeling") || element;
  const host = el("div", { class: "cs-host" });
  const empty = el("div", { class: "cs-empty" });
  const words = el("span", {});
  const note = el("div", { class: "cs-note", role: "status", hidden: true }, words,
    el("button", { type: "button", class: "cs-tool", title: "Dismiss", "aria-label": "Dismiss", onclick: () => say("") }, "✕"));
  const input = el("input", { type: "file", accept: "image/*", class: "cs-file", "aria-label": "Open image",
    onchange: () => { const file = input.files[0]; input.value = ""; openFile(file); } });
  const name = el("span", { class: "cs-open-name" }), state = el("span", { class: "cs-open-state" });
  const row = el("div", { class: "cs-open-row" }, el("label", { class: "cs-tool cs-open", title: "Open a photo; or drop or paste one onto the picture" }, "Open image…", input), name, state);
  root.replaceChildren(row, host, empty, note);

  const preview = el("img", { class: "cs-preview", alt: "", hidden: true });
  root.insertBefore(preview, empty);

  let value = {}, shown = null, told = 0, about = {};
  let wanted = null; // the image that was chosen here last; an answer of the server for an earlier one opens nothing
  const api = { ...label.documents, get: async (id) => {
    const answer = await label.documents.get(id);
    if (id === shown) about = answer; // its name, project and note, which edits do not carry
    return answer;
  } };
  const canvas = createCanvas(host, { api });
  opened.canvas = canvas;

  function say(text, alert = false) {
    words.textContent = text || "";
    note.hidden = !text;
    note.classList.toggle("cs-alert", Boolean(alert));
    note.setAttribute("role", alert ? "alert" : "status");
  }

  async function open(id) {
    const same = id === shown && canvas.document;
    shown = id;
    try {
      await (same ? canvas.refresh() : canvas.open(id));
    } catch (error) {
      if (shown === id) say(error.message, true);
    }
  }

  /** While the server takes an image up, what would run it waits: it would run the one before. */
  let again = 0;
  function opening(on) {
    clearTimeout(again);
    document.body.toggleAttribute("data-cs-opening", on);
    if (on && wanted) again = setTimeout(() => { send.show({ id: wanted }); opening(true); }, 4000); // the request got lost
    else if (on) again = setTimeout(() => opening(false), 8000);
  }

  function show() {
    value = read(props);
    if (value.token !== undefined) label.useToken(value.token);
    empty.textContent = value.empty || "";
    empty.hidden = !value.empty || Boolean(value.photo);
    host.style.visibility = value.document ? "" : "hidden";
    paintPreview();
    if (wanted === value.document || value.alert) wanted = null;
    if (!wanted) opening(false);
    if (!wanted && value.document && (value.document !== shown || value.seq > (canvas.seq ?? 0))) open(value.document);
    if (!value.document && shown) { shown = null; about = {}; canvas.close(); tell(null); }
    if (value.saying !== told) { told = value.saying; say(value.note, value.alert); }
    if (!wanted && value.remember !== undefined) rememberImage(value.remember ? value.document : null);
  }

  /** What can be seen before the canvas has its image: the photo that came with the page. */
  function paintPreview() {
    const source = value.photo && !shown ? photos.get(value.photo) : null;
    preview.hidden = !source;
    if (source) preview.src = source;
  }
  listen("photo", paintPreview);

  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

  async function openFile(file) {
    if (!file || !value.open) return;
    if (file.size > value.open.bytes) {
      say(`${file.name} is ${megabytes(file.size)}; the limit is ${megabytes(value.open.bytes)}. Open a smaller copy of it.`, true);
      return;
    }
    say(`Reading ${file.name || "the pasted picture"}…`);
    try {
      const { path } = await upload(file);
      wanted = null;
      opening(true);
      send.open({ path, name: file.name || "pasted.png" });
    } catch {
      say(`${file.name} could not be sent. Check the connection and open it again.`, true);
    }
  }

  const carries = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  for (const kind of ["dragenter", "dragover"]) {
    root.addEventListener(kind, (event) => { if (carries(event)) { event.preventDefault(); root.classList.add("cs-drop"); } });
  }
  root.addEventListener("dragleave", (event) => { if (!root.contains(event.relatedTarget)) root.classList.remove("cs-drop"); });
  root.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    root.classList.remove("cs-drop");
    const items = [...event.dataTransfer.items], files = [...event.dataTransfer.files];
    const several = files.length > 1 || /\.zip$/i.test(files[0]?.name || "") || items.some((item) => item.webkitGetAsEntry?.()?.isDirectory);
    if (several) droppedFiles(event).then((found) => emit("bring", { files: found }));
    else openFile(files[0]);
  });
  document.addEventListener("paste", (event) => {
    if (!root.isConnected || event.target.closest?.("input, textarea, [contenteditable]")) return;
    const file = [...(event.clipboardData?.files || [])].find((item) => item.type.startsWith("image/"));
    if (file) openFile(file);
  });

  // Edits reach the tab with the mask a moment after the last of them, where somebody looks at it.
  let timer = 0, behind = false;
  const maskShown = () => Boolean(document.querySelector("#cs-mask")?.offsetParent);
  function catchUp() {
    if (!behind || !maskShown()) return;
    behind = false;
    send.changed({});
  }
  let last = null;
  listen("document", (now) => {
    if (!now?.id || now.id !== about.id) return tell(null);
    preview.hidden = true;
    const edited = last?.id === now.id && now.seq > last.seq && now.seq > (value.seq || 0);
    tell({ ...about, ...now });
    if (!edited) return undefined;
    behind = true;
    clearTimeout(timer);
    timer = setTimeout(catchUp, 700);
    return undefined;
  });

  /** Say to the rest of the page which image is open, and how it stands. */
  function tell(now) {
    last = now;
    name.textContent = name.title = now?.name || "";
    state.textContent = now?.state ? `${STATES[now.state]?.mark || ""} ${STATES[now.state]?.name || now.state}` : "";
    opened.image = now || {}; // for parts of the page that come later
    emit("image", opened.image);
  }
  listen("verdict", ({ id, ...fields }) => {
    if (id !== last?.id) return;
    about = { ...about, ...fields };
    canvas.refresh();
    tell({ ...last, ...fields });
  });
  document.addEventListener("click", (event) => { if (event.target.closest?.('#cs-right [role="tab"]')) setTimeout(catchUp, 50); });

  listen("openimage", ({ id }) => { wanted = id; opening(true); open(id); send.show({ id }); });
  listen("picked", () => { wanted = null; opening(true); });
  listen("annotated", async () => { // in the background, by the machine
    const { id, seq } = last || {};
    if (!id || canvas.busy) return;
    const fresh = await label.documents.get(id).catch(() => null);
    if (!fresh || id !== shown || fresh.seq <= seq || canvas.busy) return;
    about = fresh;
    await canvas.refresh();
    send.show({ id });
  });
  listen("notice", ({ text, alert }) => say(text, alert));
  listen("signedout", () => say("You have been logged out. Log in again in a new tab; then go on here, nothing that was saved is lost.", true));
  watch("value", show);
  show();
}
