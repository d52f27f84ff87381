"""The images of a project by name, so that annotations find theirs; nothing but the list of them is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from charsam.datasets.image_names import ImageNames, match
from charsam.datasets.reader import Listed
from charsam.errors import DatasetError
from charsam.workspace.upload_folder import UploadFolder
from charsam.workspace.values import ImageRow, User
from charsam.workspace.workspace import Workspace


class ProjectImages:
    """The images of a project by name, those that have just come before the others."""

    def __init__(self, workspace: Workspace, project_id: str, by: User, new: dict[Path, ImageRow]) -> None:
        self.by_id = {row.id: row for row in new.values()}
        self._new = ImageNames([(row.name, row.id) for row in new.values()])
        older = [row for row in workspace.images.each(project_id, by) if row.id not in self.by_id]
        self.by_id.update({row.id: row for row in older})
        self._older = ImageNames([(row.name, row.id) for row in older])

    def matched(
        self, listed: Sequence[Listed], uploaded: UploadFolder
    ) -> tuple[list[tuple[Listed, ImageRow]], dict[int, str]]:
        """Each entry with its image, and the reasons for those that have none, by their place."""
        wanted = [(one.names, uploaded.names.get(one.source, "")) for one in listed]
        missed: dict[int, str] = {}
        found = match(wanted, self._new, missed.__setitem__)
        again = sorted(missed)
        reasons: dict[int, str] = {}
        older = match([wanted[place] for place in again], self._older, reasons.__setitem__)
        pairs = {place: key for key, place in found.items()}
        pairs |= {again[place]: key for key, place in older.items()}
        known = {again[place]: missed[again[place]] for place in reasons}  # that of the new ones says more
        known.update({again[place]: why for place, why in reasons.items() if "may be" in why})
        return [(listed[place], self.by_id[key]) for place, key in sorted(pairs.items())], known

    def image_of(self, one: Listed, uploaded: UploadFolder) -> str | None:
        """The id of the image that an entry names, whether or not another entry has it; None where there is none."""
        near = uploaded.names.get(one.source, "")
        for names in (self._new, self._older):
            try:
                found = names.find(one.names, near)
            except DatasetError:
                continue
            if found is not None:
                return found[0]
        return None
