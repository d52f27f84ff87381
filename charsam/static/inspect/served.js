// The cases of a project in the app: its images are inspected one by one while the page is open already.
import { kept } from "../shared/kept.js";
import { createPage } from "./page.js";

(async () => {
  const root = document.getElementById("inspect");
  const correct = (one) => {
    const word = one.word || one;
    return `../../../?image=${encodeURIComponent(word.image.id)}#inspect=w${word.index}${one.word ? `c${one.index}` : ""}`;
  };
  const page = (window.inspectPage = createPage(root, JSON.parse(document.getElementById("about").textContent), {
    correct,
  }));
  const back = document.createElement("a");
  back.className = "ci-back";
  back.href = "../../../";
  back.textContent = "← the app";
  root.querySelector(".ci-header").prepend(back);
  // The app leads back to exactly these cases.
  const remember = () => {
    page.flush();
    kept.write("cases", location.href);
  };
  document.addEventListener(
    "click",
    (event) => {
      if (event.target.closest?.(".ci-correct")) remember();
    },
    true,
  );
  const ask = async (path) => {
    const answer = await fetch(path, { headers: { Accept: "application/json" } });
    const value = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(value.error || `The server answered with an error (${answer.status}).`);
    return value;
  };
  const here = location.pathname.split("/").pop();
  page.ready("looking…");
  try {
    const images = [];
    for (let after = null; ; ) {
      const part = await ask(`${here}/images${after ? `?after=${encodeURIComponent(after)}` : ""}`);
      images.push(...part.images.filter((image) => image.characters));
      if (!part.next) break;
      after = part.next;
    }
    let done = 0,
      failed = 0,
      shown = 0;
    const waiting = [...images],
      said = () =>
        done < images.length
          ? `inspected ${done} of ${images.length} images…`
          : failed
            ? `${failed} images could not be inspected`
            : "";
    const worker = async () => {
      for (let image = waiting.shift(); image; image = waiting.shift()) {
        try {
          page.add([await ask(`../images/${image.id}/sheet`)]);
        } catch {
          failed += 1;
        }
        done += 1;
        if (performance.now() - shown > 1500 || done === images.length) {
          page.refresh(said());
          shown = performance.now();
        }
      }
    };
    await Promise.all([worker(), worker()]);
    page.refresh(images.length ? said() : "No image of this project has masks yet: run or annotate them first.");
  } catch (error) {
    page.refresh(error.message);
  }
})();
