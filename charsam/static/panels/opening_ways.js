// The buttons that open a photo: from a file, from the camera of a phone or a computer, from an address of the web.
import { el } from "../shared/dom.js";
import { tr } from "../shared/words.js";
import { webcam } from "./webcam.js";

/** openFile, openAddress: what is done with what is given. say: (sentence, alert) tells what went wrong. */
export function openingWays({ fetches, openFile, openAddress, say }) {
  const chooser = (name, more) => {
    const input = el("input", {
      type: "file",
      class: "cs-file",
      "aria-label": name,
      onchange: () => {
        const [file] = input.files;
        input.value = "";
        openFile(file);
      },
      ...more,
    });
    return input;
  };

  async function takePhoto() {
    try {
      openFile(await webcam());
    } catch (error) {
      say(error.message, true);
    }
  }

  const photo = tr("Take a photo");
  const way = (text, title, act, more = {}) =>
    el("button", { type: "button", class: "cs-tool cs-open", title, onclick: act, ...more }, text);
  return [
    el(
      "label",
      { class: "cs-tool cs-open", title: tr("Open a photo; or drop or paste one onto the image") },
      tr("Open image…"),
      chooser(tr("Open image"), { accept: "image/*,.heic,.heif" }),
    ),
    el(
      "label",
      { class: "cs-tool cs-open cs-camera", title: photo },
      tr("Camera"),
      chooser(photo, { accept: "image/*", capture: "environment" }),
    ),
    way(tr("Camera"), photo, takePhoto, { class: "cs-tool cs-open cs-desk-camera" }),
    way(tr("URL…"), tr("Open a photo from an address of the web"), openAddress, { hidden: !fetches }),
  ];
}
