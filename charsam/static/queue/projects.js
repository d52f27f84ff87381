// Projects as wholes: a new one, another name, the end of one, and what was deleted from it.
import { label } from "../shared/api.js";
import { askAbout, confirm, prompt } from "../shared/dialogs.js";
import { startAnew } from "../shared/last_image.js";
import { counted, tr } from "../shared/words.js";
import { askProject } from "./project_dialogs.js";

/** list: what the queue lends: its projects, the chosen one, its counts, and what is to be done afterwards. */
export function queueProjects(list) {
  async function newProject() {
    const name = await prompt(tr("New project"), tr("Name of the project"), "");
    if (!name) return;
    await list.started(); // else the list that is on its way would not know it
    try {
      const made = await label.post("projects", { name });
      list.projects().push(made);
      await list.choose(made.id);
    } catch (error) {
      list.tell(error.message, true);
    }
  }

  /** Rename the chosen project, or delete it with all that is in it. */
  async function changeProject() {
    const mine = list.projects().find((item) => item.id === list.project()),
      path = `projects/${encodeURIComponent(list.project())}`;
    const wanted = await askProject(mine.name);
    if (!wanted) return;
    try {
      if (wanted.trash) return await lookIntoTrash();
      if (!wanted.remove) {
        Object.assign(mine, await label.post(`${path}/name`, { name: wanted.name }));
        return list.drawProjects();
      }
      const images = Object.values(list.counts()).reduce((sum, n) => sum + n, 0);
      if (
        !(await confirm(
          tr("Delete this project?"),
          tr(
            "“{0}” is deleted with {1}, their words, masks and history, for everybody. {2}",
            mine.name,
            counted(images, "image"),
            label.mode === "demo"
              ? tr("This can't be undone.")
              : tr("It lies in the trash for 30 days, where you can bring it back."),
          ),
          tr("Delete project"),
        ))
      )
        return;
      await label.post(`${path}/delete`);
      if (list.current()?.project === mine.id) return startAnew();
      list.drop(mine);
      await list.choose(list.projects()[0].id);
    } catch (error) {
      list.tell(error.message, true);
    }
  }

  /** What was deleted from this project, to be brought back or deleted for good. */
  async function lookIntoTrash() {
    const { images } = await label.get(`projects/${encodeURIComponent(list.project())}/trash`),
      gone = (await label.get("trash")).projects;
    const rows = images.map(({ id, name, at, by }) => [
      name,
      `${by}, ${new Date(at).toLocaleDateString()}`,
      [tr("Bring back"), { id, name, way: "bring-back" }],
      [tr("Delete for good"), { id, name, way: "purge" }],
    ]);
    rows.push(
      ...gone.map(({ id, name, at }) => [
        name,
        tr("project, {0}", new Date(at).toLocaleDateString()),
        [tr("Bring back"), { id, name, kind: "projects", way: "bring-back" }],
        [tr("Delete for good"), { id, name, kind: "projects", way: "purge" }],
      ]),
    );
    const wanted = await askAbout(
      tr("Trash"),
      rows.length ? tr("Deleted images and projects are kept for 30 days.") : tr("The trash is empty."),
      rows,
    );
    if (!wanted) return;
    await outOfTrash(wanted, wanted.way);
  }

  async function outOfTrash({ id, name, kind = "documents" }, way) {
    try {
      await label.post(`${kind}/${encodeURIComponent(id)}/${way}`);
      await (kind === "projects" ? list.relist() : list.reload());
      list.tell(way === "purge" ? tr("{0} is gone for good.", name) : tr("{0} is back.", name));
    } catch (error) {
      list.tell(error.message, true);
    }
  }

  return { newProject, changeProject, outOfTrash };
}
