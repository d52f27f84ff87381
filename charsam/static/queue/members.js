import { label } from "../shared/api.js";
import { askAbout, prompt } from "../shared/dialogs.js";

/** Who works on this project, as what; the owner adds and removes people, the others may leave. */
export async function share(id, tell) {
  const path = `projects/${encodeURIComponent(id)}/members`;
  try {
    const { roles, mine, me } = await label.get(path);
    const owner = mine === "owner",
      other = { labeler: "reader", reader: "labeler" };
    const rows = Object.entries(roles).map(([name, role]) => [
      name,
      role,
      ...(owner && role !== "owner" ? [[`Make ${other[role]}`, { name, role: other[role] }]] : []),
      ...(role !== "owner" && (owner || name === me)
        ? [[name === me ? "Leave" : "Remove", { name, remove: true }]]
        : []),
    ]);
    const what = "A labeler may edit, add and delete images; a reader may look and export.";
    const wanted = await askAbout("Members", what, rows, ...(owner ? [["Add a person…", { add: true }]] : []));
    if (!wanted) return;
    const name = wanted.add
      ? await prompt("Share this project", "Name of the person who may open and edit it too", "")
      : wanted.name;
    if (!name) return;
    await label.post(wanted.remove ? `${path}/remove` : path, {
      name,
      ...(wanted.role ? { role: wanted.role } : {}),
    });
    if (wanted.remove && name === me) location.assign("/");
    tell(wanted.remove ? `${name} was removed.` : `${name} is a ${wanted.role || "labeler"} of this project now.`);
  } catch (error) {
    tell(error.message, true);
  }
}
