/** What the queue keeps between visits: whether it is open, and the project. */
export const queueMemory = {
  read: (name) => {
    try {
      return localStorage.getItem(`charsam.queue.${name}`) || "";
    } catch {
      return "";
    }
  },
  write: (name, value) => {
    try {
      localStorage.setItem(`charsam.queue.${name}`, value);
    } catch {
      /* a frame without storage */
    }
  },
};
