// What the shells of the page are filled with, by the names that `charsam/page/parts.py` gives them.
import "./shared/remember.js";
import "./panels/busy.js";
import { opened } from "./shared/open.js";

export { inspect } from "./inspect/tab.js";
export { account } from "./panels/account.js";
export { labeling } from "./panels/labeling.js";
export { compare, examples, glyphs, line, photo, progress, segmenter, status } from "./panels/small.js";
export { table } from "./panels/tables.js";
export { viewer } from "./panels/viewer.js";
export { words } from "./panels/words.js";
export { queue } from "./queue/queue.js";

// For the console, and for tests in a browser.
window.charsam = { get labelCanvas() { return opened.canvas; }, get openImage() { return opened.image; } };
