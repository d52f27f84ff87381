// Where the page begins.
import { start } from "./panels/shell.js";
import { opened } from "./shared/open.js";

export { start };

// For the console, and for tests in a browser.
window.charsam = {
  get labelCanvas() {
    return opened.canvas;
  },
  get openImage() {
    return opened.image;
  },
};
