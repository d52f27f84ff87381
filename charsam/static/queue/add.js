// The foot of the queue: images brought in, annotated in the background, exported. It shows how far each is, and what was
// refused, with the reason.

import { label } from "../shared/api.js";
import { button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { duration } from "../shared/time.js";
import { counted, heard, tr } from "../shared/words.js";
import { bringing } from "./import_files.js";
import { annotation } from "./job.js";
import { learning } from "./learning.js";
import { share } from "./members.js";
import { askExport } from "./project_dialogs.js";

const IMAGES = "image/*,.heic,.heif,.mpo,.jfif,.zip,.json,.jsonl,.txt,.xml,.mat,.yaml,application/zip";

export function queueAdd(root, { people, project: chosenProject, counts, chosen, current, reload, open }) {
  const project = () => chosenProject()?.id ?? null;
  let exporting = false,
    last = "",
    lastAlert = false,
    problems = [];
  const upload = bringing({ project, current, tell, draw, reload, open });
  const job = annotation({ project, tell, draw, reload });
  const said = el("div", { class: "cs-foot-said" });
  const work = el("div", { class: "cs-foot-work" });
  const buttons = el("div", { class: "cs-foot-buttons" });
  root.replaceChildren(said, work, buttons);

  const way = (text, title, onclick, more = {}) => button(text, onclick, { class: "cs-tool cs-open", title, ...more });

  function file(text, title, attributes) {
    const onchange = () => {
      const files = [...input.files].map((item) => ({ file: item, name: item.webkitRelativePath || item.name }));
      input.value = "";
      upload.bring(files);
    };
    const input = el("input", {
      type: "file",
      class: "cs-file",
      multiple: true,
      ...attributes,
      "aria-label": title,
      onchange,
    });
    return el("label", { class: "cs-tool cs-open", title }, text, input);
  }

  function busy({ done, of, current: title = null }, text, stop) {
    const bar = el("progress", { value: done, max: Math.max(of, 1), "aria-label": text });
    return [el("div", { class: "cs-foot-progress", title }, bar, el("span", {}, text)), way(tr("Cancel"), null, stop)];
  }

  function progress() {
    const place = ({ done, of }) => tr("{0} of {1}", Math.min(done + 1, of), of);
    const { now } = upload;
    if (now) return busy(now, tr("Adding {0} · {1}", place(now), now.name), () => now.stop.abort());
    const { now: running } = job;
    if (!running) return [];
    const more = job.left === null ? running.current : duration(job.left);
    const text = tr("Annotating {0}{1}", place(running), more ? ` · ${more}` : "");
    return busy(running, running.trouble ? tr("Paused: {0}", heard(running.trouble)) : text, job.cancel);
  }

  function ways() {
    if (!project()) return [];
    const fresh = counts().new || 0;
    const adding = [
      file(tr("Add images…"), tr("Add images, zip files, or words files"), { accept: IMAGES }),
      file(tr("Folder…"), tr("Add a folder of images"), { webkitdirectory: true }),
    ];
    const what = tr("Find, read and mask the words of every new image; corrections are never overwritten");
    const annotate = way(tr("Annotate {0} new", fresh), what, job.annotate, { disabled: !fresh || Boolean(job.now) });
    const out = way(
      exporting ? tr("Exporting…") : tr("Export…"),
      tr("Masks and words of these images as a zip"),
      takeOut,
      {
        disabled: exporting,
      },
    );
    const members = way(tr("Members…"), null, () => share(project(), tell));
    return [
      ...(upload.now ? [] : adding),
      ...(fresh || job.now ? [annotate] : []),
      ...(Object.values(counts()).some(Boolean) ? [out] : []),
      ...(label.mode !== "demo" && !chosenProject().inbox
        ? [
            way(tr("Learn…"), tr("Fit the segmenter to what people corrected here"), learn),
            way(tr("Team…"), tr("Who has done what; a second reader"), people),
          ]
        : []),
      ...(label.mode === "login" && !chosenProject().inbox ? [members] : []),
    ];
  }

  const learn = () => learning(chosenProject(), { reload, annotate: job.look });

  function news() {
    const parts = [];
    if (last) {
      const dismiss = button("✕", () => tell(""), { "aria-label": tr("Dismiss"), title: tr("Dismiss") });
      parts.push(
        el("p", { class: lastAlert ? "cs-alert" : "", role: lastAlert ? "alert" : "status" }, last, " ", dismiss),
      );
      if (upload.wordy && !upload.now)
        parts.push(
          way(tr("Read otherwise…"), tr("Choose the format or the encoding of the words files"), upload.readOtherwise),
        );
    }
    if (problems.length) {
      const copy = way(tr("Copy the list"), null, (event) => copyText(problems.join("\n"), event.target));
      const lines = problems.slice(0, 1000).map((text) => el("li", {}, text));
      const title = el("summary", {}, tr("{0} to know: what was not taken, and why", problems.length));
      parts.push(el("details", {}, title, copy, el("ul", {}, ...lines)));
    }
    return parts;
  }

  function draw() {
    work.replaceChildren(...progress());
    buttons.replaceChildren(...ways());
    said.replaceChildren(...news());
  }

  /** Export the project, or what the filter shows of it. */
  async function takeOut() {
    const wanted = await askExport({ all: Object.values(counts()).reduce((sum, n) => sum + n, 0), chosen: chosen() });
    if (!wanted) return;
    exporting = true;
    tell(tr("Making the zip…"));
    try {
      const { images, left } = await label.download(
        `projects/${encodeURIComponent(project())}/export`,
        wanted,
        `charsam_${wanted.format}.zip`,
      );
      const out = left ? tr(" {0} left out; the zip's manifest says why.", left) : "";
      tell(
        images
          ? tr("{0} exported.{1} The zip's manifest holds the checksum of every file.", counted(images, "image"), out)
          : tr("Nothing to export yet.{0}", out),
        !images,
      );
    } catch (error) {
      tell(error.message, true);
    }
    exporting = false;
    draw();
  }

  function tell(text, alert = false, more = []) {
    last = text;
    lastAlert = alert;
    problems = more;
    draw();
  }

  /** After the project was chosen: what runs there already. */
  function look() {
    upload.leave();
    tell("");
    return job.look();
  }

  return { draw, bring: upload.bring, look };
}

/** Put a text on the clipboard; the button says that it is there, or selects it where the browser forbids that. */
async function copyText(text, button) {
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = tr("Copied");
  } catch {
    const area = el("textarea", { readonly: true, "aria-label": tr("What was not taken") });
    area.value = text;
    button.replaceWith(area);
    area.select();
    return;
  }
  setTimeout(() => {
    button.textContent = said;
  }, 2000);
}
