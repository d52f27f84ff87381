// People at work on one project: what each has done, whose a picture is to do, who is on it now, a second reading.
import { label } from "../shared/api.js";
import { ask, askAbout, button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { counted, tr } from "../shared/words.js";

const EVERY = 20_000; // milliseconds between two signs that somebody is still there
const FIGURES = [
  ["name", "person"],
  ["pictures", "images"],
  ["accepted", "accepted"],
  ["rejected", "rejected"],
  ["edits", "edits"],
  ["minutes", "minutes"],
  ["assigned", tr("assigned to do")],
];
const AGREEMENT = [
  ["name", "image"],
  ["words", tr("words of both")],
  ["first", tr("only here")],
  ["second", tr("only there")],
  ["texts", tr("read alike")],
  ["iou", tr("character IoU")],
];

const of = (project) => `projects/${encodeURIComponent(project.id)}`;

function table(columns, rows, none) {
  if (!rows.length) return el("p", { class: "cs-blank" }, none);
  const shown = (value) =>
    value === null ? "–" : typeof value === "number" && !Number.isInteger(value) ? value.toFixed(2) : String(value);
  return el(
    "div",
    { class: "cs-figures", tabindex: 0 }, // on a phone it scrolls
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...columns.map(([, name]) => el("th", { scope: "col" }, tr(name))))),
      el(
        "tbody",
        {},
        ...rows.map((row) =>
          el("tr", {}, ...columns.map(([key], k) => el(k ? "td" : "th", k ? {} : { scope: "row" }, shown(row[key])))),
        ),
      ),
    ),
  );
}

const wayTo = (text, path) => button(text, () => label.save(path), { class: "cs-tool cs-open" });

/** The figures of a project, and the way to a second reading and to its agreement. */
export async function team(project, projects, { choose, tell }) {
  try {
    const { people: told } = await label.get(`${of(project)}/figures`);
    const people = told.map((one) => ({ ...one, minutes: Math.round(one.minutes) }));
    const others = projects.filter(({ id, inbox }) => id !== project.id && !inbox);
    const compared = el("div", {});
    const select = el(
      "select",
      { onchange: () => compare(select.value) },
      el("option", { value: "" }, tr("choose a project…")),
      ...others.map(({ id, name }) => el("option", { value: id }, name)),
    );

    async function compare(other) {
      if (!other) return compared.replaceChildren();
      compared.replaceChildren(el("p", { role: "status" }, tr("Comparing…")));
      try {
        const query = `agreement?other=${encodeURIComponent(other)}`,
          { images } = await label.get(`${of(project)}/${query}`);
        const file = wayTo(tr("As CSV"), `${of(project)}/agreement.csv?other=${encodeURIComponent(other)}`);
        compared.replaceChildren(
          el("p", { role: "status" }, summary(images)),
          table(AGREEMENT, images, ""),
          ...(images.length ? [file] : []),
        );
      } catch (error) {
        compared.replaceChildren(el("p", { role: "alert" }, error.message));
      }
      return undefined;
    }

    const again = async (close) => {
      try {
        const made = await label.post(`${of(project)}/second`, {});
        close();
        await choose(made);
        tell(tr("{0} holds the accepted images, without their words. Share it with the second reader.", made.name));
      } catch (error) {
        compared.replaceChildren(el("p", { role: "alert" }, error.message));
      }
    };

    await ask({
      title: tr("Team"),
      kind: "cs-ask-team",
      answer: () => null,
      fill: (close) => [
        el("h2", {}, tr("Who has done what in {0}", project.name)),
        table(FIGURES, people, tr("Nobody has done anything here yet.")),
        el("h3", {}, tr("A second reader")),
        el("p", {}, tr("The same images are read again by somebody else; then both are compared, word by word.")),
        el(
          "div",
          { class: "cs-team-ways" },
          button(tr("New second reading"), () => again(close), { class: "cs-tool cs-open" }),
          el("label", {}, tr("Agreement with"), select),
        ),
        compared,
        el(
          "menu",
          {},
          ...(people.length ? [wayTo(tr("Figures as CSV"), `${of(project)}/figures.csv`)] : []),
          button(tr("Close"), () => close(), { autofocus: true }),
        ),
      ],
    });
  } catch (error) {
    tell(error.message, true);
  }
}

/** How far two readings agree over all pictures, in a sentence. */
export function summary(images) {
  if (!images.length) return tr("The two projects have no image with words in common.");
  const sum = (key) => images.reduce((total, one) => total + one[key], 0);
  const characters = sum("characters"),
    words = sum("words"),
    all = words + sum("first") + sum("second");
  const iou = images.reduce((total, one) => total + (one.iou ?? 0) * one.characters, 0) / (characters || 1);
  const share = (part, whole) => `${Math.round((100 * part) / (whole || 1))} %`;
  const masks = characters
    ? tr("; their {0} have a mean IoU of {1}", counted(characters, "character"), iou.toFixed(2))
    : "";
  const alike = share(sum("texts"), words);
  return tr(
    "{0}: {1} of {2} words are in both, {3} of these read alike{4}.",
    counted(images.length, "image"),
    words,
    all,
    alike,
    masks,
  );
}

/** Ask to whom pictures are to be given, and give them. */
export async function assign(project, images, tell) {
  const { roles, me } = await label.get(`${of(project)}/members`);
  const able = Object.entries(roles).filter(([, role]) => role !== "reader");
  const rows = able.map(([name, role]) => [name, role, [name === me ? tr("To me") : tr("Give"), { name }]]);
  const what = tr("{0} for", counted(images.length, "image"));
  const wanted = await askAbout(tr("Assign"), what, rows, [tr("To nobody"), { name: null }]);
  if (!wanted) return false;
  await label.post(`${of(project)}/assign`, { images, name: wanted.name });
  tell(tr("{0} for {1}.", counted(images.length, "image"), wanted.name ?? tr("nobody")));
  return true;
}

/** Says to the server which picture is open, and to the person who else has it open. */
export function presence() {
  let image = null,
    told = "";

  async function say() {
    if (!image || document.hidden) return;
    const mine = image;
    const { others } = await label.post(`documents/${encodeURIComponent(mine)}/here`).catch(() => ({ others: [] }));
    const names = others.join(", ");
    if (mine !== image || names === told) return;
    told = names;
    if (names) emit("notice", { text: tr("{0} also here: this image is open for them, too.", names) });
  }

  listen("image", ({ id }) => {
    if (id === image) return;
    image = id ?? null;
    told = "";
    say();
  });
  setInterval(say, EVERY);
}
