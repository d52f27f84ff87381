// Photos by key: each is sent once, and the views name its key.

import { emit } from "./events.js";

export const photos = new Map();

/** A photo is sent once and kept by its key; the views of the tabs name the key. Only the newest few are kept. */
export function keepPhoto(key, source) {
  photos.delete(key);
  photos.set(key, source);
  while (photos.size > 4) photos.delete(photos.keys().next().value);
  emit("photo", { key });
}
