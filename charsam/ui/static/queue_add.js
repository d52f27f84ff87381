// Bringing images into a project and results out of it: uploads one after the other, annotation of all that is new in the
// background, exports. Each shows how far it is and can be stopped; what was refused is listed with the reason.
charsam.queueAdd = (root, { project: chosenProject, counts, chosen, current, reload, open }) => {
  const { el, label } = charsam;
  const POLL = 700;
  const project = () => chosenProject()?.id ?? null;
  const many = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  let bringing = null, job = null, watching = 0, exporting = false, last = "", lastAlert = false, problems = [];

  const file = (text, title, attributes) => {
    const input = el("input", { type: "file", class: "cs-file", multiple: true, ...attributes, "aria-label": title,
      onchange: () => { const files = [...input.files].map((item) => ({ file: item, name: item.webkitRelativePath || item.name })); input.value = ""; bring(files); } });
    return el("label", { class: "cs-tool cs-open", title }, text, input);
  };
  const said = el("div", { class: "cs-foot-said" });
  const work = el("div", { class: "cs-foot-work" });
  const buttons = el("div", { class: "cs-foot-buttons" });
  root.replaceChildren(said, work, buttons);

  const busyBar = (done, of, text, stop) => [el("div", { class: "cs-foot-progress" }, el("progress", { value: done, max: Math.max(of, 1), "aria-label": text }),
    el("span", {}, text)), el("button", { type: "button", class: "cs-tool cs-open", onclick: stop }, "Cancel")];

  function draw() {
    if (bringing) work.replaceChildren(...busyBar(bringing.done, bringing.of, `Adding ${Math.min(bringing.done + 1, bringing.of)} of ${bringing.of} · ${bringing.name}`, () => bringing.stop.abort()));
    else if (job?.running) work.replaceChildren(...busyBar(job.done, job.of, `Annotating ${Math.min(job.done + 1, job.of)} of ${job.of}${job.current ? ` · ${job.current}` : ""}`, cancel));
    else work.replaceChildren();
    const fresh = counts().new || 0, any = Object.values(counts()).some(Boolean);
    const off = Boolean(bringing);
    buttons.replaceChildren(...(project() ? [
      off ? null : file("Add images…", "Add images, zip files, or words files", { accept: "image/*,.zip,.json,.txt,.xml,application/zip" }),
      off ? null : file("Folder…", "Add a folder of images", { webkitdirectory: true }),
      el("button", { type: "button", class: "cs-tool cs-open", disabled: !fresh || Boolean(job?.running), onclick: annotate,
        title: fresh ? "Find, read and mask the words of every new image; corrections are never overwritten" : "There is no new image" }, fresh ? `Annotate ${fresh} new` : "Annotate new"),
      any ? el("button", { type: "button", class: "cs-tool cs-open", disabled: exporting, onclick: takeOut, title: "Masks and words of these images as a zip" }, exporting ? "Exporting…" : "Export…") : null,
      label.mode === "login" && !chosenProject().inbox ? el("button", { type: "button", class: "cs-tool cs-open", onclick: share }, "Share…") : null,
    ].filter(Boolean) : []));
    said.replaceChildren(...(last ? [el("p", { class: lastAlert ? "cs-alert" : "", role: lastAlert ? "alert" : "status" }, last,
      " ", el("button", { type: "button", class: "cs-tool", "aria-label": "Dismiss", title: "Dismiss", onclick: () => { last = ""; problems = []; draw(); } }, "✕"))] : []),
      ...(problems.length ? [el("details", {}, el("summary", {}, `${problems.length} not taken or failed: why`), el("ul", {}, ...problems.slice(0, 200).map((text) => el("li", {}, text))))] : []));
  }

  /** Export the project, or what the filter shows of it. */
  async function takeOut() {
    const wanted = await charsam.askExport({ all: Object.values(counts()).reduce((sum, n) => sum + n, 0), chosen: chosen() });
    if (!wanted) return;
    exporting = true;
    tell("Making the zip…");
    try {
      const { images, left } = await label.download(`projects/${encodeURIComponent(project())}/export`, wanted, `charsam_${wanted.format}.zip`);
      const out = left ? ` ${left} left out: new or rejected.` : "";
      tell(images ? `${many(images, "image")} exported.${out} The zip's manifest holds the checksum of every file.` : `Nothing to export yet.${out}`, !images);
    } catch (error) { tell(error.message, true); }
    exporting = false;
    draw();
  }

  /** Let another person who can log in here work on this project. */
  async function share() {
    const path = `projects/${encodeURIComponent(project())}/members`;
    try {
      const { members } = await label.get(path);
      const name = await charsam.prompt("Share this project", `Shared by now: ${members.join(", ")}. Name of the person who may open and edit it too`, "");
      if (!name) return;
      await label.post(path, { name });
      tell(`${name} can open and edit this project now.`);
    } catch (error) { tell(error.message, true); }
  }

  function tell(text, alert = false, more = []) {
    last = text;
    lastAlert = alert;
    problems = more;
    draw();
  }

  /** Send files one after the other, so that one that is refused stops none of the others. Words files come last. */
  async function bring(files) {
    if (!files.length || !project()) return;
    if (bringing) return tell("Images are being added already; wait until they are there.", true);
    const id = project(), wordy = (name) => /\.(json|txt|xml)$/i.test(name);
    const usable = files.filter(({ name }) => !/(^|\/)\./.test(name) && !/(^|\/)(Thumbs\.db|desktop\.ini)$/i.test(name));
    usable.sort((a, b) => wordy(a.name) - wordy(b.name) || a.name.localeCompare(b.name, undefined, { numeric: true }));
    bringing = { done: 0, of: usable.length, name: "", stop: new AbortController() };
    const refused = [];
    let added = 0, words = 0, first = null;
    for (const { file: item, name } of usable) {
      bringing.name = name.split("/").pop();
      draw();
      const form = new FormData();
      form.append("files", item, name);
      try {
        const path = `projects/${encodeURIComponent(id)}/images`, more = { signal: bringing.stop.signal };
        const answer = await label.post(path, form, more).catch(async (error) => {
          if (!error.body?.whole || !await charsam.confirm("Restore what is whole?", error.message, `Restore ${many(error.body.whole, "image")}`)) throw error;
          return label.post(`${path}?rest=1`, form, more);
        });
        added += answer.images.length;
        words += answer.words;
        first ??= answer.images[0] || null;
        refused.push(...answer.problems);
      } catch (error) {
        if (error.name === "AbortError") break;
        refused.push(`${name}: ${error.message}`);
        if (error.status === 0 || error.status === 401) break;
      }
      bringing.done += 1;
      if (bringing.done % 10 === 0) reload();
    }
    const stopped = bringing.stop.signal.aborted;
    bringing = null;
    tell(`${stopped ? "Stopped. " : ""}${many(added, "image")} added${words ? `, words for ${many(words, "image")} imported` : ""}${refused.length ? `; ${refused.length} not taken` : ""}.`, refused.length > 0 && !added, refused);
    await reload();
    if (first && (added === 1 || current()?.project !== id)) open(first.id);
    return undefined;
  }

  async function annotate() {
    try {
      job = await label.post(`projects/${encodeURIComponent(project())}/annotate`, { states: ["new"] });
      last = "";
      problems = [];
      draw();
      watch();
    } catch (error) { tell(error.message, true); }
  }

  async function cancel() {
    try {
      job = await label.post(`projects/${encodeURIComponent(project())}/cancel`);
      draw();
    } catch (error) { tell(error.message, true); }
  }

  /** Ask how far the annotation is, as long as it runs. */
  async function watch() {
    const mine = ++watching, id = project();
    let done = -1;
    while (mine === watching && id === project()) {
      try { job = await label.get(`projects/${encodeURIComponent(id)}/progress`); } catch (error) { tell(error.message, true); return; }
      if (mine !== watching || id !== project()) return;
      if (job.done !== done) { done = job.done; reload(); charsam.say("annotated", {}); }
      draw();
      if (!job.running) {
        if (job.of) tell(job.text, job.failed.length > 0, job.failed);
        return;
      }
      await new Promise((ready) => { setTimeout(ready, POLL); });
    }
  }

  /** After the project was chosen: what runs there already. */
  async function look() {
    watching += 1;
    job = null;
    last = "";
    problems = [];
    draw();
    if (!project()) return;
    try {
      job = await label.get(`projects/${encodeURIComponent(project())}/progress`);
      if (job.running) watch();
      draw();
    } catch { /* the list says what is wrong */ }
  }

  return { draw, bring, look };
};

/** Files dropped on an element, those of dropped folders included: [{file, name}]. */
charsam.dropTarget = (root, bring) => {
  const carries = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    root.addEventListener(name, (event) => { if (carries(event)) { event.preventDefault(); root.classList.add("cs-drop"); } });
  }
  root.addEventListener("dragleave", (event) => { if (!root.contains(event.relatedTarget)) root.classList.remove("cs-drop"); });
  root.addEventListener("drop", async (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    root.classList.remove("cs-drop");
    bring(await charsam.droppedFiles(event));
  });
};

charsam.droppedFiles = async (event) => {
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...event.dataTransfer.files].map((file) => ({ file, name: file.name }));
  return entries.length ? (await Promise.all(entries.map((entry) => charsam.filesBelow(entry)))).flat() : plain;
};

charsam.filesBelow = async (entry) => {
  if (entry.isFile) return new Promise((ready) => { entry.file((file) => ready([{ file, name: entry.fullPath.replace(/^\//, "") }]), () => ready([])); });
  const reader = entry.createReader(), found = [];
  for (;;) {
    const part = await new Promise((ready) => { reader.readEntries(ready, () => ready([])); });
    if (!part.length) return found;
    found.push(...(await Promise.all(part.map(charsam.filesBelow))).flat());
  }
};
