"""Taking in what people bring: photos, folders, zips, and words in every format that charsam reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from charsam.datasets.base import Fault
from charsam.datasets.files import FileTree
from charsam.errors import CharsamError
from charsam.images import is_image_file
from charsam.scratch import scratch_folder
from charsam.workspace.backup import is_backup, restore
from charsam.workspace.bringing import bring_words, has_words
from charsam.workspace.errors import NotFound, QuotaExceeded, UploadError
from charsam.workspace.images import clean_name
from charsam.workspace.staging import Stage, Upload, is_archive, lay_out, source_of
from charsam.workspace.values import ImageRow, User
from charsam.workspace.workspace import Workspace

MASKS: Final = ("_text.png", "_chars.png")
"""How the masks end that charsam writes beside its words."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of an upload. images: those that are new. worded: how many images, new or not, got words. faults: every
    file that was not taken, with a sentence that says why.
    """

    images: tuple[ImageRow, ...]
    worded: int
    faults: tuple[Fault, ...]


def take(workspace: Workspace, project_id: str, uploads: Sequence[Upload], by: User, *, rest: bool = False) -> Taken:
    """Add the images of these uploads to a project, and the words that come with them to the images they belong to,
    those of the project included. Words of an image that has been worked on already are left out and named.

    Broken images are named and the others kept. A backup brings its images back with their histories; rest: also where
    parts of it are damaged, which are then named. Of several uploads one that is refused is named, too. Raises
    NotFound; of a single one UploadError, with nothing kept: a zip that is dangerous or cannot be read, DamagedBackup.
    """
    workspace.project(project_id, by)
    with scratch_folder(workspace.folder) as folder:
        stage = Stage(folder.resolve())
        rows: list[ImageRow] = []
        for upload in uploads:
            try:
                rows += _lay_out(workspace, project_id, stage, upload, by, rest)
            except UploadError as error:
                if len(uploads) == 1:
                    raise
                stage.faults.append(Fault(clean_name(upload.name), str(error)))
        taken = _take(workspace, project_id, stage, by)
    return Taken((*rows, *taken.images), taken.worded, taken.faults)


def _lay_out(
    workspace: Workspace, project_id: str, stage: Stage, upload: Upload, by: User, rest: bool
) -> tuple[ImageRow, ...]:
    """Lay down the files of one upload; of a backup the images that it brought back."""
    quota, name = workspace.quota, clean_name(upload.name)
    if not is_archive(upload) or not is_backup(name, source_of(upload), quota.backup):
        lay_out(stage, upload, quota.upload)
        return ()
    restored = restore(workspace, project_id, name, source_of(upload), by, rest=rest)
    stage.faults += [Fault(name, fault) for fault in restored.faults]
    return restored.images


def _take(workspace: Workspace, project_id: str, stage: Stage, by: User) -> Taken:
    uploaded = FileTree(stage.root)
    others = [file for file in uploaded.files if not is_image_file(file)]
    worded = has_words(others)
    pictures = [
        file
        for file in uploaded.files
        if is_image_file(file) and not (worded and (file.name.endswith(MASKS) or uploaded.in_mask_place(file)))
    ]
    images: dict[Path, ImageRow] = {}
    for number, file in enumerate(pictures):
        name = stage.names[file]
        try:
            images[file] = workspace.add_image(project_id, name, file.read_bytes(), by)
        except NotFound:
            raise
        except QuotaExceeded as error:
            left = len(pictures) - number
            stage.faults.append(Fault(name, f"{error} {left} image{'' if left == 1 else 's'} from here on not taken."))
            break
        except CharsamError as error:
            stage.faults.append(Fault(name, str(error)))
    new = tuple(images.values())
    count = bring_words(workspace, stage, others, images, project_id, by) if others else 0
    return Taken(new, count, tuple(stage.faults))
