"""How a document's word runs in the image: its frame, told by its polygon and by which way its characters stand."""

from __future__ import annotations

import numpy as np

from charsam.directions import candidate_frames
from charsam.editing.document import DocumentWord, Points, point_array, stored_points
from charsam.errors import EditError, WordsError
from charsam.geometry import box_quad, word_frame
from charsam.types import FloatArray, WordFrame

MOST_LOOKED_AT = 24
"""Characters of a word by which its frame is chosen."""
SMALLEST_BOX = 1.0
"""Least width and height of a character's box, in pixels of the word frame."""


def frame_of(word: DocumentWord) -> WordFrame:
    """The frame in which the word's characters stand upright and follow each other.

    It depends on the word alone, so that an edit needs no recogniser to find it again.
    Raises WordsError for a polygon that encloses no area.
    """
    polygon = point_array(word.polygon)
    if not word.characters:
        return word_frame(polygon)
    count = len(word.characters)
    frames = [*candidate_frames(polygon, count), *candidate_frames(polygon, 2 if count == 1 else 1)]
    quads = np.stack([point_array(character.quad) for character in word.characters[:MOST_LOOKED_AT]])
    fits = [_fit(frame, quads) for frame in frames]
    return frames[int(np.argmax(fits))]


def box_of(frame: WordFrame, quad: Points) -> FloatArray:
    """(4,) float32: x0, y0, x1, y1 of a quad in the word frame."""
    corners = frame.to_frame(point_array(quad))
    return np.asarray(np.concatenate([corners.min(0), corners.max(0)]), np.float32)


def quad_of(frame: WordFrame, box: FloatArray) -> Points:
    """A box of a word's frame as a quad in image pixels, rounded as it is stored."""
    return stored_points(box_quad(frame, box))


def upright(frame: WordFrame, quad: Points) -> Points:
    """The quad's corners clockwise from that which is the upright character's top-left.

    Raises EditError where the quad encloses next to nothing, or lies away from the word.
    """
    points = point_array(quad)
    corners = frame.to_frame(points).astype(np.float64)
    low, high = corners.min(0), corners.max(0)
    if not np.isfinite(corners).all() or (high < 0).any() or (low > [frame.width, frame.height]).any():
        raise EditError("quad: expected a box that lies on its word; this one lies away from it")
    if (high - low < SMALLEST_BOX).any():
        raise EditError("quad: expected a box that encloses something; this one is too small")
    middle = corners.mean(0)
    around = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    order = np.argsort(around, kind="stable")
    span = np.maximum(high - low, 1e-6)
    start = int(np.argmin(((corners[order] - low) / span).sum(1)))
    return stored_points(points[np.roll(order, -start)])


def _fit(frame: WordFrame, quads: FloatArray) -> float:
    """How upright the quads stand in a frame, and, to a lesser part, how far they follow each other along it.

    quads: (n, 4, 2), image pixels.
    """
    corners = frame.to_frame(quads).astype(np.float64)
    sides = np.roll(corners, -1, axis=1) - corners
    sides /= np.maximum(np.linalg.norm(sides, axis=-1, keepdims=True), 1e-9)
    standing = (sides[:, 0, 0] + sides[:, 1, 1] - sides[:, 2, 0] - sides[:, 3, 1]).mean() / 4
    steps = np.diff(corners.mean(1), axis=0)
    if not len(steps):
        return float(round(standing, 3))
    axis = 1 if frame.stacked else 0
    following = (steps[:, axis] > np.abs(steps[:, 1 - axis])).mean()
    return float(round(standing + 0.2 * following, 3))


def usable_frame(word: DocumentWord) -> WordFrame:
    """As `frame_of`; raises EditError."""
    try:
        return frame_of(word)
    except WordsError as error:
        raise EditError(f"the word {word.text or word.id}: {error}") from error
