// The view of a page of cases as its address, so that it can be sent on: filters, order, the chosen case.
import { SUSPICIOUS } from "../shared/suspicion.js";

const TEXTS = ["unit", "view", "sort", "text", "layer"];

/** plain: how a view begins, which need not be written. */
export function writeAddress(state, plain) {
  const parts = new URLSearchParams();
  for (const key of [...TEXTS, "way"]) if (state[key] !== plain[key]) parts.set(key, state[key]);
  for (const key of Object.keys(plain.filters)) if (!state.filters[key]) parts.set(`f.${key}`, "any");
  for (const [key, wanted] of Object.entries(state.filters))
    parts.set(`f.${key}`, Array.isArray(wanted) ? wanted.join("..") : [...wanted].map(encodeURIComponent).join("|"));
  if (state.chosen) parts.set("case", state.chosen);
  return parts.toString();
}

/** What an address says of the view; what it does not say, or says wrongly, is as in `plain`. */
export function readAddress(hash, data, plain) {
  const parts = new URLSearchParams(hash),
    state = { ...plain, filters: { ...plain.filters }, chosen: parts.get("case") };
  for (const key of TEXTS) if (parts.has(key)) state[key] = parts.get(key);
  if (!["characters", "words"].includes(state.unit)) state.unit = plain.unit;
  if (!data.field(state.sort)) state.sort = plain.sort;
  if (parts.has("way")) state.way = parts.get("way") === "1" ? 1 : -1;
  for (const [key, text] of parts) {
    const field = key.startsWith("f.") ? data.field(key.slice(2)) : null;
    if (!field) continue;
    const wanted = data.CHOICES.includes(field) ? new Set(text.split("|").map(decoded)) : range(text);
    if (text === "any") delete state.filters[field.key];
    else if (wanted) state.filters[field.key] = wanted;
  }
  return state;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function range(text) {
  const ends = text.split("..").map(Number);
  return ends.length === 2 && ends.every(Number.isFinite) ? ends : null;
}

/** The view of just those characters that the queue and the header count as to check, the worst first. */
export const TO_CHECK = `f.review=undecided&f.suspicion=${SUSPICIOUS}..1&sort=suspicion&way=-1`;
