// Every event of the page, by its name, with what it carries. Nothing else may be said.

export const EVENTS = {
  image: "{id, name, project, state, seq, document, …} of the open image as it is now; {} where none is open",
  document: "{id, document, seq, undo, redo, state, from}: the canvas's document is new, or the server has changed it",
  select: "{ref, id?, from?}: a word (w2) or a character (w2c5) was chosen; null for none",
  hover: "{ref}: the pointer is over a word or a character; null for none",
  look: "{ref}: the character, which `select` has told, is to be shown large",
  view: "{link, from, middle, zoom, fitted}: a picture was zoomed or moved; its neighbours follow",
  openimage: "{id}: this image is to be opened",
  verdict: "{id, state?, note?, seq}: an image was judged, or its note changed",
  learned: "{project, name}: what makes the masks of a project is another learned segmenter now; null: compact",
  annotated: "{}: images were annotated, or got words, in the background",
  added: "{}: a photo was added on the picture",
  notice: "{text, alert?}: a sentence to show on the picture",
  signedout: "{}: the session has ended",
  settings: "{names}: these settings were changed",
  example: "{name}: this example was opened; null: another image was",
  pickexample: "{name}: an example was picked",
  runimage: "{}: the open image is to be run",
  opening: "{on}: another image is on its way to the canvas",
  ran: "{id, seq, time}: a run has ended, and its result is in the document",
  togglequeue: "{}: the queue is to open or close",
  queue: "{go?, state?, toggle?}: walk the queue, or judge the open image, or take that back",
  bring: "{files}: files were dropped that go into the queue",
};

const bus = new EventTarget();

function known(name) {
  if (!(name in EVENTS)) throw new Error(`there is no event "${name}"`);
  return name;
}

export const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(known(name), { detail }));
export const listen = (name, listener) => bus.addEventListener(known(name), (event) => listener(event.detail));
