// What the person holds: a narrow screen, on which the queue covers the image; fingers instead of a mouse and keys.
const asked = (query) => () => globalThis.matchMedia?.(query).matches ?? false;

/** Whether the queue lies over the image (see queue.css). */
export const narrow = asked("(max-width: 900px)");

/** Whether a wide table or plot needs the room of what stands beside it. */
export const scarce = asked("(max-width: 1200px)");

/** Whether there is no mouse, so that what is said of it and of keys helps nobody. */
export const byTouch = asked("(hover: none) and (pointer: coarse)");
