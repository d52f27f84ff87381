// Learning from corrections: how many words teach, what was learned and how good it is, what to correct next.
import { label } from "../shared/api.js";
import { ask, button, confirm } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { emit } from "../shared/events.js";
import { counted, heard, tr } from "../shared/words.js";
import { proof } from "./proof.js";
import { lazyImage } from "./rows.js";

const POLL = 1000; // milliseconds
const FEWEST = 6; // words from which something can be learned and checked

const edged = (edge) => {
  if (!edge) return "";
  return edge > 0 ? tr("masks {0} px wider", edge) : tr("masks {0} px tighter", -edge);
};

/** Where something was learned from, in a line. */
function about({ by, at, card }) {
  const said = [card ? tr("from {0}", counted(card.words, "word")) : tr("its file is damaged"), by];
  return [...said, new Date(at).toLocaleDateString(), card ? edged(card.edge) : ""].filter(Boolean).join(" · ");
}

/** The dialog of a project. reload: draws the queue again. annotate: watches the annotation that was begun. */
export function learning(project, { reload, annotate }) {
  const path = `projects/${encodeURIComponent(project.id)}`;
  let open = true,
    words = null,
    next = [],
    now = null;
  const said = el("p", { role: "status", class: "cs-learn-said" });
  const body = el("div", { class: "cs-learn" });
  const name = el("input", { type: "text", maxlength: 40, value: project.name.slice(0, 40) });

  async function act(work) {
    said.textContent = "";
    said.classList.remove("cs-alert");
    try {
      now = await work();
      draw();
    } catch (error) {
      said.textContent = heard(error.message);
      said.classList.add("cs-alert");
    }
  }

  const post = (way, sent) => act(() => label.post(`${path}/${way}`, sent));

  async function learn() {
    await post("learn", { name: name.value.trim() });
    watch();
  }

  async function watch() {
    while (open && now?.job && !now.job.over) {
      await new Promise((ready) => {
        setTimeout(ready, POLL);
      });
      if (open) await act(() => label.get(`${path}/learned`));
    }
  }

  async function use(id) {
    await post("learned/use", { id });
    changed();
  }

  const changed = () =>
    emit("learned", { project: project.id, name: now.learned.find(({ used }) => used)?.name ?? null });

  async function again() {
    await post("learned/again");
    annotate();
    said.textContent = tr("The images that nobody has corrected are annotated again; the queue shows how far it is.");
  }

  async function remove(one) {
    if (!(await confirm(tr("Delete {0}?", one.name), tr("It is gone for good. Corrections stay."), tr("Delete"))))
      return;
    await post(`learned/${one.id}/delete`);
    changed();
  }

  function bring() {
    const input = el("input", { type: "file", accept: ".safetensors", hidden: true });
    input.addEventListener("change", () => {
      if (!input.files.length) return;
      const form = new FormData();
      form.append("files", input.files[0], input.files[0].name);
      act(() => label.post(`${path}/learned`, form));
    });
    input.click();
  }

  function running(job) {
    return [
      el("p", {}, tr("Learning “{0}”: {1}…", job.name, heard(job.what))),
      el("progress", { max: 1, value: job.share, "aria-label": tr("Learning") }),
      el(
        "div",
        { class: "cs-team-ways" },
        button(tr("Cancel"), () => post("learn/cancel"), { class: "cs-tool" }),
      ),
    ];
  }

  function outcome(job) {
    if (!job?.over) return [];
    const kept = now.learned.find(({ id }) => id === job.learned);
    if (kept) return [];
    return [
      ...(job.message ? [el("p", { class: "cs-alert", role: "alert" }, heard(job.message))] : []),
      ...(job.card ? [proof(job.card)] : []),
    ];
  }

  function start() {
    const few = words !== null && words < FEWEST;
    const text = words === null ? tr("Counting…") : tr("Learn from corrections ({0})", counted(words, "word"));
    return [
      el(
        "div",
        { class: "cs-team-ways" },
        el("label", {}, tr("Name"), name),
        button(text, learn, { class: "cs-tool cs-open cs-main-way", disabled: words === null || few }),
      ),
      el(
        "p",
        { class: "cs-hint" },
        few
          ? tr("Correct or accept at least {0} words first.", FEWEST)
          : tr(
              "It takes some five minutes; you can go on working. A quarter of the words is kept aside to check it on.",
            ),
      ),
    ];
  }

  function one(row) {
    const ways = row.used
      ? [button(tr("Go back to compact"), () => use(null), { class: "cs-tool cs-open" })]
      : [
          button(tr("Use it"), () => use(row.id), {
            class: "cs-tool cs-open",
            disabled: !row.fits,
            title: row.card?.better ? "" : tr("It is no better than compact on the words kept aside"),
          }),
        ];
    return el(
      "section",
      { class: `cs-learned ${row.used ? "cs-used" : ""}` },
      el("h3", {}, row.name, row.used ? el("span", { class: "cs-chip" }, tr("in use")) : ""),
      el("p", { class: "cs-hint" }, about(row)),
      ...(row.card && !row.fits
        ? [
            el(
              "p",
              { class: "cs-alert", role: "alert" },
              tr(
                "It was learned on other weights of compact than are installed now, so it makes no masks. Learn again.",
              ),
            ),
          ]
        : []),
      ...(row.card ? [proof(row.card)] : []),
      el(
        "div",
        { class: "cs-team-ways" },
        ...ways,
        ...(row.used && row.fits && now.uncorrected
          ? [button(tr("Annotate {0} again", counted(now.uncorrected, "image")), again, { class: "cs-tool cs-open" })]
          : []),
        button(tr("Download"), () => label.save(`${path}/learned/${row.id}/file`)),
        button(tr("Delete"), () => remove(row)),
      ),
    );
  }

  function pictures(rows) {
    const picture = (row) =>
      el(
        "button",
        {
          type: "button",
          class: "cs-teaches",
          title: row.name,
          onclick: () => {
            close();
            emit("openimage", { id: row.id });
          },
        },
        lazyImage(row.thumbnail),
        el("span", {}, row.name),
      );
    return el("div", { class: "cs-teach" }, ...rows.slice(0, 6).map(picture));
  }

  function changes() {
    if (!now.changed.length) return [];
    return [
      el("h3", {}, tr("Changed most")),
      el(
        "p",
        { class: "cs-hint" },
        tr("The last annotation changed the masks of these images most. Look at them first."),
      ),
      pictures(now.changed),
    ];
  }

  function suggestions() {
    if (!next.length) return [];
    return [
      el("h3", {}, tr("Correct next")),
      el("p", { class: "cs-hint" }, tr("These images would teach most: doubtful letters of kinds not corrected yet.")),
      pictures(next),
    ];
  }

  let close = () => {};
  function draw() {
    if (!now) return;
    const busy = now.job && !now.job.over;
    body.replaceChildren(
      ...(busy ? running(now.job) : start()),
      ...outcome(now.job),
      ...now.learned.map(one),
      ...changes(),
      ...suggestions(),
    );
  }

  async function look() {
    await act(() => label.get(`${path}/learned`));
    watch();
    try {
      ({ words, next } = await label.get(`${path}/corrected`));
      draw();
    } catch (error) {
      said.textContent = heard(error.message);
    }
  }

  look();
  return ask({
    title: tr("Learn"),
    kind: "cs-ask-team",
    answer: () => {
      open = false;
      reload();
    },
    fill: (shut) => {
      close = shut;
      return [
        el("h2", {}, tr("Learn how {0} draws its masks", project.name)),
        el(
          "p",
          {},
          tr(
            "charsam fits compact to the masks that people corrected, accepted and rejected here: which parts of a letter count, and how wide its edge is. It is used only if you say so.",
          ),
        ),
        body,
        said,
        el(
          "menu",
          {},
          button(tr("Add a file…"), bring, { title: tr("A learned segmenter of another project") }),
          button(tr("Close"), () => shut(), { autofocus: true }),
        ),
      ];
    },
  });
}
