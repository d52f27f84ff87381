export const canvasJournal = {
  write(id, seq, queue) {
    const items = queue.map(({ kind, command, key, newId }) => ({ kind, command, key, newId }));
    try {
      if (items.length) sessionStorage.setItem(`charsam.waiting.${id}`, JSON.stringify({ seq, items }));
      else sessionStorage.removeItem(`charsam.waiting.${id}`);
    } catch {
      /* a frame without storage, or a full one: then the page asks before it is left */
    }
  },
  read(id) {
    try {
      return JSON.parse(sessionStorage.getItem(`charsam.waiting.${id}`)) || { seq: 0, items: [] };
    } catch {
      return { seq: 0, items: [] };
    }
  },
};
