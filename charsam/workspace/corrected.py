"""What the images of a project teach, and which of them would teach most if somebody corrected it next."""

from __future__ import annotations

from functools import partial

from charsam.images import load_image
from charsam.learning.corrections import taught_picture
from charsam.learning.values import TaughtPicture
from charsam.types import ImageArray
from charsam.workspace.values import ImageRow, State, User
from charsam.workspace.workspace import Workspace


def corrected_pictures(workspace: Workspace, project_id: str, by: User) -> list[TaughtPicture]:
    """The images of a project of which somebody corrected, accepted or rejected characters. Raises NotFound."""
    found = []
    for row in workspace.images.each(project_id, by):
        if row.state not in (State.CORRECTED, State.ACCEPTED) or not row.characters:
            continue
        document = workspace.history.document(row.id, by).document
        accepted = row.state is State.ACCEPTED
        picture = taught_picture(row.id, document, partial(_image, workspace, row, by), accepted=accepted)
        if picture.words:
            found.append(picture)
    return found


def corrected_words(workspace: Workspace, project_id: str, by: User) -> int:
    """How many words of a project teach. Raises NotFound."""
    return sum(picture.count() for picture in corrected_pictures(workspace, project_id, by))


def _image(workspace: Workspace, row: ImageRow, by: User) -> ImageArray:
    return load_image(workspace.images.read(row.id, by), name=row.name)
