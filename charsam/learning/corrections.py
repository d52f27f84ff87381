"""What teaches, taken from the document of an image that people corrected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from charsam.editing.conversion import to_word
from charsam.editing.document import Document, DocumentCharacter, DocumentWord, point_array
from charsam.learning.values import TaughtPicture, TaughtWord
from charsam.types import CharacterMask, GivenCharacter, ImageArray

REJECTED = "rejected"


def taught_picture(
    name: str, document: Document, image: Callable[[], ImageArray], *, accepted: bool = False
) -> TaughtPicture:
    """The words of a document of which somebody painted, clicked on, moved, accepted or rejected a character.

    accepted: whether the whole image was; then all of its masks are right but those that were rejected.
    """
    words = tuple(_taught(word, accepted) for word in document.words if not word.ignore and word.characters)
    return TaughtPicture(name, image, tuple(word for word in words if word.teaches))


def _taught(word: DocumentWord, accepted: bool) -> TaughtWord:
    places = tuple(GivenCharacter(one.category, point_array(one.quad)) for one in word.characters)
    masks = tuple(_mask(one) if _is_right(one, accepted) else None for one in word.characters)
    wrong = tuple(_mask(one) if one.review == REJECTED else None for one in word.characters)
    text = "".join(one.category for one in word.characters)
    return TaughtWord(replace(to_word(word), text=text, characters=places), masks, wrong)


def _is_right(character: DocumentCharacter, accepted: bool) -> bool:
    return character.review != REJECTED and (accepted or character.corrected)


def _mask(character: DocumentCharacter) -> CharacterMask | None:
    """Its mask; None where it is empty, which tells nothing."""
    return character.mask.mask() if character.mask.width else None
