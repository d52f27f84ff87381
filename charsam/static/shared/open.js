// What is open: the canvas, the image on it as the event `image` told it last, a promise of the image that is on its way,
// and the project whose queue is open (null: none is, or it is that of the single photos).
export const opened = { canvas: null, image: {}, ready: Promise.resolve(), project: () => null };
