"""Whose a pixel is: one character's at most. The higher logit wins within what is asked anew; brush strokes always win.

What is not asked anew keeps its pixels, but a person's word on one mask (painted, accepted) outweighs the machine's on
another, and between words a pixel goes to the character in whose box alone it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from charsam.cgr.masks import exclusive_masks
from charsam.editing.document import Document, DocumentCharacter, Points, StoredMask, point_array, stored_figure
from charsam.editing.mask_prompts import PromptedMask
from charsam.types import BoolArray, CharacterMask, FloatArray, LogitMap

_NEVER = np.float32(-1e3)

Window = tuple[int, int, int, int]
"""x0, y0, x1, y1 in image pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class _Claim:
    answer: PromptedMask
    values: FloatArray
    window: Window


def masks_of(
    document: Document,
    answers: Sequence[PromptedMask],
    rivals: Sequence[PromptedMask] = (),
    *,
    others_stay: bool = False,
) -> list[DocumentCharacter]:
    """The characters of the answers with their new masks and quality; nobody else's mask is changed here.

    document: holds all characters of the answers. rivals: answers for characters whose masks are not made anew: a pixel
    of theirs is taken by a higher logit only. Pixels of other characters of the same word are not taken, and with
    others_stay none of other words either.
    """
    asked = {one.character.id: one.character for one in answers}
    rival = {one.character.id: one for one in rivals}
    home = {one.id: word.id for word in document.words for one in word.characters}
    brushed = {name: one.brushed for name, one in asked.items() if one.brushed is not None}
    claims = []
    for answer in answers:
        values = np.array(answer.logits.values, np.float32)
        claim = _Claim(answer, values, _window(answer.logits))
        for other in document.characters():
            if other.id not in asked and _overlap(claim.window, _bounds(other.mask)):
                stays = others_stay or home[answer.character.id] == home[other.id]
                _hold_back(claim, other, rival.get(other.id), stays=stays)
        for name, painted in brushed.items():
            if name != answer.character.id and _overlap(claim.window, _bounds(painted)):
                claim.values[pixels_in(painted.mask(), claim.window)] = _NEVER
        claims.append(claim)
    return [_with_strokes(claim.answer, mask) for claim, mask in zip(claims, _exclusive(claims), strict=True)]


def without(character: DocumentCharacter, taken: CharacterMask) -> DocumentCharacter:
    """The character without the pixels of another mask; itself where it has none of them."""
    if not _overlap(_bounds(character.mask), _bounds_of(taken)):
        return character
    mask = minus(character.mask, taken)
    brushed = None if character.brushed is None else minus(character.brushed, taken)
    if mask == character.mask and brushed == character.brushed:
        return character
    if brushed is not None and not brushed.width:
        brushed = None
    return replace(character, mask=mask, brushed=brushed)


def joined(first: StoredMask | None, second: StoredMask | None) -> StoredMask | None:
    """The pixels of either; None where there are none."""
    masks = [one.mask() for one in (first, second) if one is not None and one.width]
    if not masks:
        return None
    window = _around([_bounds_of(mask) for mask in masks])
    pixels = np.zeros((window[3] - window[1], window[2] - window[0]), np.bool_)
    for mask in masks:
        pixels |= pixels_in(mask, window)
    return StoredMask.of(CharacterMask(pixels, window[0], window[1]))


def pixels_in(mask: CharacterMask, window: Window) -> BoolArray:
    """The mask's pixels in a window of the image, which may reach beyond it or hold only a part."""
    x0, y0, x1, y1 = window
    result = np.zeros((y1 - y0, x1 - x0), np.bool_)
    left, top, right, bottom = _bounds_of(mask)
    a, b, c, d = max(left, x0), max(top, y0), min(right, x1), min(bottom, y1)
    if a < c and b < d:
        result[b - y0 : d - y0, a - x0 : c - x0] = mask.pixels[b - top : d - top, a - left : c - left]
    return result


def _hold_back(claim: _Claim, other: DocumentCharacter, rival: PromptedMask | None, *, stays: bool) -> None:
    """Take from a claim the pixels of another character that it may not have."""
    owned = pixels_in(other.mask.mask(), claim.window)
    if not owned.any():
        return
    if other.judged:
        kept = owned
    elif rival is not None:
        against = np.full(owned.shape, _NEVER, np.float32)
        _paste(against, claim.window, rival.logits)
        kept = owned & (against >= claim.values)
    elif stays:
        kept = owned
    else:
        mine = _inside(claim.answer.character.quad, claim.window)
        kept = owned & ~(mine & ~_inside(other.quad, claim.window))
    claim.values[kept] = _NEVER


def _exclusive(claims: Sequence[_Claim]) -> tuple[CharacterMask, ...]:
    """The claims' masks, computed in the window that holds them all."""
    if not claims:
        return ()
    x0, y0, x1, y1 = _around([claim.window for claim in claims])
    moved = [LogitMap(claim.values, claim.window[0] - x0, claim.window[1] - y0) for claim in claims]
    masks = exclusive_masks(moved, (y1 - y0, x1 - x0))
    return tuple(replace(mask, x=mask.x + x0, y=mask.y + y0) for mask in masks)


def _with_strokes(answer: PromptedMask, found: CharacterMask) -> DocumentCharacter:
    character = answer.character
    mask: StoredMask | None = StoredMask.of(found)
    if character.erased is not None and mask is not None:
        mask = minus(mask, character.erased.mask())
    if character.brushed is not None:
        mask = joined(mask, character.brushed)
    return replace(character, mask=mask or StoredMask(), quality=stored_figure(np.clip(answer.quality, 0.0, 1.0)))


def minus(stored: StoredMask, taken: CharacterMask) -> StoredMask:
    """The mask without the pixels of another; itself where it has none of them."""
    mask = stored.mask()
    away = pixels_in(taken, _bounds(stored))
    return StoredMask.of(replace(mask, pixels=mask.pixels & ~away)) if (away & mask.pixels).any() else stored


def _paste(values: FloatArray, window: Window, found: LogitMap) -> None:
    x0, y0, x1, y1 = window
    left, top, right, bottom = _window(found)
    a, b, c, d = max(left, x0), max(top, y0), min(right, x1), min(bottom, y1)
    if a < c and b < d:
        values[b - y0 : d - y0, a - x0 : c - x0] = found.values[b - top : d - top, a - left : c - left]


def _inside(quad: Points, window: Window) -> BoolArray:
    """Which pixels of a window have their centre in a quad, to a quarter of a pixel."""
    x0, y0, x1, y1 = window
    drawn = np.zeros((y1 - y0, x1 - x0), np.uint8)
    corners = np.clip((point_array(quad) - [x0 + 0.5, y0 + 0.5]) * 4, -(2**24), 2**24)
    cv2.fillPoly(drawn, [np.rint(corners).astype(np.int32)], (1,), shift=2)
    return drawn > 0


def _window(found: LogitMap) -> Window:
    h, w = found.values.shape
    return found.x, found.y, found.x + w, found.y + h


def _bounds(mask: StoredMask) -> Window:
    return mask.x, mask.y, mask.x + mask.width, mask.y + mask.height


def _bounds_of(mask: CharacterMask) -> Window:
    h, w = mask.pixels.shape
    return mask.x, mask.y, mask.x + w, mask.y + h


def _overlap(a: Window, b: Window) -> bool:
    return max(a[0], b[0]) < min(a[2], b[2]) and max(a[1], b[1]) < min(a[3], b[3])


def _around(windows: Sequence[Window]) -> Window:
    full = [one for one in windows if one[0] < one[2] and one[1] < one[3]] or [(0, 0, 0, 0)]
    x0, y0, x1, y1 = zip(*full, strict=True)
    return min(x0), min(y0), max(x1), max(y1)
