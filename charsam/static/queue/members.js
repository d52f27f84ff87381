import { label } from "../shared/api.js";
import { askAbout, prompt } from "../shared/dialogs.js";
import { tr } from "../shared/words.js";

/** Who works on this project, as what; the owner adds and removes people, the others may leave. */
export async function share(id, tell) {
  const path = `projects/${encodeURIComponent(id)}/members`;
  try {
    const { roles, mine, me } = await label.get(path);
    const owner = mine === "owner",
      other = { labeler: "reader", reader: "labeler" };
    const rows = Object.entries(roles).map(([name, role]) => [
      name,
      tr(role),
      ...(owner && role !== "owner" ? [[tr("Make {0}", tr(other[role])), { name, role: other[role] }]] : []),
      ...(role !== "owner" && (owner || name === me)
        ? [[name === me ? tr("Leave") : tr("Remove"), { name, remove: true }]]
        : []),
    ]);
    const what = tr("A labeler may edit, add and delete images; a reader may look and export.");
    const wanted = await askAbout(tr("Members"), what, rows, ...(owner ? [[tr("Add a person…"), { add: true }]] : []));
    if (!wanted) return;
    const name = wanted.add
      ? await prompt(tr("Share this project"), tr("Name of the person who may open and edit it too"), "")
      : wanted.name;
    if (!name) return;
    await label.post(wanted.remove ? `${path}/remove` : path, {
      name,
      ...(wanted.role ? { role: wanted.role } : {}),
    });
    if (wanted.remove && name === me) location.assign("/");
    tell(
      wanted.remove
        ? tr("{0} was removed.", name)
        : tr("{0} is a {1} of this project now.", name, tr(wanted.role || "labeler")),
    );
  } catch (error) {
    tell(error.message, true);
  }
}
