"""Edits of characters: added, moved, deleted, renamed, split in two, merged with a neighbour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from charsam.editing.commands import (
    AddCharacter,
    DeleteCharacter,
    MergeCharacters,
    SetCategory,
    SetQuad,
    SplitCharacter,
)
from charsam.editing.conversion import Ids
from charsam.editing.document import (
    Document,
    DocumentCharacter,
    DocumentWord,
    Points,
    StoredMask,
    point_array,
)
from charsam.editing.edit_context import EditContext, EditResult
from charsam.editing.frames import SMALLEST_BOX, box_of, quad_of, upright, usable_frame
from charsam.editing.mask_ownership import joined, minus
from charsam.editing.mask_prompts import with_machine_points
from charsam.editing.word_edits import retold, said_of, with_word
from charsam.errors import EditError
from charsam.types import BoxSource, CharacterMask, FloatArray, WordFrame


def add_character(context: EditContext, document: Document, command: AddCharacter) -> EditResult:
    """A character that a person drew in a word gets its mask."""
    word = document.words[document.word_at(command.word)]
    if word.ignore:
        raise EditError(f"the word {word.text or word.id} is ignored; take that back before adding characters to it")
    frame = usable_frame(word)
    ids = Ids(document.next_id)
    made = DocumentCharacter(ids.character(), command.category, upright(frame, command.quad), box_edited=True)
    at = _place_along(frame, word, made) if command.at is None else command.at
    if at > len(word.characters):
        raise EditError(f"at: expected a place from 0 to {len(word.characters)}; it is {at}")
    characters = (
        *word.characters[:at],
        with_machine_points(made, frame, context.settings, context.ink_of(frame)),
        *word.characters[at:],
    )
    places: list[int | None] = [*range(at), None, *range(at, len(word.characters))]
    document = replace(document, next_id=ids.next)
    return _restructured(context, document, word, characters, places, [made.id], f"Added {command.category}")


def set_quad(context: EditContext, document: Document, command: SetQuad) -> EditResult:
    """A character gets another box, and with it another mask."""
    place, index = document.character_at(command.character)
    word = document.words[place]
    character = word.characters[index]
    label = f"New box of {character.category}"
    if character.quad == command.quad:
        return EditResult(document, label)
    frame = usable_frame(word)
    moved = replace(
        character,
        quad=upright(frame, command.quad),
        box_source=BoxSource.GIVEN,
        recognised="",
        probability=0.0,
        box_edited=True,
        review="",
    )
    moved = with_machine_points(moved, frame, context.settings, context.ink_of(frame))
    characters = (*word.characters[:index], moved, *word.characters[index + 1 :])
    document = with_word(document, replace(word, characters=characters))
    return EditResult(context.resegmented(document, word.id, [moved.id]), label)


def delete_character(context: EditContext, document: Document, command: DeleteCharacter) -> EditResult:
    """A character leaves its word; its letter leaves the text."""
    place, index = document.character_at(command.character)
    word = document.words[place]
    characters = word.characters[:index] + word.characters[index + 1 :]
    places: list[int | None] = [n for n in range(len(word.characters)) if n != index]
    return _restructured(context, document, word, characters, places, [], f"Deleted {word.characters[index].category}")


def set_category(context: EditContext, document: Document, command: SetCategory) -> EditResult:
    """A character becomes another letter; its points and mask follow."""
    place, index = document.character_at(command.character)
    word = document.words[place]
    character = word.characters[index]
    label = f"{command.category} instead of {character.category}"
    if character.category == command.category:
        return EditResult(document, f"{command.category} as before")
    named = replace(character, category=command.category, category_edited=True, review="")
    frame = usable_frame(word)
    named = with_machine_points(named, frame, context.settings, context.ink_of(frame))
    characters = (*word.characters[:index], named, *word.characters[index + 1 :])
    word = retold(replace(word, characters=characters), list(range(len(characters))))
    return EditResult(context.resegmented(with_word(document, word), word.id, [named.id]), label)


def split_character(context: EditContext, document: Document, command: SplitCharacter) -> EditResult:
    """Two characters on both sides of a line through the old one's box; clicked points and strokes go to their side."""
    place, index = document.character_at(command.character)
    word = document.words[place]
    character = word.characters[index]
    frame = usable_frame(word)
    line = frame.to_frame(point_array(command.line)).astype(np.float64)
    sides = _sides(box_of(frame, character.quad), line, frame)
    categories = command.categories or (character.category, character.category)
    ids = Ids(document.next_id)
    parts = []
    for category, (box, side) in zip(categories, sides, strict=True):
        made = DocumentCharacter(ids.character(), category, quad_of(frame, box), box_edited=True)
        made = _with_share(made, character, command.line, _image_side(frame, line, side, command.line))
        parts.append(with_machine_points(made, frame, context.settings, context.ink_of(frame)))
    characters = (*word.characters[:index], *parts, *word.characters[index + 1 :])
    places: list[int | None] = [*range(index + 1), None, *range(index + 1, len(word.characters))]
    document = replace(document, next_id=ids.next)
    changed = [part.id for part in parts]
    return _restructured(context, document, word, characters, places, changed, f"Split {character.category}")


def merge_characters(context: EditContext, document: Document, command: MergeCharacters) -> EditResult:
    """One character in the box of two neighbours, with the clicked points and the strokes of both."""
    (place, first), (other, second) = sorted(document.character_at(one) for one in command.characters)
    word = document.words[place]
    if place != other or second != first + 1:
        raise EditError("characters: expected two that stand next to each other in one word")
    a, b = word.characters[first], word.characters[second]
    frame = usable_frame(word)
    boxes = np.stack([box_of(frame, one.quad) for one in (a, b)])
    box = np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)]).astype(np.float32)
    ids = Ids(document.next_id)
    made = DocumentCharacter(
        id=ids.character(),
        category=command.category or a.category,
        quad=quad_of(frame, box),
        positive=a.positive + b.positive,
        negative=a.negative + b.negative,
        clicked_positive=a.clicks(1) + b.clicks(1),
        clicked_negative=a.clicks(0) + b.clicks(0),
        box_edited=True,
        brushed=joined(a.brushed, b.brushed),
        erased=_without(joined(a.erased, b.erased), joined(a.brushed, b.brushed)),
    )
    characters = (
        *word.characters[:first],
        with_machine_points(made, frame, context.settings, context.ink_of(frame)),
        *word.characters[second + 1 :],
    )
    places: list[int | None] = [n for n in range(len(word.characters)) if n != second]
    document = replace(document, next_id=ids.next)
    label = f"Merged {a.category} and {b.category}"
    return _restructured(context, document, word, characters, places, [made.id], label)


def _restructured(
    context: EditContext,
    document: Document,
    word: DocumentWord,
    characters: tuple[DocumentCharacter, ...],
    places: list[int | None],
    changed: list[str],
    label: str,
) -> EditResult:
    """The word with other characters than before, its text following and its masks made anew."""
    word = retold(replace(word, characters=characters, problem="", edited=True), places)
    document = context.resegmented(with_word(document, word), word.id, changed)
    return EditResult(document, label, said_of(document.words[document.word_at(word.id)]))


def _place_along(frame: WordFrame, word: DocumentWord, made: DocumentCharacter) -> int:
    """After how many of the word's characters a new one comes, by its middle along the word."""
    axis = 1 if frame.stacked else 0
    middles = [box_of(frame, one.quad)[[axis, axis + 2]].mean() for one in (*word.characters, made)]
    return int(sum(middle <= middles[-1] for middle in middles[:-1]))


def _sides(box: FloatArray, line: NDArray[np.float64], frame: WordFrame) -> list[tuple[FloatArray, int]]:
    """The boxes of the two parts of a box that a line cuts, in reading order, each with its side of the line."""
    corners = np.array([[box[0], box[1]], [box[2], box[1]], [box[2], box[3]], [box[0], box[3]]], np.float64)
    parts = []
    for side in (1, -1):
        part = _clipped(corners, line, side)
        if len(part) < 3 or (part.max(0) - part.min(0) < SMALLEST_BOX).any():
            raise EditError("line: expected one that cuts the character's box in two")
        parts.append((np.concatenate([part.min(0), part.max(0)]).astype(np.float32), side, part.mean(0)))
    axis = 1 if frame.stacked else 0
    parts.sort(key=lambda part: float(part[2][axis]))
    return [(found, side) for found, side, _ in parts]


def _clipped(corners: NDArray[np.float64], line: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """The part of a convex polygon on one side of the line through two points (Sutherland and Hodgman)."""
    signed = side * _beside(corners, line)
    kept = []
    for index, corner in enumerate(corners):
        after = (index + 1) % len(corners)
        if signed[index] >= 0:
            kept.append(corner)
        if signed[index] * signed[after] < 0:
            share = signed[index] / (signed[index] - signed[after])
            kept.append(corner + share * (corners[after] - corner))
    return np.array(kept).reshape(-1, 2)


def _beside(points: NDArray[np.floating], line: NDArray[np.floating]) -> NDArray[np.float64]:
    """On which side of a line points lie, and how far, in multiples of the line's length."""
    along, away = np.asarray(line[1] - line[0], np.float64), np.asarray(points, np.float64) - line[0]
    return np.asarray(along[0] * away[..., 1] - along[1] * away[..., 0])


def _image_side(frame: WordFrame, line: NDArray[np.float64], side: int, drawn: Points) -> int:
    """The side of the line in the image that is the given side of it in the frame."""
    along = line[1] - line[0]
    probe = line.mean(0) + side * np.array([-along[1], along[0]])
    return 1 if _beside(frame.to_image(probe[None]), point_array(drawn).astype(np.float64))[0] > 0 else -1


def _with_share(made: DocumentCharacter, old: DocumentCharacter, line: Points, side: int) -> DocumentCharacter:
    """A part with those of the old one's clicked points and strokes that lie on its side of the line in the image."""
    drawn = point_array(line).astype(np.float64)

    def mine(points: Points, clicks: tuple[bool, ...]) -> Points:
        beside = side * _beside(point_array(points), drawn)
        return tuple(p for p, away, clicked in zip(points, beside, clicks, strict=True) if clicked and away >= 0)

    def cut(mask: StoredMask | None) -> StoredMask | None:
        if mask is None:
            return None
        ys, xs = np.mgrid[mask.y : mask.y + mask.height, mask.x : mask.x + mask.width] + 0.5
        beside = _beside(np.stack([xs, ys], -1), drawn)
        kept = StoredMask.of(
            CharacterMask(mask.mask().pixels & (beside >= 0 if side > 0 else beside < 0), mask.x, mask.y)
        )
        return kept if kept.width else None

    positive, negative = mine(old.positive, old.clicks(1)), mine(old.negative, old.clicks(0))
    return replace(
        made,
        positive=positive,
        negative=negative,
        clicked_positive=(True,) * len(positive),
        clicked_negative=(True,) * len(negative),
        brushed=cut(old.brushed),
        erased=cut(old.erased),
    )


def _without(erased: StoredMask | None, brushed: StoredMask | None) -> StoredMask | None:
    """What stays erased of a merged character: not what was painted on either."""
    if erased is None or brushed is None:
        return erased
    kept = minus(erased, brushed.mask())
    return kept if kept.width else None
