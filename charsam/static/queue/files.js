// Files on their way in: dropped, in folders, in batches.

/** Files dropped on an element, those of dropped folders included: [{file, name}]. */
export function dropTarget(root, bring) {
  const carries = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    root.addEventListener(name, (event) => {
      if (carries(event)) {
        event.preventDefault();
        root.classList.add("cs-drop");
      }
    });
  }
  root.addEventListener("dragleave", (event) => {
    if (!root.contains(event.relatedTarget)) root.classList.remove("cs-drop");
  });
  root.addEventListener("drop", async (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    root.classList.remove("cs-drop");
    bring(await droppedFiles(event));
  });
}

export async function droppedFiles(event) {
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...event.dataTransfer.files].map((file) => ({ file, name: file.name }));
  return entries.length ? (await Promise.all(entries.map((entry) => filesBelow(entry)))).flat() : plain;
}

async function filesBelow(entry) {
  if (entry.isFile)
    return new Promise((ready) => {
      const name = entry.fullPath.replace(/^\//, "");
      entry.file(
        (file) => ready([{ file, name }]),
        () => ready([{ file: null, name }]),
      );
    });
  const reader = entry.createReader(),
    found = [];
  for (;;) {
    const part = await new Promise((ready) => {
      reader.readEntries(ready, () => ready([]));
    });
    if (!part.length) return found;
    found.push(...(await Promise.all(part.map(filesBelow))).flat());
  }
}

/** Files in requests of at most 100 files and, but for larger ones, 24 MB. */
export function inBatches(files) {
  const batches = [];
  let size = 0;
  for (const one of files) {
    if (!batches.length || batches.at(-1).length === 100 || size + one.file.size > 24e6) {
      batches.push([]);
      size = 0;
    }
    batches.at(-1).push(one);
    size += one.file.size;
  }
  return batches;
}
