// A reload opens the image that was open: its id goes into the address, and is kept for this browser tab.
import { kept } from "./kept.js";

export const rememberedImage = () => new URL(location.href).searchParams.get("image") || kept.read("image", null);

export function rememberImage(id) {
  const here = new URL(location.href);
  if (id) here.searchParams.set("image", id);
  else here.searchParams.delete("image");
  history.replaceState(history.state, "", here);
  kept.write("image", id);
}
