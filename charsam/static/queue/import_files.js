// Bringing images and words into a project: files are sent in batches and then taken in together. What was refused is listed
// with the reason.

import { label } from "../shared/api.js";
import { confirm } from "../shared/dialogs.js";
import { emit } from "../shared/events.js";
import { counted, heard, tr } from "../shared/words.js";
import { inBatches } from "./files.js";
import { askFormat } from "./project_dialogs.js";

/** project: () -> the chosen project's id. tell: (sentence, alert, list of what was not taken). draw: shows how far it is. */
export function bringing({ project, current, tell, draw, reload, open }) {
  let now = null, // how far it is: { done, of, name, stop }
    upload = null,
    wordy = false;

  /** Send files in batches, then take them in together, as a zip of the same files would be. */
  async function bring(files) {
    if (!files.length || !project()) return undefined;
    if (now) return tell(tr("Images are being added already; wait until they are there."), true);
    const id = project(),
      path = `projects/${encodeURIComponent(id)}/uploads`;
    const usable = files.filter(
      ({ name }) => !/(^|\/)(\.|__MACOSX\/)/.test(name) && !/(^|\/)(Thumbs\.db|desktop\.ini)$/i.test(name),
    );
    const refused = usable
      .filter(({ file: item }) => !item)
      .map(({ name }) => tr("{0} could not be read from this computer.", name));
    const batches = inBatches(usable.filter(({ file: item }) => item));
    if (!batches.length) return tell(tr("There is nothing to add."), true, refused);
    now = { done: 0, of: usable.length - refused.length, name: "", stop: new AbortController() };
    const more = { signal: now.stop.signal };
    let answer = null;
    forget();
    try {
      const here = (upload = { id, path: `${path}/${(await label.post(path, {}, more)).upload}` });
      for (const batch of batches) {
        now.name = batch[0].name.split("/").pop();
        draw();
        await send(`${here.path}/files`, batch, more).catch((error) => {
          if (error.name === "AbortError" || error.status === 0 || error.status === 401) throw error;
          refused.push(...batch.map(({ name }) => `${name}: ${error.message}`));
        });
        now.done += batch.length;
      }
      for (let step = 0; !answer || answer.running; step += 1) {
        answer = await label.post(`${here.path}/take`, {}, more);
        if (answer.running) Object.assign(now, { done: answer.done, name: tr("taking in") });
        draw();
        if (step % 5 === 4) reload();
      }
    } catch (error) {
      answer = answer?.running ? { added: answer.done } : answer;
      if (error.name !== "AbortError") refused.push(error.message);
    }
    const stopped = now.stop.signal.aborted;
    now = null;
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
        !(await confirm(
          tr("Restore what is whole?"),
          error.message,
          tr("Restore {0}", counted(error.body.whole, "image")),
        ))
      )
        throw error;
      return label.post(`${path}?rest=1`, form(), more);
    });
  }

  /** Say what came of an upload, and list what was not taken. */
  function report(answer, refused, stopped) {
    const problems = [...refused, ...(answer.problems || [])],
      left = answer.left || [];
    const words = answer.words ? tr(", words for {0} imported", counted(answer.words, "image")) : "";
    const missed = problems.length ? tr("; {0} skipped", problems.length) : "";
    const read = (answer.read || []).map(
      (one) => `${one.title}${one.words.length ? `: ${one.words.map((word) => `“${word}”`).join(", ")}` : ""}`,
    );
    wordy = Boolean(read.length || (answer.problems || []).length) && Boolean(upload);
    tell(
      `${stopped ? `${tr("Stopped.")} ` : ""}${tr("{0} added{1}{2}.", counted(answer.added || 0, "image"), words, missed)}${read.length ? ` ${tr("Read as {0}.", read.join("; "))}` : ""}`,
      problems.length > 0 && !answer.added,
      [...problems, ...left, ...(answer.said || [])].map(heard),
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
      tell(tr("Reading the words…"));
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

  return {
    bring,
    readOtherwise,
    /** Another project was chosen: the files of the last upload are wanted no longer. */
    leave: () => {
      if (upload && upload.id !== project()) forget();
    },
    get now() {
      return now;
    },
    /** Whether the last upload brought words, which may be read otherwise. */
    get wordy() {
      return wordy;
    },
  };
}
