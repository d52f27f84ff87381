// The header: name, queue, who is logged in, the segmenter, the state of the models, help.
import { label } from "../shared/api.js";
import { byTouch } from "../shared/device.js";
import { button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { choose, setting } from "../shared/settings.js";
import { lasting } from "../shared/storage.js";
import { chooseTheme, THEMES, theme } from "../shared/theme.js";
import { heard, tr } from "../shared/words.js";
import { toCheckLink } from "./tocheck.js";
import { tour } from "./tour.js";

const POLL = 600; // milliseconds between two looks at models that are being loaded

export function header(root, facts) {
  const account = el(
    "div",
    { id: "cs-account", class: "cs-account" },
    el(
      "button",
      {
        type: "button",
        class: "cs-queue-button",
        "aria-expanded": "false",
        "aria-controls": "cs-queue",
        title: tr("Your images: walk through them, add more, export"),
        onclick: () => emit("togglequeue", {}),
      },
      "☰",
      el("span", {}, tr("Queue")),
    ),
  );
  account.append(toCheckLink());
  const brand = el(
    "div",
    { id: "cs-brand", class: "cs-brand" },
    el("h1", {}, "charsam"),
    el("span", {}, tr("character masks for scene text")),
  );
  root.setAttribute("role", "banner");
  root.replaceChildren(brand, account, segmenter(facts.segmenters), status(), help(facts.keeping));
  if (facts.mode === "login") who(account);
}

async function who(account) {
  const { name } = await label.get("me").catch(() => ({}));
  if (!name) return;
  const leave = async () => {
    await label.post("logout").catch(() => {});
    location.assign("/");
  };
  account.append(
    el("span", { class: "cs-who" }, name),
    el("button", { type: "button", class: "cs-who", onclick: leave }, tr("Log out")),
  );
}

function segmenter(options) {
  const select = el(
    "select",
    { "aria-label": tr("Segmenter"), onchange: () => choose({ segmenter: select.value }) },
    ...options.map(({ name, available, reason }) =>
      el(
        "option",
        { value: name, selected: name === setting("segmenter"), disabled: !available, title: heard(reason) },
        available ? name : `${name} – ${heard(reason)}`,
      ),
    ),
  );
  const follow = () => {
    select.value = setting("segmenter");
    select.title = select.selectedOptions[0]?.title ?? "";
  };
  listen("settings", follow);
  follow();
  learned(select);
  return el("div", { id: "cs-segmenter", class: "cs-segmenter" }, el("label", {}, tr("segmenter "), select));
}

/** What the open picture's project has learned is chosen for its pictures, and no longer offered elsewhere. */
function learned(select) {
  const usual = setting("segmenter");
  let shown = null,
    image = null,
    of = null;

  function show(name) {
    if (name === shown) return;
    shown = name;
    select.querySelector("[value=learned]")?.remove();
    if (name) select.prepend(el("option", { value: "learned" }, tr("{0} (learned)", name)));
    if (name) choose({ segmenter: "learned" });
    else if (setting("segmenter") === "learned") choose({ segmenter: usual });
    select.value = setting("segmenter");
  }

  listen("image", ({ id, project, learned: name }) => {
    if (!id) return;
    if (id !== image) show(name ?? null);
    [image, of] = [id, project];
  });
  listen("learned", ({ project, name }) => project === of && show(name));
}

function status() {
  const root = el("div", { id: "cs-status", class: "cs-status cs-loading", role: "status" }, tr("loading models…"));
  async function look() {
    const value = await label.get("status").catch(() => null);
    if (value) {
      root.textContent = heard(value.text);
      root.className = `cs-status ${value.ready ? "cs-ready" : value.failed ? "cs-failed" : "cs-loading"}`;
    }
    if (!value?.ready && !value?.failed) setTimeout(look, POLL);
  }
  look();
  return root;
}

/** Light, dark, or as the system. */
function looks() {
  const select = el(
    "select",
    { onchange: () => chooseTheme(select.value) },
    ...Object.entries(THEMES).map(([value, text]) => el("option", { value, selected: value === theme() }, text)),
  );
  return el("label", {}, tr("Colours "), select);
}

function again() {
  document.querySelector("#cs-help").open = false;
  lasting.write("toured", null);
  tour();
}

function help(keeping) {
  const link = (href, text) => el("p", {}, el("a", { href: label.url(href), target: "_blank", rel: "noopener" }, text));
  return el(
    "details",
    { id: "cs-help", class: "cs-help" },
    el("summary", { "aria-label": tr("Help") }, "?"),
    el(
      "div",
      {},
      el(
        "p",
        {},
        tr(
          "Open a photo with text in it, or pick an example. Every character gets a mask that is exact to the pixel; the tabs show how it came about, stage by stage.",
        ),
      ),
      el(
        "p",
        {},
        el("b", {}, tr("Correct it")),
        ...(byTouch()
          ? [
              tr(
                " on the image: tap a character, move its box, set points, brush. Every edit is saved at once and can be undone; ? beside the tools tells what fingers do.",
              ),
            ]
          : [
              tr(
                " on the image: click a character, move its box, set points, brush. Every edit is saved at once, and Ctrl+Z takes it back. Press ",
              ),
              el("b", {}, "?"),
              tr(" on the keyboard for all keys."),
            ]),
      ),
      el(
        "p",
        {},
        el("b", {}, tr("To check.")),
        tr(" The table under Final mask lists the most doubtful characters first; click one to see it large."),
      ),
      link("help", tr("How to label, with pictures")),
      link("inspect/why", tr("Why did this fail? Typical causes, with pictures")),
      el("p", {}, tr(keeping)),
      el("p", { class: "cs-help-last" }, looks(), button(tr("Show the tour"), again, { class: "cs-tool cs-open" })),
    ),
  );
}
