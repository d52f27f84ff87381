// The settings of a run, in one place: the header, the tabs, edits and runs all read them here.
import { emit } from "./events.js";

const usual = {},
  now = {};

/** What every setting is until somebody chooses. */
export function begin(values) {
  Object.assign(usual, values);
  Object.assign(now, values);
}

export const setting = (name) => now[name];
export const settings = () => ({ ...now });

/** The names of the settings that are not as usual. */
export const changedSettings = () => Object.keys(usual).filter((name) => now[name] !== usual[name]);

/** Change some of them; says so where any is another than before. */
export function choose(values) {
  const names = Object.keys(values).filter((name) => values[name] !== now[name]);
  if (!names.length) return;
  for (const name of names) now[name] = values[name];
  emit("settings", { names });
}

export const asUsual = () => choose({ ...usual });

/** The settings as the query of a request. */
export const settingsQuery = () =>
  new URLSearchParams(Object.entries(now).map(([name, value]) => [name, String(value)])).toString();
