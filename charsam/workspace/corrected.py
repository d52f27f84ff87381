"""What the images of a project teach, and which of them would teach most if somebody corrected it next."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Final

from charsam.editing.document import Document
from charsam.images import load_image
from charsam.learning.corrections import taught_picture
from charsam.learning.values import TaughtPicture
from charsam.types import ImageArray
from charsam.workspace.values import ImageRow, State, User
from charsam.workspace.workspace import Workspace

NEXT: Final = 12
LETTERS: Final = 12
"""So many letters of an image, the most doubtful ones, say what it is worth: a page of small print is not better for
its length.
"""


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


def worth_most(workspace: Workspace, project_id: str, by: User) -> list[ImageRow]:
    """The images that nobody has corrected, those first that would teach most: with many letters of which the machine
    is unsure, of kinds that nobody has corrected yet. At most NEXT. Raises NotFound.
    """
    known: Counter[str] = Counter()
    open_images: list[tuple[ImageRow, Document]] = []
    for row in workspace.images.each(project_id, by):
        if not row.characters or row.state in (State.NEW, State.REJECTED):
            continue
        document = workspace.history.document(row.id, by).document
        if row.state is State.ANNOTATED:
            open_images.append((row, document))
        else:
            known.update(one.category for one in document.characters() if one.corrected)
    ranked = sorted(open_images, key=lambda pair: -worth(pair[1], known))
    return [row for row, _ in ranked[:NEXT]]


def worth(document: Document, known: Counter[str]) -> float:
    """What a correction of an image would teach: the doubts about its letters, those less that are known already."""
    doubts = [one.suspicion / (1 + known[one.category]) ** 0.5 for one in document.characters() if not one.corrected]
    return float(sum(sorted(doubts, reverse=True)[:LETTERS]))


def _image(workspace: Workspace, row: ImageRow, by: User) -> ImageArray:
    return load_image(workspace.images.read(row.id, by), name=row.name)
