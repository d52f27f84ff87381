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
from charsam.workspace.errors import NotFound, QuotaExceeded
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
    parts of it are damaged, which are then named. Raises NotFound; UploadError, with nothing kept, for a zip that is
    dangerous or cannot be read; DamagedBackup.
    """
    workspace.project(project_id, by)
    backups = [
        upload
        for upload in uploads
        if is_archive(upload) and is_backup(upload.name, source_of(upload), workspace.quota.backup)
    ]
    with scratch_folder(workspace.folder) as folder:
        stage = Stage(folder.resolve())
        lay_out(stage, [upload for upload in uploads if upload not in backups], workspace.quota.upload)
        rows: list[ImageRow] = []
        for upload in backups:
            name = clean_name(upload.name)
            restored = restore(workspace, project_id, name, source_of(upload), by, rest=rest)
            rows += restored.images
            stage.faults += [Fault(name, fault) for fault in restored.faults]
        taken = _take(workspace, project_id, stage, by)
    return Taken((*rows, *taken.images), taken.worded, taken.faults)


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
