// What is open: the canvas, and the image on it as the event `image` told it last.

export const opened = { canvas: null, image: {} };
