// Where the page begins.
import { opened } from "./shared/open.js";

export { start } from "./panels/shell.js";

// For the console, and for tests in a browser.
window.charsam = {
  get labelCanvas() {
    return opened.canvas;
  },
  get openImage() {
    return opened.image;
  },
};
