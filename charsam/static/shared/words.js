// The interface's words. English stands in the scripts; where the browser asks for another language that there is, the page
// has loaded its catalogue before everything else (`charsam/page/theme.py`).
const WORDS = globalThis.charsamWords ?? {};

/** A sentence in the person's language. {0}, {1} … in it stand for the values. */
export function tr(text, ...values) {
  const said = WORDS[text] ?? text;
  return values.length ? said.replace(/\{(\d)\}/g, (_, place) => values[place]) : said;
}

/** "3 words": a number of things. noun: in the singular. */
export const counted = (count, noun) =>
  `#${noun}` in WORDS ? tr(`#${noun}`, count) : `${count} ${noun}${count === 1 ? "" : "s"}`;
