// What is kept in the browser as JSON, where it allows that: a frame may be without storage, or the storage full.
const store = (place) => ({
  read(name, otherwise) {
    try {
      return JSON.parse(place().getItem(`charsam.${name}`)) ?? otherwise;
    } catch {
      return otherwise; // also what is not ours
    }
  },
  write(name, value) {
    try {
      if (value === null) place().removeItem(`charsam.${name}`);
      else place().setItem(`charsam.${name}`, JSON.stringify(value));
    } catch {
      /* it is not kept */
    }
  },
});

/** For this browser tab, reloads included. */
export const kept = store(() => sessionStorage);
/** Between visits. */
export const lasting = store(() => localStorage);
