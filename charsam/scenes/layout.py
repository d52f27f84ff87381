"""Where the letters of a sign stand: straight, on an arc, on a wave, or stacked; loose or touching.

A block of lines is laid out on a plane with x right and y down, in pixels; `view.py` brings the plane into the image.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.scenes.lettering import EM, glyph, pen_positions, touching_positions

Matrix = NDArray[np.float64]
Points = NDArray[np.float64]


class Shape(StrEnum):
    """The course of a line of letters."""

    STRAIGHT = "straight"
    ARC = "arc"
    ARCH = "arch"
    """Like an arc, but sheared: the stems stay upright."""
    WAVE = "wave"
    STACKED = "stacked"
    """Upright letters one below the other."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacedGlyph:
    """One character; `place` (3, 3) maps its font units (pen at 0, 0; EM units an em; y down) to the plane."""

    character: str
    font: Path
    place: Matrix

    def box_corners(self) -> Points:
        """(4, 2): the corners of the ink's box on the plane, clockwise from the upright character's top-left."""
        x0, y0, x1, y1 = glyph(self.font, self.character, EM).box
        return transform(self.place, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class PlacedWord:
    """A word on the plane. outline (P, 2): its polygon, clockwise from the reading-order top-left.

    size: pixels of the em on the plane.
    """

    text: str
    glyphs: tuple[PlacedGlyph, ...]
    outline: Points
    size: float

    def moved(self, matrix: Matrix) -> PlacedWord:
        """The word after a similarity `matrix` (3, 3) of the plane."""
        glyphs = tuple(replace(g, place=matrix @ g.place) for g in self.glyphs)
        scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
        return PlacedWord(self.text, glyphs, transform(matrix, self.outline), self.size * scale)


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How a line is set.

    size: pixels of the em. tracking: extra space between letters, in ems. touching: the gap in ems to which letters
    close up, None for the font's own spacing. bend: for arcs the swept angle in radians (positive: the middle is
    highest), for waves the amplitude in ems.
    """

    font: Path
    size: float
    shape: Shape = Shape.STRAIGHT
    tracking: float = 0.0
    touching: float | None = None
    bend: float = 0.0


def transform(matrix: Matrix, points: Points) -> Points:
    """Map (..., 2) points by a 3 x 3 projective matrix."""
    mapped = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(mapped[..., :2] / mapped[..., 2:], np.float64)


def translation(x: float, y: float) -> Matrix:
    """(3, 3): moves by x and y."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def scaling(factor: float) -> Matrix:
    """(3, 3): enlarges by a factor, about the origin."""
    return np.diag([factor, factor, 1.0])


def bounds(words: Sequence[PlacedWord]) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of the outlines of the words."""
    points = np.concatenate([word.outline for word in words])
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def set_line(texts: Sequence[str], style: LineStyle) -> tuple[PlacedWord, ...]:
    """The words of one line, its baseline starting at the origin."""
    if style.shape is Shape.STACKED:
        return _stacked(texts, style)
    scale = style.size / EM
    space = (0.3 + style.tracking) * EM
    pens: list[Points] = []
    at = 0.0
    for text in texts:
        if style.touching is None:
            within, advance = pen_positions(style.font, text, style.tracking)
        else:
            within, advance = touching_positions(style.font, text, style.touching)
        pens.append(np.asarray(within + np.float64(at), np.float64))
        at += advance + space
    place = _course(style, (at - space) * scale)
    words = []
    for text, word_pens in zip(texts, pens, strict=True):
        glyphs = []
        for character, pen in zip(text, word_pens, strict=True):
            x0, _, x1, _ = glyph(style.font, character, EM).box
            middle = (x0 + x1) / 2
            local = place((float(pen) + middle) * scale)
            glyphs.append(PlacedGlyph(character, style.font, local @ scaling(scale) @ translation(-middle, 0)))
        outline = _outline(style, text, word_pens, place, glyphs)
        words.append(PlacedWord(text, tuple(glyphs), outline, style.size))
    return tuple(words)


def _course(style: LineStyle, length: float) -> Callable[[float], Matrix]:
    """The map along the baseline: distance from its start -> the local frame (3, 3) that stands there."""
    length = max(length, 1e-6)  # some fonts have letters without an advance

    def straight(distance: float) -> Matrix:
        return translation(distance, 0)

    def arc(distance: float) -> Matrix:
        angle = (distance / length - 0.5) * style.bend
        radius = length / style.bend
        if style.shape is Shape.ARCH:
            drop = radius * (1 - np.cos(angle))
            shear = np.array([[1, 0, 0], [np.sin(angle), 1, 0], [0, 0, 1]], np.float64)
            return np.asarray(translation(distance, drop) @ shear, np.float64)
        turned = translation(length / 2 + radius * np.sin(angle), radius * (1 - np.cos(angle))) @ _rotation(angle)
        return np.asarray(turned, np.float64)

    def wave(distance: float) -> Matrix:
        phase = 2 * np.pi * distance / length
        amplitude = style.bend * style.size
        slope = amplitude * 2 * np.pi / length * np.cos(phase)
        return translation(distance, amplitude * np.sin(phase)) @ _rotation(float(np.arctan(slope)))

    if style.shape in (Shape.ARC, Shape.ARCH) and abs(style.bend) > 1e-3:
        return arc
    if style.shape is Shape.WAVE:
        return wave
    return straight


def _rotation(angle: float) -> Matrix:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]], np.float64)


def _outline(
    style: LineStyle, text: str, pens: Points, place: Callable[[float], Matrix], glyphs: Sequence[PlacedGlyph]
) -> Points:
    """The word's polygon: its upper edge from left to right, then its lower edge from right to left."""
    boxes = np.array([glyph(style.font, c, EM).box for c in text])
    scale = style.size / EM
    left, right = float((pens + boxes[:, 0]).min()) * scale, float((pens + boxes[:, 2]).max()) * scale
    top, bottom = float(boxes[:, 1].min()) * scale, float(boxes[:, 3].max()) * scale
    count = 2 if style.shape is Shape.STRAIGHT else int(np.clip(len(text) + 1, 3, 8))
    stops = [place(x) for x in np.linspace(left, right, count)]

    def edges(looseness: float) -> Points:
        upper = [transform(stop, np.array([0.0, top - looseness])) for stop in stops]
        lower = [transform(stop, np.array([0.0, bottom + looseness])) for stop in reversed(stops)]
        return np.array(upper + lower)

    if style.shape is Shape.STRAIGHT:
        return edges(0.0)
    # Stiff letters on a curve stick out with their corners, and a polygon cuts its own curve's corners.
    tight = edges(0.0).astype(np.float32)
    corners = np.concatenate([placed.box_corners() for placed in glyphs])
    outside = min(cv2.pointPolygonTest(tight, (float(x), float(y)), True) for x, y in corners)
    return edges(0.8 * max(0.0, -outside))


def _stacked(texts: Sequence[str], style: LineStyle) -> tuple[PlacedWord, ...]:
    """Each word a column of upright letters; the columns side by side."""
    scale = style.size / EM
    words, at = [], 0.0
    for text in texts:
        boxes = [glyph(style.font, c, EM).box for c in text]
        widest = max(x1 - x0 for x0, _, x1, _ in boxes)
        glyphs, y = [], 0.0
        for character, (x0, y0, x1, y1) in zip(text, boxes, strict=True):
            shift = translation((at + widest / 2) * scale, y * scale)
            centred = translation(-(x0 + x1) / 2, -y0)
            glyphs.append(PlacedGlyph(character, style.font, shift @ scaling(scale) @ centred))
            y += max(y1 - y0, 0.2 * EM) + (0.16 + style.tracking) * EM
        bottom = max(float(g.box_corners()[:, 1].max()) for g in glyphs)
        x0, x1 = at * scale, (at + widest) * scale
        outline = np.array([[x0, 0.0], [x1, 0.0], [x1, bottom], [x0, bottom]])
        words.append(PlacedWord(text, tuple(glyphs), outline, style.size))
        at += widest + 0.4 * EM
    return tuple(words)


def stack_lines(
    lines: Sequence[tuple[PlacedWord, ...]], gap: float, *, centred: bool
) -> tuple[tuple[PlacedWord, ...], ...]:
    """The lines one below the other, `gap` pixels between their bounds, centred or flush left; top-left at 0, 0."""
    boxes = [bounds(line) for line in lines]
    widest = max(x1 - x0 for x0, _, x1, _ in boxes)
    placed, y = [], 0.0
    for line, (x0, y0, x1, y1) in zip(lines, boxes, strict=True):
        x = (widest - (x1 - x0)) / 2 if centred else 0.0
        placed.append(tuple(word.moved(translation(x - x0, y - y0)) for word in line))
        y += y1 - y0 + gap
    return tuple(placed)
