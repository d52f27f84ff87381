// A reload opens the image that was open: its id goes into the address, and is kept for this browser tab.
import { kept } from "./storage.js";

export const rememberedImage = () => new URL(location.href).searchParams.get("image") || kept.read("image", null);

/** moved: the person went from one image to another, so that Back leads to the one before. */
export function rememberImage(id, moved = false) {
  const here = new URL(location.href);
  if (id) here.searchParams.set("image", id);
  else here.searchParams.delete("image");
  if (moved && here.href !== location.href) history.pushState({}, "", here);
  else history.replaceState(history.state, "", here);
  kept.write("image", id);
}

/** Start the page anew, with its first example: the image that was open is no more. */
export function leave() {
  rememberImage(null);
  location.reload();
}
