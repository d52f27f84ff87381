"""Edits of one character's mask: points, brush strokes; and what a person thinks of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from charsam.editing.brush import stroke_mask
from charsam.editing.commands import AddPoint, MovePoint, Paint, RemovePoint, Repaint, Review
from charsam.editing.document import Document, DocumentCharacter, DocumentWord, Points, StoredMask, point_array
from charsam.editing.edit_context import EditContext, EditResult
from charsam.editing.frames import usable_frame
from charsam.editing.mask_ownership import joined, minus
from charsam.errors import EditError

MOST_POINTS: Final = 64
"""Points of each kind that a character may have."""


def add_point(context: EditContext, document: Document, command: AddPoint) -> EditResult:
    """A character's mask follows a point more."""
    place, index = document.character_at(command.character)
    word = document.words[place]
    character = word.characters[index]
    _check_point(command.point, word, document)
    points, clicks = _points(character, command.label), character.clicks(command.label)
    if len(points) >= MOST_POINTS:
        raise EditError(f"{character.category} has {len(points)} such points; it may have {MOST_POINTS}")
    changed = _with_points(character, command.label, (*points, command.point), (*clicks, True))
    kind = "Positive" if command.label else "Negative"
    document = context.after_click(_with_character(document, changed), character.id)
    return EditResult(document, f"{kind} point on {character.category}", _hidden_by_strokes(character, command))


def remove_point(context: EditContext, document: Document, command: RemovePoint) -> EditResult:
    """A character's mask follows a point less."""
    _, character = _found(document, command.character)
    points, clicks = _points(character, command.label), character.clicks(command.label)
    _check_index(command.index, points)
    left = points[: command.index] + points[command.index + 1 :]
    changed = _with_points(character, command.label, left, clicks[: command.index] + clicks[command.index + 1 :])
    document = context.after_click(_with_character(document, changed), character.id)
    return EditResult(document, f"Removed a point from {character.category}")


def move_point(context: EditContext, document: Document, command: MovePoint) -> EditResult:
    """A character's mask follows a point that was moved."""
    word, character = _found(document, command.character)
    points, clicks = _points(character, command.label), character.clicks(command.label)
    _check_index(command.index, points)
    _check_point(command.point, word, document)
    label = f"Moved a point of {character.category}"
    if points[command.index] == command.point:
        return EditResult(document, label)
    changed = _with_points(
        character,
        command.label,
        (*points[: command.index], command.point, *points[command.index + 1 :]),
        (*clicks[: command.index], True, *clicks[command.index + 1 :]),
    )
    return EditResult(context.after_click(_with_character(document, changed), character.id), label)


def paint(context: EditContext, document: Document, command: Paint) -> EditResult:
    """A stroke of the brush, which takes its pixels from whoever had them, or of the eraser."""
    _, character = _found(document, command.character)
    stroke = StoredMask.of(stroke_mask(command.stroke, command.radius, document.shape))
    if command.erase:
        mask = minus(character.mask, stroke.mask())
        label = f"Eraser on {character.category}"
        if mask == character.mask:
            return EditResult(document, label, f"There was nothing of {character.category} to erase there")
        brushed = None if character.brushed is None else _or_none(minus(character.brushed, stroke.mask()))
        changed = replace(character, mask=mask, brushed=brushed, erased=joined(character.erased, stroke), review="")
    else:
        label = f"Brush on {character.category}"
        erased = None if character.erased is None else _or_none(minus(character.erased, stroke.mask()))
        changed = replace(
            character,
            mask=joined(character.mask, stroke) or stroke,
            brushed=joined(character.brushed, stroke),
            erased=erased,
            review="",
        )
    if changed == character:
        return EditResult(document, label)
    return EditResult(context.settled(document, [changed]), label)


def repaint(context: EditContext, document: Document, command: Repaint) -> EditResult:
    """A mask as it was before it was painted on."""
    _, character = _found(document, command.character)
    if not character.painted:
        return EditResult(document, f"No strokes on {character.category}", f"{character.category} has no brush strokes")
    bare = replace(character, brushed=None, erased=None, review="")
    document = context.after_click(_with_character(document, bare), character.id)
    return EditResult(document, f"Removed the strokes on {character.category}")


def review(context: EditContext, document: Document, command: Review) -> EditResult:
    """A mask is accepted, rejected or undecided."""
    if command.characters is not None:
        chosen = set(command.characters)
        for name in command.characters:
            document.character_at(name)
    elif command.word is not None:
        chosen = {one.id for one in document.words[document.word_at(command.word)].characters}
    else:
        chosen = {one.id for one in document.characters()}
    if not chosen:
        raise EditError("there are no characters here to accept or reject")
    count = sum(one.review != command.verdict for one in document.characters() if one.id in chosen)
    words = []
    for word in document.words:
        if any(one.id in chosen and one.review != command.verdict for one in word.characters):
            characters = tuple(
                replace(one, review=command.verdict) if one.id in chosen else one for one in word.characters
            )
            word = replace(word, characters=characters)  # noqa: PLW2901
        words.append(word)
    did = {"accepted": "Accepted", "rejected": "Rejected", "": "Took back the verdict on"}[command.verdict]
    counted = count or len(chosen)
    label = f"{did} {counted} character{'' if counted == 1 else 's'}"
    return EditResult(replace(document, words=tuple(words)), label)


def _found(document: Document, character_id: str) -> tuple[DocumentWord, DocumentCharacter]:
    place, index = document.character_at(character_id)
    return document.words[place], document.words[place].characters[index]


def _with_character(document: Document, character: DocumentCharacter) -> Document:
    place, index = document.character_at(character.id)
    word = document.words[place]
    characters = (*word.characters[:index], character, *word.characters[index + 1 :])
    words = (*document.words[:place], replace(word, characters=characters), *document.words[place + 1 :])
    return replace(document, words=words)


def _points(character: DocumentCharacter, label: int) -> Points:
    return character.positive if label else character.negative


def _with_points(
    character: DocumentCharacter, label: int, points: Points, clicks: tuple[bool, ...]
) -> DocumentCharacter:
    clicked = clicks if any(clicks) else ()
    if label:
        return replace(character, positive=points, clicked_positive=clicked, points_edited=True, review="")
    return replace(character, negative=points, clicked_negative=clicked, points_edited=True, review="")


def _check_index(index: int, points: Points) -> None:
    if index >= len(points):
        there = f"from 0 to {len(points) - 1}" if points else "of a point, and there is none of that label"
        raise EditError(f"index: expected one {there}; it is {index}")


def _check_point(point: tuple[float, float], word: DocumentWord, document: Document) -> None:
    x, y = point
    if not (0 <= x <= document.width and 0 <= y <= document.height):
        raise EditError(
            f"point: expected one within the image of {document.width} x {document.height} pixels; it is {x:g}, {y:g}"
        )
    frame = usable_frame(word)
    ((across, down),) = frame.to_frame(point_array((point,)))
    near = frame.height
    if not (-near <= across <= frame.width + near and -near <= down <= frame.height + near):
        raise EditError(f"point: expected one on or near the word {word.text}; it is {x:g}, {y:g}")


def _hidden_by_strokes(character: DocumentCharacter, command: AddPoint) -> str:
    strokes = character.erased if command.label else character.brushed
    if strokes is None:
        return ""
    column, row = int(command.point[0]) - strokes.x, int(command.point[1]) - strokes.y
    inside = 0 <= column < strokes.width and 0 <= row < strokes.height
    if not inside or not strokes.mask().pixels[row, column]:
        return ""
    tool = "eraser" if command.label else "brush"
    return f"The {tool} went over this place before, and its strokes stay above points; remove them to see the mask"


def _or_none(mask: StoredMask) -> StoredMask | None:
    return mask if mask.width else None
