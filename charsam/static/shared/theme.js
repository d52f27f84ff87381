// Light, dark, or as the system is: chosen once, kept between visits.
import { lasting } from "./storage.js";
import { tr } from "./words.js";

export const THEMES = { system: tr("As the system"), light: tr("Light"), dark: tr("Dark") };
const DARK = window.matchMedia("(prefers-color-scheme: dark)");

/** What the address asks for, as Gradio and Spaces do it. */
const ASKED = new URLSearchParams(location.search).get("__theme");

export const theme = () => (chosen() === "system" && ["light", "dark"].includes(ASKED) ? ASKED : chosen());
const chosen = () => (lasting.read("theme", "system") in THEMES ? lasting.read("theme", "system") : "system");

/** The class and the attribute that every style sheet goes by. */
export function applyTheme() {
  const dark = theme() === "dark" || (theme() === "system" && DARK.matches);
  document.body.classList.toggle("dark", dark);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

export function chooseTheme(name) {
  lasting.write("theme", name);
  applyTheme();
}

/** From now on the page looks as chosen; Gradio, which follows the system alone, is overruled. */
export function keepTheme() {
  applyTheme();
  DARK.addEventListener("change", () => setTimeout(applyTheme, 0));
  new MutationObserver(() => {
    const dark = document.documentElement.dataset.theme === "dark";
    if (document.body.classList.contains("dark") !== dark) document.body.classList.toggle("dark", dark);
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}
