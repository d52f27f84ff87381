// The colour of a character: the same letter has the same one in every view (charsam/colours.py says the same).
const OKABE_ITO = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"];

export function colourOf(category) {
  let sum = 0;
  for (const letter of category) sum += letter.codePointAt(0);
  return OKABE_ITO[sum % OKABE_ITO.length];
}
