// The cases of a project in the app: its images are inspected one by one while the page is open already.
import { kept } from "../shared/storage.js";
import { keepTheme } from "../shared/theme.js";
import { counted, tr } from "../shared/words.js";
import { createPage } from "./page.js";
import { projectComparison } from "./project_compare.js";
import { truthButton, wordsOf } from "./truths.js";

(async () => {
  const root = document.getElementById("inspect");
  const correct = (one) => {
    const word = one.word || one;
    return `../../../?image=${encodeURIComponent(word.image.id)}#inspect=w${word.index}${one.word ? `c${one.index}` : ""}`;
  };
  keepTheme();
  const ask = async (path, options = {}) => {
    const answer = await fetch(path, { headers: { Accept: "application/json" }, ...options });
    const value = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(value.error || tr("The server answered with an error ({0}).", answer.status));
    return value;
  };
  const about = JSON.parse(document.getElementById("about").textContent),
    here = location.pathname.split("/").pop(),
    images = [];
  const shown = ({ id }, ref) => `../../../?image=${encodeURIComponent(id)}${ref ? `#inspect=${ref}` : ""}`;
  const compare = projectComparison({
    segmenters: about.segmenters,
    ask,
    images: () => images.filter(({ characters }) => characters),
    address: shown,
    place: `compared.${here}`,
  });
  const decide = (image, refs, verdict) =>
    ask(`../images/${image.id}/decide`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ refs, verdict }),
    });
  const page = (window.inspectPage = createPage(root, about, { correct, decide, compare }));
  page.tools(
    truthButton({
      send: (files) => {
        const body = new FormData();
        for (const file of files) body.append("files", file, file.name);
        return ask(`${here}/truth`, { method: "POST", body });
      },
    }),
  );
  const back = document.createElement("a");
  back.className = "ci-back";
  back.href = "../../../";
  back.textContent = tr("← the app");
  root.querySelector(".ci-header").prepend(back);
  // The app leads back to exactly these cases.
  const remember = () => {
    page.flush();
    kept.write("cases", location.href);
  };
  document.addEventListener(
    "click",
    (event) => {
      if (event.target.closest?.(".ci-correct, .ci-compare a")) remember();
    },
    true,
  );
  page.ready(tr("looking…"));
  try {
    for (let after = null; ; ) {
      const part = await ask(`${here}/images${after ? `?after=${encodeURIComponent(after)}` : ""}`);
      images.push(...part.images.filter((image) => image.characters || about.truth)); // truth tells what was missed there
      if (!part.next) break;
      after = part.next;
    }
    let done = 0,
      failed = 0,
      drawn = 0;
    const waiting = [...images],
      said = () =>
        done < images.length
          ? tr("inspected {0} of {1} images…", done, images.length)
          : failed
            ? tr("{0} could not be inspected", counted(failed, "image"))
            : "";
    const worker = async () => {
      for (let image = waiting.shift(); image; image = waiting.shift()) {
        try {
          page.add([await ask(`../images/${image.id}/sheet`)]);
        } catch {
          failed += 1;
        }
        done += 1;
        if (performance.now() - drawn > 1500 || done === images.length) {
          page.refresh(said());
          drawn = performance.now();
        }
      }
    };
    await Promise.all([worker(), worker()]);
    page.tell(wordsOf(page.data.images, shown));
    page.refresh(images.length ? said() : tr("No image of this project has masks yet: run or annotate them first."));
  } catch (error) {
    page.refresh(error.message);
  }
})();
