// How many characters of the open image's project are to check, as a way to all of them.
import { TO_CHECK } from "../inspect/address.js";
import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { listen } from "../shared/events.js";
import { opened } from "../shared/open.js";
import { tr } from "../shared/words.js";

const SOON = 400;

export function toCheckLink() {
  const link = el("a", {
    class: "cs-to-check",
    hidden: true,
    title: tr("All characters of this project that are to check, the worst first"),
  });
  let timer = 0,
    asked = 0;

  async function look() {
    const { project } = opened.image,
      mine = ++asked;
    if (!project) return void (link.hidden = true);
    const path = `projects/${encodeURIComponent(project)}`;
    const { to_check: left } = await label.get(`${path}/images?limit=1`).catch(() => ({ to_check: 0 }));
    if (mine !== asked) return undefined;
    link.hidden = !left;
    link.textContent = tr("{0} to check", left);
    link.href = `${label.url(`inspect/${path}`)}#${TO_CHECK}`;
    return undefined;
  }

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(look, SOON);
  };
  for (const event of ["image", "annotated", "verdict", "ran"]) listen(event, later);
  return link;
}
