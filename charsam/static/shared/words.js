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

// What the server says stays English there, for whoever asks it by a program; what it says to this page is found in the
// same catalogue, under "@": {0} stands for a value, {0~} in the translation for one that is translated, too.
let sentences = null;

function compiled() {
  const keys = Object.keys(WORDS).filter((key) => key.startsWith("@"));
  const fixed = (key) => key.replace(/\{\d\}/g, "").length;
  return keys
    .sort((a, b) => fixed(b) - fixed(a))
    .map((key) => {
      const parts = key.slice(1).split(/\{\d\}/);
      const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("(.*?)");
      return [new RegExp(`^${pattern}$`, "s"), WORDS[key]];
    });
}

/** A sentence of the server in the person's language; as it came where the catalogue does not have it. */
export function heard(text) {
  sentences ??= compiled();
  const said = sentences.length ? String(text ?? "") : "";
  const number = /^(\d+) ([a-z]+?)s?$/.exec(said);
  if (number && `#${number[2]}` in WORDS) return tr(`#${number[2]}`, number[1]);
  for (const [pattern, other] of sentences) {
    const values = pattern.exec(said);
    if (values)
      return other.replace(/\{(\d)(~?)\}/g, (_, place, again) => {
        const value = values[Number(place) + 1];
        return again ? heard(value) : value;
      });
  }
  return text;
}
