// Numbers as they are written everywhere in an inspection.
const missing = (value) => value === null || value === undefined;

export const number = (value, digits = 2) => (missing(value) ? "–" : value.toFixed(digits));
export const percent = (value) => (missing(value) ? "–" : `${Math.round(100 * value)} %`);
