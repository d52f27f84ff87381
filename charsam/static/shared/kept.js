// What is kept for this browser tab: the chosen tab of the page, the layers of the canvas.
export const kept = {
  read(name, otherwise) {
    try {
      return JSON.parse(sessionStorage.getItem(`charsam.${name}`)) ?? otherwise;
    } catch {
      return otherwise; // a frame without storage, or something that is not ours
    }
  },
  write(name, value) {
    try {
      sessionStorage.setItem(`charsam.${name}`, JSON.stringify(value));
    } catch {
      /* a frame without storage */
    }
  },
};
