// Share: the result as a picture, the letters cut out, the stages as an animated picture, the photo without its text.
import { label } from "../shared/api.js";
import { ask, button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { opened } from "../shared/open.js";
import { settingsQuery } from "../shared/settings.js";
import { tr } from "../shared/words.js";

const KINDS = [
  ["overlay", tr("Overlay"), "overlay.png", tr("The photo with a colour for every letter.")],
  ["cutout", tr("Letters cut out"), "cutout.png", tr("The text alone, all else transparent.")],
  ["stages", tr("Stages, animated"), "stages.webp", tr("From the photo to the masks in six steps.")],
  [
    "erased",
    tr("Text erased"),
    "erased.png",
    tr("The letters painted out. What can still be read, the mask has missed."),
  ],
];
const MOST = 30; // pixels by which a mask may be grown

/** Opens the dialog for the open picture. */
export async function share() {
  await opened.canvas.settled();
  const { id, name } = opened.image;
  let kind = KINDS[0],
    grow = 0,
    file = null,
    asked = 0,
    timer = 0;
  const picture = el("img", { alt: "" }),
    said = el("p", { class: "cs-share-said", role: "status" }),
    about = el("p", {}),
    shown = el("div", { class: "cs-share-picture" }, picture);
  const number = el("output", {}, "0 px");
  const slide = el("input", {
    type: "range",
    min: 0,
    max: MOST,
    value: 0,
    "aria-label": tr("Grow the mask, in pixels"),
    oninput: () => {
      grow = Number(slide.value);
      number.textContent = `${grow} px`;
      clearTimeout(timer);
      timer = setTimeout(fetchIt, 200);
    },
  });
  const growing = el("label", { class: "cs-share-grow" }, tr("Grow the mask"), slide, number);
  const choices = KINDS.map((one) =>
    el(
      "label",
      {},
      el("input", { type: "radio", name: "cs-share", checked: one === kind, onchange: () => choose(one) }),
      one[1],
    ),
  );
  const main = (text, act, more = {}) => button(text, act, { class: "cs-tool cs-open", disabled: true, ...more });
  const save = main(tr("Download"), () => handOver(), { class: "cs-tool cs-open cs-main-way" });
  const copy = main(tr("Copy"), toClipboard);
  const send = main(tr("Send…"), () => navigator.share({ files: [file] }).catch(() => {}));
  send.hidden = !navigator.canShare?.({ files: [new File([""], "a.png", { type: "image/png" })] });

  function choose(one) {
    kind = one;
    fetchIt();
  }

  const wantsGrowing = () => ["erased", "cutout"].includes(kind[0]);

  async function fetchIt() {
    const mine = ++asked,
      [, title, path, text] = kind;
    growing.hidden = !wantsGrowing();
    about.textContent = text;
    shown.dataset.kind = kind[0];
    shown.classList.add("cs-waiting");
    for (const one of [save, copy, send]) one.disabled = true;
    said.textContent = tr("One moment…");
    try {
      const query = kind[0] === "stages" ? settingsQuery() : wantsGrowing() ? `grow=${grow}` : "";
      const answer = await label.get(`documents/${encodeURIComponent(id)}/files/${path}?${query}`, { raw: true });
      const blob = await answer.blob(),
        called = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("content-disposition") || "")?.[1];
      if (mine !== asked) return;
      file = new File([blob], decodeURIComponent(called || path), { type: blob.type });
      URL.revokeObjectURL(picture.src);
      picture.src = URL.createObjectURL(blob);
      picture.alt = `${title}: ${name}`;
      said.textContent = `${file.name}, ${size(blob.size)}`;
      save.disabled = send.disabled = false;
      copy.disabled = blob.type !== "image/png" || !window.ClipboardItem;
    } catch (error) {
      if (mine === asked) said.textContent = error.message;
    } finally {
      if (mine === asked) shown.classList.remove("cs-waiting");
    }
  }

  const size = (bytes) => (bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  function handOver() {
    const link = el("a", { href: URL.createObjectURL(file), download: file.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  async function toClipboard() {
    try {
      await navigator.clipboard.write([new ClipboardItem({ [file.type]: file })]);
      said.textContent = tr("The image is on the clipboard.");
    } catch {
      said.textContent = tr("This browser does not let a page copy images; use Download.");
    }
  }

  const fill = (close) => {
    const row = el(
      "div",
      { class: "cs-share-kinds", role: "radiogroup", "aria-label": tr("What to share") },
      ...choices,
    );
    const close_ = button(tr("Close"), () => close());
    return [el("h2", {}, tr("Share")), row, about, shown, growing, said, el("menu", {}, close_, send, copy, save)];
  };
  fetchIt();
  await ask({ title: tr("Share"), kind: "cs-ask-share", answer: () => null, fill });
  clearTimeout(timer);
  URL.revokeObjectURL(picture.src);
}
