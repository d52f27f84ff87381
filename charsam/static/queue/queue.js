// The queue: the images of a project with their states, to walk through. It closes to nothing, so that a visitor who only
// clicks an example never meets it. It asks the routes under /label (charsam/server/routes/projects.py) and says on the bus which
// image to open; `add.js` brings images in and out, `image.js` shows what is known about the open one.

import { label } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { emit, listen } from "../shared/events.js";
import { opened } from "../shared/open.js";
import { rememberImage } from "../shared/remember.js";
import { STATES } from "../shared/sources.js";
import { queueAdd } from "./add.js";
import { dropTarget } from "./files.js";
import { queueImage } from "./image.js";
import { queueMemory } from "./memory.js";
import { queueProjects } from "./projects.js";
import { lazyImage, when } from "./rows.js";

export function queue(root) {
  root.classList.add("cs-queue");
  const PAGE = 60;

  opened.project = () =>
    (open && project !== null && projects.find((item) => item.id === project && !item.inbox)) || null;
  let open = queueMemory.read("open") === "1",
    started = null;
  let projects = [],
    project = null,
    counts = {},
    rows = [],
    next = null;
  let filter = "",
    search = "",
    order = "added",
    current = null,
    asked = 0,
    problem = "",
    loading = false;

  const select = el("select", { "aria-label": "Project", onchange: (event) => choose(event.target.value) });
  const chips = el("div", { class: "cs-chips", role: "group", "aria-label": "Show images in state" });
  const find = el("input", {
    type: "search",
    placeholder: "Search names, texts, notes",
    "aria-label": "Search images",
    maxlength: 100,
    oninput: () => {
      search = find.value;
      later();
    },
  });
  const sorting = el(
    "select",
    {
      "aria-label": "Order of images",
      onchange: () => {
        order = sorting.value;
        reload();
      },
    },
    ...[
      ["added", "as added"],
      ["name", "by name"],
      ["to_check", "most to check"],
      ["changed", "last changed"],
    ].map(([value, name]) => el("option", { value }, name)),
  );
  const list = el("div", {
    class: "cs-queue-list",
    role: "listbox",
    "aria-label": "Images",
    tabindex: 0,
    onkeydown: keys,
    onscroll: more,
  });
  const said = el("div", { class: "cs-queue-said", role: "status" });
  const panel = el("div", { class: "cs-queue-about" });
  const foot = el("div", { class: "cs-queue-foot" });
  const { newProject, changeProject, outOfTrash } = queueProjects({
    choose,
    reload,
    drawProjects,
    tell,
    leave,
    projects: () => projects,
    project: () => project,
    counts: () => counts,
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
  const own = tool("✎", "Rename or delete this project", changeProject);
  const head = el(
    "div",
    { class: "cs-queue-head" },
    el("h2", {}, "Queue"),
    select,
    tool("＋", "New project", newProject),
    own,
    tool("✕", "Close the queue", () => toggle(false)),
  );
  root.replaceChildren(head, chips, el("div", { class: "cs-queue-find" }, find, sorting), said, list, panel, foot);
  root.setAttribute("role", "region");
  root.setAttribute("aria-label", "Queue of images");

  const image = queueImage(panel, {
    changed: (row) => {
      put(row);
      recount();
    },
    go,
    remove,
  });
  const adding = queueAdd(foot, {
    project: () => projects.find((item) => item.id === project) || null,
    counts: () => counts,
    chosen: () => ({ state: filter, search: search.trim() }),
    current: () => current,
    reload,
    open: show,
  });

  function tool(text, title, act) {
    return el("button", { type: "button", class: "cs-tool", title, "aria-label": title, onclick: act }, text);
  }

  let timer = 0;
  function later() {
    clearTimeout(timer);
    timer = setTimeout(reload, 200);
  }

  function toggle(to = !open) {
    open = to;
    queueMemory.write("open", open ? "1" : "");
    document.querySelector("#cs-main")?.classList.toggle("cs-with-queue", open);
    for (const button of document.querySelectorAll(".cs-queue-button"))
      button.setAttribute("aria-expanded", String(open));
    if (open) (started = start()).then(() => list.focus({ preventScroll: true }));
  }

  async function start() {
    try {
      projects = (await label.get("projects")).projects;
      const wanted = current?.project || queueMemory.read("project");
      project = projects.find((item) => item.id === wanted)?.id || projects[0]?.id || null;
      problem = "";
    } catch (error) {
      problem = error.message;
    }
    drawProjects();
    await reload();
    adding.look();
  }

  async function choose(id) {
    project = id;
    queueMemory.write("project", id);
    filter = "";
    drawProjects();
    about();
    await reload();
    adding.look();
  }

  /** What can be decided on the open image, where it is one of the list. */
  function about() {
    image.show(current && (!open || !project || current.project === project) ? current : null);
  }

  /** Delete an image, and open its neighbour. */
  async function remove(mine) {
    try {
      const next = rows[place() + 1] || rows[place() - 1];
      await label.documents.delete(mine.id);
      if (!next || place() < 0) return leave();
      show(next.id);
      await reload();
      tell(
        `${mine.name} was deleted.`,
        false,
        label.mode === "demo" ? null : ["Bring back", () => outOfTrash(mine, "bring-back")],
      );
    } catch (error) {
      tell(error.message, true);
    }
  }

  /** Start the page anew, with its first example: the image that was open is no more. */
  function leave() {
    rememberImage(null);
    location.reload();
  }

  const path = (after) => {
    const query = new URLSearchParams({ limit: String(PAGE), order });
    if (filter) query.set("state", filter);
    if (search.trim()) query.set("search", search.trim());
    if (after) query.set("after", after);
    return `projects/${encodeURIComponent(project)}/images?${query}`;
  };

  async function reload() {
    if (!open) return;
    if (!project) return draw();
    const mine = ++asked;
    loading = true;
    if (!rows.length) draw();
    try {
      const answer = await label.get(path(null));
      if (mine !== asked) return;
      ({ counts, next } = answer);
      rows = answer.images;
      problem = "";
    } catch (error) {
      if (mine !== asked) return;
      problem = error.message;
    }
    loading = false;
    draw();
  }

  async function more() {
    if (!next || loading || list.scrollTop + list.clientHeight < list.scrollHeight - 300) return;
    const mine = asked;
    loading = true;
    try {
      const answer = await label.get(path(next));
      if (mine !== asked) return;
      rows = [...rows, ...answer.images];
      next = answer.next;
    } catch (error) {
      tell(error.message, true);
    }
    loading = false;
    draw();
  }

  async function recount() {
    if (!open || !project) return;
    try {
      counts = (await label.get(`projects/${encodeURIComponent(project)}/images?limit=1`)).counts;
      drawChips();
      adding.draw();
    } catch {
      /* the next reload tells */
    }
  }

  /** A row as it is now, in its old place: the list never jumps under the labeler's hands. */
  function put(row) {
    const at = rows.findIndex((item) => item.id === row.id);
    if (at < 0) return;
    rows[at] = { ...rows[at], ...row };
    const node = list.querySelector(`[data-id="${CSS.escape(row.id)}"]`);
    node?.replaceWith(line(rows[at]));
  }

  function tell(text, alert = false, act = null) {
    said.replaceChildren(
      text,
      ...(act ? [" ", el("button", { type: "button", class: "cs-tool", onclick: act[1] }, act[0])] : []),
    );
    said.classList.toggle("cs-alert", alert);
    said.setAttribute("role", alert ? "alert" : "status");
  }

  function drawProjects() {
    select.replaceChildren(
      ...projects.map((item) => el("option", { value: item.id, selected: item.id === project }, item.name)),
    );
    select.value = project || "";
    const mine = projects.find((item) => item.id === project);
    own.hidden = !mine || mine.inbox;
  }

  function drawChips() {
    const all = Object.values(counts).reduce((sum, n) => sum + n, 0);
    const chip = (value, text, count) =>
      el(
        "button",
        {
          type: "button",
          class: "cs-chip",
          "aria-pressed": String(filter === value),
          onclick: () => {
            filter = filter === value ? "" : value;
            reload();
          },
        },
        el("span", {}, text),
        " ",
        el("b", {}, String(count)),
      );
    chips.replaceChildren(
      chip("", "all", all),
      ...Object.entries(STATES).map(([value, state]) => chip(value, `${state.mark} ${state.name}`, counts[value] || 0)),
    );
  }

  function line(row) {
    const state = STATES[row.state] || STATES.new,
      chosen = row.id === current?.id;
    const facts = [`${state.mark} ${state.name}`];
    if (!row.words && row.state === "annotated") facts.push("no words found");
    if (row.to_check) facts.push(`${row.to_check} to check`);
    return el(
      "div",
      {
        class: `cs-queue-row${chosen ? " cs-chosen" : ""}`,
        role: "option",
        id: `cs-q-${row.id}`,
        "data-id": row.id,
        "aria-selected": String(chosen),
        title: `${row.name}\n${row.by}, ${when(row.at)}${row.note ? `\nNote: ${row.note}` : ""}`,
        onclick: () => show(row.id),
      },
      el("span", { class: "cs-thumb" }, lazyImage(row.thumbnail)),
      el(
        "span",
        { class: "cs-queue-text" },
        el("b", {}, row.name),
        el(
          "span",
          { class: `cs-state cs-state-${row.state}` },
          facts.join(" · "),
          row.note ? el("span", { class: "cs-has-note", title: row.note }, " ✉ note") : null,
        ),
      ),
    );
  }

  function blank(...nodes) {
    list.replaceChildren(el("div", { class: "cs-queue-blank" }, ...nodes));
  }

  function draw() {
    drawChips();
    adding.draw();
    if (problem) {
      blank(
        el("p", { role: "alert", class: "cs-alert" }, problem),
        el("button", { type: "button", class: "cs-tool cs-open", onclick: start }, "Try again"),
      );
    } else if (loading && !rows.length) {
      list.replaceChildren(
        ...Array.from({ length: 5 }, () =>
          el(
            "div",
            { class: "cs-queue-row cs-ghost", "aria-hidden": "true" },
            el("span", { class: "cs-thumb" }),
            el("span", { class: "cs-queue-text" }, el("b", {}, "\u00a0"), el("span", {}, "\u00a0")),
          ),
        ),
      );
    } else if (!rows.length) {
      const any = Object.values(counts).some(Boolean);
      blank(
        ...(any
          ? [
              el("p", {}, search ? `No image fits “${search}”.` : `No image is ${STATES[filter]?.name || "here"}.`),
              el(
                "button",
                {
                  type: "button",
                  class: "cs-tool cs-open",
                  onclick: () => {
                    filter = search = find.value = "";
                    reload();
                  },
                },
                "Show all images",
              ),
            ]
          : [
              el("p", {}, "No images yet."),
              el(
                "p",
                {},
                "Drop images, a folder or a zip here, or use Add images below. Words that you have already (words.json and the formats of the known datasets) can come along.",
              ),
            ]),
      );
    } else {
      const kept = list.scrollTop;
      list.replaceChildren(...rows.map(line), ...(next ? [el("p", { class: "cs-queue-more" }, "more below…")] : []));
      list.scrollTop = kept;
      mark();
    }
  }

  function mark() {
    for (const node of list.children) {
      const chosen = node.dataset.id && node.dataset.id === current?.id;
      node.classList.toggle("cs-chosen", Boolean(chosen));
      if (node.dataset.id) node.setAttribute("aria-selected", String(Boolean(chosen)));
    }
    if (current && list.querySelector(`[data-id="${CSS.escape(current.id)}"]`))
      list.setAttribute("aria-activedescendant", `cs-q-${current.id}`);
    else list.removeAttribute("aria-activedescendant");
  }

  function show(id) {
    emit("openimage", { id });
    list.querySelector(`[data-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
  }

  function keys(event) {
    const acts = {
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      Home: () => to(0),
      End: () => to(rows.length - 1),
    };
    const act = event.target === list && !event.ctrlKey && !event.metaKey && !event.altKey && acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  const place = () => rows.findIndex((row) => row.id === current?.id);
  function to(at) {
    if (rows[at]) show(rows[at].id);
  }
  function step(by) {
    to(Math.min(Math.max(place() < 0 ? (by > 0 ? 0 : rows.length - 1) : place() + by, 0), rows.length - 1));
  }

  /** The next or previous image, also beyond what is loaded or while the queue is closed. */
  async function go(way) {
    const on = way === "next" ? 1 : -1,
      own = current?.project || project;
    if (open && place() >= 0 && rows[place() + on]) return to(place() + on);
    if (!own) return undefined;
    try {
      const query = new URLSearchParams({
        order,
        way,
        ...(current ? { after: current.id } : {}),
        ...(filter ? { state: filter } : {}),
        ...(search.trim() ? { search: search.trim() } : {}),
      });
      const { image: found } = await label.get(`projects/${encodeURIComponent(own)}/next?${query}`);
      if (found) show(found.id);
      else emit("notice", { text: "There is no other image in this list." });
    } catch (error) {
      emit("notice", { text: error.message, alert: true });
    }
    return undefined;
  }

  listen("image", (now) => {
    const before = current;
    current = now?.id ? now : null;
    about();
    if (
      current &&
      open &&
      before?.id !== current.id &&
      current.project &&
      current.project !== project &&
      projects.some((item) => item.id === current.project)
    ) {
      project = current.project;
      drawProjects();
      reload();
    } else if (current && before?.id === current.id) {
      const { id, state, document } = current,
        { to_check, words } = rows.find((row) => row.id === id) || {};
      put({ id, state, to_check: current.to_check ?? to_check, words: document?.words.length ?? words });
    }
    if (before && current && before.id === current.id && before.state !== current.state) recount();
    mark();
  });
  listen("queue", ({ go: way, state }) => {
    if (way) go(way);
    else if (state) image.setState(state, true);
  });
  listen("added", reload);
  listen("togglequeue", () => toggle());
  listen("bring", async ({ files }) => {
    if (!open) toggle(true);
    await started;
    adding.bring(files);
  });
  listen("signedout", () => tell("You have been logged out. Log in again in a new tab, then go on here.", true));
  dropTarget(root, (files) => adding.bring(files));
  if (open) toggle(true);
  draw();
}
