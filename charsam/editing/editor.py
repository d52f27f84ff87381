"""The editor: carries out what a person asks for on a document, and tells what that changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from charsam import segmenters
from charsam.editing import character_edits, image_edits, mask_edits, word_edits
from charsam.editing.changes import Change, difference
from charsam.editing.commands import Command
from charsam.editing.document import Document
from charsam.editing.edit_context import EditContext, EditResult
from charsam.editing.embeddings import Embeddings
from charsam.errors import EditError, WordsError
from charsam.pipeline import CharSAM
from charsam.trace import Settings
from charsam.types import ImageArray


@dataclass(frozen=True, slots=True)
class Edit:
    """change: empty where nothing changed. label: what was done, for the history ("Negative point on O").
    message: for the person, may be "".
    """

    change: Change
    label: str
    message: str = ""


class Editor:
    """Edits documents with one pipeline's models. Shared by any number of threads; of images it keeps embeddings only.

    Its answers depend on the image, the document, the command and the settings alone, not on what it did before.
    """

    def __init__(self, pipe: CharSAM) -> None:
        self._pipe = pipe
        self._embeddings = Embeddings()

    def apply(self, key: str, image: ImageArray, document: Document, command: Command, settings: Settings) -> Edit:
        """Carry out a command.

        key: names the image among all that are edited, the same for the same pixels. image: (H, W, 3) uint8 RGB.
        Raises EditError for what cannot be done, SettingsError or WeightsError for a segmenter that cannot be used;
        then nothing has changed.
        """
        context = self._context(key, image, document, settings)
        try:
            outcome = _EDITS[command.do](context, document, command)
        except WordsError as error:
            raise EditError(str(error)) from error
        return Edit(difference(document, outcome.document), outcome.label, outcome.message)

    def prepare(self, key: str, image: ImageArray, document: Document, settings: Settings) -> int:
        """Encode the document's words ahead of the first click on them. Returns how many there are."""
        context, count = self._context(key, image, document, settings), 0
        for word in document.words:
            if word.characters:
                context.encoded(word)
                count += 1
        return count

    def _context(self, key: str, image: ImageArray, document: Document, settings: Settings) -> EditContext:
        if image.shape[:2] != document.shape:
            raise EditError(
                f"the document is of an image of {document.width} x {document.height} pixels; "
                f"this one has {image.shape[1]} x {image.shape[0]}"
            )
        segmenters.check(settings.segmenter)
        return EditContext(self._pipe, self._embeddings, key, image, settings)


_EDITS: dict[str, Callable[[EditContext, Document, Any], EditResult]] = {
    "add_word": word_edits.add_word,
    "set_polygon": word_edits.set_polygon,
    "set_text": word_edits.set_text,
    "set_ignore": word_edits.set_ignore,
    "delete_word": word_edits.delete_word,
    "add_character": character_edits.add_character,
    "set_quad": character_edits.set_quad,
    "delete_character": character_edits.delete_character,
    "set_category": character_edits.set_category,
    "split_character": character_edits.split_character,
    "merge_characters": character_edits.merge_characters,
    "add_point": mask_edits.add_point,
    "remove_point": mask_edits.remove_point,
    "move_point": mask_edits.move_point,
    "paint": mask_edits.paint,
    "repaint": mask_edits.repaint,
    "review": mask_edits.review,
    "annotate": image_edits.annotate,
    "replace": image_edits.replace_words,
}
