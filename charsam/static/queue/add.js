// Bringing images into a project and results out of it: uploads one after the other, annotation of all that is new in the
// background, exports. Each shows how far it is and can be stopped; what was refused is listed with the reason.

import { label } from "../shared/api.js";
import { askAbout, askExport, askFormat, confirm, prompt } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { emit } from "../shared/events.js";
import { inBatches } from "./files.js";

export function queueAdd(root, { project: chosenProject, counts, chosen, current, reload, open }) {
  const POLL = 700;
  const project = () => chosenProject()?.id ?? null;
  const many = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  let bringing = null,
    job = null,
    watching = 0,
    exporting = false,
    last = "",
    lastAlert = false,
    problems = [],
    upload = null,
    wordy = false;

  const file = (text, title, attributes) => {
    const input = el("input", {
      type: "file",
      class: "cs-file",
      multiple: true,
      ...attributes,
      "aria-label": title,
      onchange: () => {
        const files = [...input.files].map((item) => ({ file: item, name: item.webkitRelativePath || item.name }));
        input.value = "";
        bring(files);
      },
    });
    return el("label", { class: "cs-tool cs-open", title }, text, input);
  };
  const said = el("div", { class: "cs-foot-said" });
  const work = el("div", { class: "cs-foot-work" });
  const buttons = el("div", { class: "cs-foot-buttons" });
  root.replaceChildren(said, work, buttons);

  const busyBar = (done, of, text, stop) => [
    el(
      "div",
      { class: "cs-foot-progress" },
      el("progress", { value: done, max: Math.max(of, 1), "aria-label": text }),
      el("span", {}, text),
    ),
    el("button", { type: "button", class: "cs-tool cs-open", onclick: stop }, "Cancel"),
  ];

  function draw() {
    if (bringing)
      work.replaceChildren(
        ...busyBar(
          bringing.done,
          bringing.of,
          `Adding ${Math.min(bringing.done + 1, bringing.of)} of ${bringing.of} · ${bringing.name}`,
          () => bringing.stop.abort(),
        ),
      );
    else if (job?.running)
      work.replaceChildren(
        ...busyBar(
          job.done,
          job.of,
          job.trouble
            ? `Paused: ${job.trouble}`
            : `Annotating ${Math.min(job.done + 1, job.of)} of ${job.of}${job.current ? ` · ${job.current}` : ""}`,
          cancel,
        ),
      );
    else work.replaceChildren();
    const fresh = counts().new || 0,
      any = Object.values(counts()).some(Boolean);
    const off = Boolean(bringing);
    buttons.replaceChildren(
      ...(project()
        ? [
            off
              ? null
              : file("Add images…", "Add images, zip files, or words files", {
                  accept: "image/*,.mpo,.jfif,.zip,.json,.jsonl,.txt,.xml,.mat,.yaml,application/zip",
                }),
            off ? null : file("Folder…", "Add a folder of images", { webkitdirectory: true }),
            el(
              "button",
              {
                type: "button",
                class: "cs-tool cs-open",
                disabled: !fresh || Boolean(job?.running),
                onclick: annotate,
                title: fresh
                  ? "Find, read and mask the words of every new image; corrections are never overwritten"
                  : "There is no new image",
              },
              fresh ? `Annotate ${fresh} new` : "Annotate new",
            ),
            any
              ? el(
                  "button",
                  {
                    type: "button",
                    class: "cs-tool cs-open",
                    disabled: exporting,
                    onclick: takeOut,
                    title: "Masks and words of these images as a zip",
                  },
                  exporting ? "Exporting…" : "Export…",
                )
              : null,
            label.mode === "login" && !chosenProject().inbox
              ? el("button", { type: "button", class: "cs-tool cs-open", onclick: share }, "Members…")
              : null,
          ].filter(Boolean)
        : []),
    );
    said.replaceChildren(
      ...(last
        ? [
            el(
              "p",
              { class: lastAlert ? "cs-alert" : "", role: lastAlert ? "alert" : "status" },
              last,
              " ",
              el(
                "button",
                {
                  type: "button",
                  class: "cs-tool",
                  "aria-label": "Dismiss",
                  title: "Dismiss",
                  onclick: () => {
                    last = "";
                    problems = [];
                    draw();
                  },
                },
                "✕",
              ),
            ),
          ]
        : []),
      ...(last && wordy && !bringing
        ? [
            el(
              "button",
              {
                type: "button",
                class: "cs-tool cs-open",
                onclick: readOtherwise,
                title: "Choose the format or the encoding of the words files",
              },
              "Read otherwise…",
            ),
          ]
        : []),
      ...(problems.length
        ? [
            el(
              "details",
              {},
              el("summary", {}, `${problems.length} to know: what was not taken, and why`),
              el(
                "button",
                {
                  type: "button",
                  class: "cs-tool cs-open",
                  onclick: (event) => copyText(problems.join("\n"), event.target),
                },
                "Copy the list",
              ),
              el("ul", {}, ...problems.slice(0, 1000).map((text) => el("li", {}, text))),
            ),
          ]
        : []),
    );
  }

  /** Export the project, or what the filter shows of it. */
  async function takeOut() {
    const wanted = await askExport({ all: Object.values(counts()).reduce((sum, n) => sum + n, 0), chosen: chosen() });
    if (!wanted) return;
    exporting = true;
    tell("Making the zip…");
    try {
      const { images, left } = await label.download(
        `projects/${encodeURIComponent(project())}/export`,
        wanted,
        `charsam_${wanted.format}.zip`,
      );
      const out = left ? ` ${left} left out; the zip's manifest says why.` : "";
      tell(
        images
          ? `${many(images, "image")} exported.${out} The zip's manifest holds the checksum of every file.`
          : `Nothing to export yet.${out}`,
        !images,
      );
    } catch (error) {
      tell(error.message, true);
    }
    exporting = false;
    draw();
  }

  /** Who works on this project, as what; the owner adds and removes people, the others may leave. */
  async function share() {
    const path = `projects/${encodeURIComponent(project())}/members`;
    try {
      const { roles, mine, me } = await label.get(path);
      const owner = mine === "owner",
        other = { labeler: "reader", reader: "labeler" };
      const rows = Object.entries(roles).map(([name, role]) => [
        name,
        role,
        ...(owner && role !== "owner" ? [[`Make ${other[role]}`, { name, role: other[role] }]] : []),
        ...(role !== "owner" && (owner || name === me)
          ? [[name === me ? "Leave" : "Remove", { name, remove: true }]]
          : []),
      ]);
      const what = "A labeler may edit, add and delete images; a reader may look and export.";
      const wanted = await askAbout("Members", what, rows, ...(owner ? [["Add a person…", { add: true }]] : []));
      if (!wanted) return;
      const name = wanted.add
        ? await prompt("Share this project", "Name of the person who may open and edit it too", "")
        : wanted.name;
      if (!name) return;
      await label.post(wanted.remove ? `${path}/remove` : path, {
        name,
        ...(wanted.role ? { role: wanted.role } : {}),
      });
      if (wanted.remove && name === me) location.assign("/");
      tell(wanted.remove ? `${name} was removed.` : `${name} is a ${wanted.role || "labeler"} of this project now.`);
    } catch (error) {
      tell(error.message, true);
    }
  }

  function tell(text, alert = false, more = []) {
    last = text;
    lastAlert = alert;
    problems = more;
    draw();
  }

  /** Send files in batches, then take them in together, as a zip of the same files would be. */
  async function bring(files) {
    if (!files.length || !project()) return;
    if (bringing) return tell("Images are being added already; wait until they are there.", true);
    const id = project(),
      path = `projects/${encodeURIComponent(id)}/uploads`;
    const usable = files.filter(
      ({ name }) => !/(^|\/)(\.|__MACOSX\/)/.test(name) && !/(^|\/)(Thumbs\.db|desktop\.ini)$/i.test(name),
    );
    const refused = usable
      .filter(({ file: item }) => !item)
      .map(({ name }) => `${name} could not be read from this computer.`);
    const batches = inBatches(usable.filter(({ file: item }) => item));
    if (!batches.length) return tell("There is nothing to add.", true, refused);
    bringing = { done: 0, of: usable.length - refused.length, name: "", stop: new AbortController() };
    const more = { signal: bringing.stop.signal };
    let answer = null;
    forget();
    try {
      const here = (upload = { id, path: `${path}/${(await label.post(path, {}, more)).upload}` });
      for (const batch of batches) {
        bringing.name = batch[0].name.split("/").pop();
        draw();
        await send(`${here.path}/files`, batch, more).catch((error) => {
          if (error.name === "AbortError" || error.status === 0 || error.status === 401) throw error;
          refused.push(...batch.map(({ name }) => `${name}: ${error.message}`));
        });
        bringing.done += batch.length;
      }
      for (let step = 0; !answer || answer.running; step += 1) {
        answer = await label.post(`${here.path}/take`, {}, more);
        if (answer.running) Object.assign(bringing, { done: answer.done, name: "taking in" });
        draw();
        if (step % 5 === 4) reload();
      }
    } catch (error) {
      answer = answer?.running ? { added: answer.done } : answer;
      if (error.name !== "AbortError") refused.push(error.message);
    }
    const stopped = bringing.stop.signal.aborted;
    bringing = null;
    report(answer || {}, refused, stopped);
    await reload();
    emit("annotated", {}); // the open image may have got words
    const first = answer?.images?.[0];
    if (first && (answer.added === 1 || current()?.project !== id)) open(first.id);
    return undefined;
  }

  async function send(path, batch, more) {
    const form = () =>
      batch.reduce((all, { file: item, name }) => {
        all.append("files", item, name);
        return all;
      }, new FormData());
    return label.post(path, form(), more).catch(async (error) => {
      if (
        !error.body?.whole ||
        !(await confirm("Restore what is whole?", error.message, `Restore ${many(error.body.whole, "image")}`))
      )
        throw error;
      return label.post(`${path}?rest=1`, form(), more);
    });
  }

  /** Say what came of an upload, and list what was not taken. */
  function report(answer, refused, stopped) {
    const problems = [...refused, ...(answer.problems || [])],
      left = answer.left || [];
    const words = answer.words ? `, words for ${many(answer.words, "image")} imported` : "";
    const missed = problems.length ? `; ${problems.length} not taken` : "";
    const read = (answer.read || []).map(
      (one) => `${one.title}${one.words.length ? `: ${one.words.map((word) => `“${word}”`).join(", ")}` : ""}`,
    );
    wordy = Boolean(read.length || (answer.problems || []).length) && Boolean(upload);
    tell(
      `${stopped ? "Stopped. " : ""}${many(answer.added || 0, "image")} added${words}${missed}.${read.length ? ` Read as ${read.join("; ")}.` : ""}`,
      problems.length > 0 && !answer.added,
      [...problems, ...left, ...(answer.said || [])],
    );
  }

  /** Let the person choose the format or encoding of the words that have just come. */
  async function readOtherwise() {
    const here = upload;
    try {
      const wanted = await askFormat((encoding) =>
        label.get(`${here.path}/formats?encoding=${encodeURIComponent(encoding)}`),
      );
      if (!wanted) return;
      tell("Reading the words…");
      report({ ...(await label.post(`${here.path}/words`, wanted)), added: 0 }, [], false);
      await reload();
      emit("annotated", {});
    } catch (error) {
      tell(error.message, true);
    }
  }

  function forget() {
    if (upload) label.post(`${upload.path}/close`, {}).catch(() => {});
    upload = null;
    wordy = false;
  }

  async function annotate() {
    try {
      job = await label.post(`projects/${encodeURIComponent(project())}/annotate`, { states: ["new"] });
      last = "";
      problems = [];
      draw();
      watch();
    } catch (error) {
      tell(error.message, true);
    }
  }

  async function cancel() {
    try {
      job = await label.post(`projects/${encodeURIComponent(project())}/cancel`);
      draw();
    } catch (error) {
      tell(error.message, true);
    }
  }

  /** Ask how far the annotation is, as long as it runs. */
  async function watch() {
    const mine = ++watching,
      id = project();
    let done = -1;
    while (mine === watching && id === project()) {
      try {
        job = await label.get(`projects/${encodeURIComponent(id)}/progress`);
      } catch (error) {
        tell(error.message, true);
        return;
      }
      if (mine !== watching || id !== project()) return;
      if (job.done !== done) {
        done = job.done;
        reload();
        emit("annotated", {});
      }
      draw();
      if (!job.running) {
        if (job.of) tell(job.text, job.failed.length > 0, job.failed);
        return;
      }
      await new Promise((ready) => {
        setTimeout(ready, POLL);
      });
    }
  }

  /** After the project was chosen: what runs there already. */
  async function look() {
    watching += 1;
    if (upload && upload.id !== project()) forget();
    job = null;
    last = "";
    problems = [];
    draw();
    if (!project()) return;
    try {
      job = await label.get(`projects/${encodeURIComponent(project())}/progress`);
      if (job.running) watch();
      draw();
    } catch {
      /* the list says what is wrong */
    }
  }

  return { draw, bring, look };
}

/** Put a text on the clipboard; the button says that it is there, or selects it where the browser forbids that. */
export async function copyText(text, button) {
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const area = el("textarea", { readonly: true, "aria-label": "What was not taken" });
    area.value = text;
    button.replaceWith(area);
    area.select();
    return;
  }
  setTimeout(() => {
    button.textContent = said;
  }, 2000);
}
