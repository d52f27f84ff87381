// The queue: the images of a project with their states, to walk through. It closes to nothing, so that a visitor who only
// clicks an example never meets it. It asks the routes under /label (charsam/server/routes/projects.py) and says on the bus which
// image to open; `add.js` brings images in and out, `image.js` shows what is known about the open one.
import { label } from "../shared/api.js";
import { narrow } from "../shared/device.js";
import { button } from "../shared/dialogs.js";
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { startAnew } from "../shared/last_image.js";
import { opened } from "../shared/open.js";
import { lasting } from "../shared/storage.js";
import { tr } from "../shared/words.js";
import { queueAdd } from "./add.js";
import { bulk, picking } from "./bulk.js";
import { dropTarget } from "./files.js";
import { queueFinding } from "./filters.js";
import { queueImage } from "./image.js";
import { imageList } from "./list.js";
import { goesTo, walking } from "./navigation.js";
import { imagePages } from "./pages.js";
import { queueProjects } from "./projects.js";
import { presence, team } from "./team.js";
import { leftOver } from "./time_left.js";

const OUT = tr("You have been logged out. Log in again in a new tab, then go on here.");

export function queue(root) {
  let open = lasting.read("queue.open", false) && !narrow(),
    started = null,
    projects = [],
    project = null,
    byHand = false, // the project was chosen since the open image was asked for; then it stays
    stays = false, // the list stands where it was left, and the image that opens with the page doesn't move it
    current = null; // the open image

  const mine = () => projects.find((item) => item.id === project) || null;
  opened.project = () => goesTo({ open, chosen: mine(), image: opened.image, projects });
  const pages = imagePages({ project: () => project, draw, failed: (text) => tell(text, true) });
  const { chosen } = pages;
  const reload = async () => open && project && pages.reload();

  const select = el("select", { "aria-label": tr("Project"), onchange: () => choose(select.value) });
  const { keys, place, go } = walking({
    pages,
    current: () => current,
    listed: () => open,
    project: () => project,
    show,
  });
  const left = leftOver(() => uncovered(go("undecided")));
  const picked = picking({
    ids: () => pages.rows.map(({ id }) => id),
    changed: () => {
      rows.mark();
      many.draw();
    },
  });
  const asked = () => ({ state: chosen.filter, search: chosen.search.trim() });
  const many = bulk({
    project: () => project,
    chosen: asked,
    counts: () => pages.counts,
    picked,
    tell,
    done: async () => {
      await reload();
      emit("annotated", {});
    },
  });
  const rows = imageList({
    pages,
    picked,
    current: () => current,
    show: (id) => uncovered(show(id)),
    again: start,
    all: () => pick({ filter: "", search: "", whose: "" }),
    onkeydown: (event) => (event.key === "Escape" ? picked.clear() : keys(event)),
    onscroll: scrolled,
  });
  const said = el("div", { class: "cs-queue-said", role: "status" });
  const panel = el("div", { class: "cs-queue-about" });
  const foot = el("div", { class: "cs-queue-foot" });
  const { newProject, changeProject, outOfTrash } = queueProjects({
    choose,
    reload,
    drawProjects,
    tell,
    projects: () => projects,
    project: () => project,
    counts: () => pages.counts,
    current: () => current,
    started: () => started,
    relist: async () => {
      projects = (await label.get("projects")).projects;
      drawProjects();
    },
    drop: (gone) => {
      projects = projects.filter((item) => item !== gone);
    },
  });
  const tool = (text, title, act) => button(text, act, { title, "aria-label": title });
  const own = tool("✎", tr("Rename or delete this project"), changeProject);
  const head = el(
    "div",
    { class: "cs-queue-head" },
    el("h2", { class: "cs-unseen" }, tr("Queue")),
    select,
    tool("+", tr("New project"), newProject),
    own,
    tool("✕", tr("Close the queue"), () => toggle(false)),
  );
  const search = () => reload().then(() => rows.reveal(current?.id));
  const finding = queueFinding({ pages, pick, search, acceptShown: many.acceptShown });
  root.classList.add("cs-queue");
  root.replaceChildren(head, left.root, finding.chips, finding.root, said, many.root, rows.list, panel, foot);
  root.setAttribute("role", "region");
  root.setAttribute("aria-label", tr("Queue of images"));

  const image = queueImage(panel, {
    changed: (row) => {
      put(row);
      recount();
    },
    go,
    remove,
  });
  const adding = queueAdd(foot, {
    people: () =>
      team(mine(), projects, {
        tell,
        choose: async (made) => {
          projects = [...projects, made];
          await choose(made.id);
        },
      }),
    project: mine,
    counts: () => pages.counts,
    chosen: asked,
    current: () => current,
    reload,
    open: show,
  });

  function toggle(to = !open) {
    open = to;
    lasting.write("queue.open", open);
    document.querySelector("#cs-main")?.classList.toggle("cs-with-queue", open);
    for (const one of document.querySelectorAll(".cs-queue-button")) one.setAttribute("aria-expanded", String(open));
    if (open) (started = start()).then(() => rows.list.focus({ preventScroll: true }));
  }

  async function start() {
    try {
      ({ projects } = await label.get("projects"));
    } catch (error) {
      return pages.trouble(error.message);
    }
    const wanted = current?.project || lasting.read("queue.project", null);
    return comeTo(projects.find((item) => item.id === wanted)?.id || projects[0]?.id || null);
  }

  function turnTo(id) {
    project = id;
    lasting.write("queue.project", id);
    drawProjects();
    about();
  }

  /** Show a project where this browser tab left it, else at the open image. */
  async function comeTo(id) {
    turnTo(id);
    if (!project) return draw();
    const top = await pages.comeBack();
    finding.show();
    if (top === null) rows.reveal(current?.id);
    else rows.list.scrollTop = top;
    stays = top !== null && !current;
    return adding.look();
  }

  async function choose(id) {
    turnTo(id);
    byHand = true;
    chosen.filter = "";
    await pages.start();
    adding.look();
  }

  /** Show other images, or in another order. */
  function pick(what) {
    Object.assign(chosen, what);
    finding.show();
    rows.list.scrollTop = 0;
    return pages.start();
  }

  function scrolled() {
    if (rows.list.offsetParent) pages.keep(rows.list.scrollTop);
    if (rows.atEnd) pages.more();
  }

  /** What can be decided on the open image, where it is one of the list. */
  function about() {
    image.show(current && (!open || !project || current.project === project) ? current : null);
  }

  /** Delete an image, and open its neighbour. */
  async function remove(gone) {
    try {
      const neighbour = pages.rows[place() + 1] || pages.rows[place() - 1];
      await label.documents.delete(gone.id);
      if (!neighbour || place() < 0) return startAnew();
      show(neighbour.id);
      await reload();
      const back = [tr("Bring back"), () => outOfTrash(gone, "bring-back")];
      tell(tr("{0} was deleted.", gone.name), false, label.mode === "demo" ? null : back);
    } catch (error) {
      tell(error.message, true);
    }
  }

  async function recount() {
    if (!open || !project || !(await pages.recount())) return;
    drawChips();
    adding.draw();
  }

  function put(row) {
    const now = pages.put(row);
    if (now) rows.put(now);
  }

  function tell(text, alert = false, act = null) {
    said.replaceChildren(text, ...(act ? [" ", button(...act)] : []));
    said.classList.toggle("cs-alert", alert);
    said.setAttribute("role", alert ? "alert" : "status");
  }

  function drawProjects() {
    const option = ({ id, name }) => el("option", { value: id, selected: id === project }, name);
    select.replaceChildren(...projects.map(option));
    select.value = project || "";
    own.hidden = !mine() || mine().inbox;
  }

  function drawChips() {
    left.draw(pages.counts);
    finding.drawChips();
  }

  function draw() {
    drawChips();
    adding.draw();
    rows.draw();
  }

  const uncovered = () => narrow() && toggle(false);

  function show(id) {
    emit("openimage", { id });
    rows.reveal(id);
  }

  listen("image", (now) => {
    const [before, same] = [current, current?.id === now?.id];
    current = now?.id ? now : null;
    about();
    const elsewhere = current && !same && open && current.project && current.project !== project;
    if (elsewhere && !byHand && projects.some((item) => item.id === current.project)) {
      comeTo(current.project);
    } else if (current && same) {
      const { id, state, document } = current,
        { to_check, words } = pages.rows.find((row) => row.id === id) || {};
      put({ id, state, to_check: current.to_check ?? to_check, words: document?.words.length ?? words });
      if (before.state !== state) recount();
      if (before.state !== state && ["accepted", "rejected"].includes(state)) left.decided();
    }
    if (!same) left.begin();
    rows.mark();
    if (!same && !stays) rows.reveal(current?.id); // what can be decided on it has taken room from the list
    if (current) stays = false;
  });
  listen("opening", ({ on }) => (byHand &&= !on));
  listen("queue", ({ go: way, state, toggle: back }) => {
    if (way) go(way);
    else if (state) back ? image.toggle(state) : image.setState(state, true);
  });
  listen("added", reload);
  listen("togglequeue", () => toggle());
  listen("bring", async ({ files }) => {
    if (!open) toggle(true);
    await started;
    adding.bring(files);
  });
  listen("signedout", () => tell(OUT, true));
  if (label.mode === "login") presence();
  dropTarget(root, (files) => adding.bring(files));
  if (open) toggle(true);
  draw();
}
