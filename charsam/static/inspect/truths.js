// Truth for a whole project: given as a zip or as files, and what it says of words that were missed or are too many.
import { el } from "../shared/dom.js";
import { heard, tr } from "../shared/words.js";

const TYPES = ".zip,.png,.bmp,.jpg,.jpeg,.tif,.tiff,.webp,.json";
const MOST = 12; // images that are named

/** send: (files) -> the server's answer. The button that takes the files, and where it says what came of them. */
export function truthButton({ send }) {
  const said = el("span", { class: "ci-said", role: "status" });
  const input = el("input", {
    type: "file",
    multiple: true,
    class: "ci-pick",
    accept: TYPES,
    "aria-label": tr("True masks of the project"),
    onchange: () => give([...input.files]),
  });
  const title = tr(
    "A zip, or masks named like the images (img1.png, img1_chars.png), or a words.json with masks. Kept with the project.",
  );
  const root = el("span", { class: "ci-truth" }, el("label", { class: "ci-reset", title }, tr("Truth…"), input), said);

  async function give(files) {
    input.value = "";
    if (!files.length) return;
    said.textContent = tr("Reading…");
    try {
      const { images, of, problems } = await send(files);
      said.title = problems.map(heard).join("\n");
      if (images) location.reload();
      else said.textContent = heard(problems[0]) || tr("None of these files is named like one of the {0} images.", of);
    } catch (error) {
      said.textContent = error.message;
    }
  }

  return root;
}

/** The words that were missed and those too many, over all images; each image leads to the app. */
export function wordsOf(images, address) {
  const known = images.filter(({ missed }) => missed);
  if (!known.length) return null;
  const sum = (get) => known.reduce((total, image) => total + get(image), 0);
  const list = (key, text) => {
    const all = sum((image) => image[key].length),
      most = (a, b) => b[key].length - a[key].length || a.file.localeCompare(b.file),
      some = known
        .filter((image) => image[key].length)
        .sort(most)
        .slice(0, MOST);
    const links = some.flatMap((image, index) => [
      index ? ", " : " (",
      el("a", { href: address(image) }, `${image.file}${image[key].length > 1 ? ` ${image[key].length}` : ""}`),
    ]);
    return [el("b", {}, tr(text, all)), ...links, ...(links.length ? [")"] : [])];
  };
  return el(
    "p",
    { class: "ci-words" },
    tr(
      "Truth of {0} of {1} images, {2} words: ",
      known.length,
      images.length,
      sum(({ counted }) => counted),
    ),
    ...list("missed", "{0} missed"),
    " · ",
    ...list("extra", "{0} too many"),
  );
}
