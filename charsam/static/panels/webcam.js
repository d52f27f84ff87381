// A photo from the computer's camera. Browsers lend it to pages over https and on this machine only.
import { ask, button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { tr } from "../shared/words.js";

const WANTED = { video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } } };
const QUALITY = 0.95;

const TROUBLE = {
  NotAllowedError: tr("The browser was told not to lend the camera. Allow it beside the address, then try again."),
  NotFoundError: tr("There is no camera on this computer."),
  NotReadableError: tr("Another program is using the camera. Close it, then try again."),
};

/** A photo as a file; null where the person thinks better of it. Rejects with a sentence where there is no camera. */
export async function webcam() {
  const { mediaDevices } = navigator;
  if (!mediaDevices?.getUserMedia)
    throw new Error(
      tr("A browser lends the camera only to pages over https or on this machine (localhost). Open a file instead."),
    );
  let stream;
  try {
    stream = await mediaDevices.getUserMedia(WANTED);
  } catch (error) {
    throw new Error(TROUBLE[error.name] ?? tr("The camera cannot be used ({0}).", error.message || error.name));
  }
  const video = el("video", {
    autoplay: true,
    muted: true,
    playsinline: true,
    "aria-label": tr("What the camera sees"),
  });
  video.srcObject = stream;
  let taken = null;
  const take = async () => {
    const shot = el("canvas", { width: video.videoWidth, height: video.videoHeight });
    shot.getContext("2d").drawImage(video, 0, 0);
    const data = await new Promise((ready) => shot.toBlob(ready, "image/jpeg", QUALITY));
    taken = new File([data], `photo ${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.jpg`, {
      type: "image/jpeg",
    });
  };
  try {
    return await ask({
      title: tr("Take a photo"),
      kind: "cs-webcam",
      answer: () => taken,
      fill: (close) => {
        const shoot = button(tr("Take"), () => take().then(() => close()), {
          class: "cs-tool cs-open cs-main-way",
          disabled: true,
          autofocus: true,
        });
        video.addEventListener("loadeddata", () => {
          shoot.disabled = false;
          shoot.focus();
        });
        return [
          el("h2", {}, tr("Take a photo")),
          video,
          el(
            "menu",
            {},
            button(tr("Cancel"), () => close()),
            shoot,
          ),
        ];
      },
    });
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}
