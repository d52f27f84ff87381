"""SVG: NAME.svg with one path for each character, along the edges of its pixels, holes kept; a group for each word."""

from __future__ import annotations

from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

import numpy as np

from charsam.datasets.written_image import WrittenImage
from charsam.types import CharacterMask

NAMESPACE: Final = "http://www.w3.org/2000/svg"


def files(written: WrittenImage) -> dict[str, bytes]:
    """NAME.svg of one image, as large as the image. Words to be ignored are groups of the class `ignore`, without
    paths; rejected characters that were set aside are paths of the class `rejected`.
    """
    register_namespace("", NAMESPACE)
    annotation = written.annotation
    size = {"width": str(annotation.width), "height": str(annotation.height)}
    root = Element(f"{{{NAMESPACE}}}svg", {**size, "viewBox": f"0 0 {annotation.width} {annotation.height}"})
    if written.state:
        root.set("data-state", written.state)
    _sub(root, "title").text = _printable(PurePosixPath(written.file).name)
    if written.note:
        _sub(root, "desc").text = _printable(written.note)
    number = 0
    for index, word in enumerate(annotation.words, start=1):
        group = _sub(root, "g", id=f"w{index}", **{"class": "ignore" if word.ignore else "word"})
        group.set("data-text", _printable(word.text))
        for character in word.characters:
            number += 1
            if not word.ignore:
                path = _sub(group, "path", id=f"c{number}", **{"class": "character"})
                path.set("data-category", _printable(character.category))
                if character.review:
                    path.set("data-review", character.review)
                path.set("fill-rule", "evenodd")
                path.set("d", path_of(character.mask))
    for index, character in enumerate(written.set_aside, start=1):
        path = _sub(root, "path", id=f"r{index}", d=path_of(character.mask), **{"class": "rejected", "fill": "none"})
        path.set("fill-rule", "evenodd")
    indent(root)
    return {f"{written.name}.svg": tostring(root, encoding="UTF-8", xml_declaration=True)}


def path_of(mask: CharacterMask) -> str:
    """The outline of a mask along the edges of its pixels: closed rings of horizontal and vertical steps."""
    steps = _edges(mask)
    rings = []
    while steps:
        start = min(steps)
        point, ring = start, [start]
        ahead = (0, 0)
        while True:
            ways = steps[point]
            way = ways.pop(_turn(ahead, ways))
            if not ways:
                del steps[point]
            ahead = way
            point = (point[0] + way[0], point[1] + way[1])
            if point == start:
                break
            ring.append(point)
        rings.append(_corners(ring))
    return "".join(
        f"M{x0 + mask.x} {y0 + mask.y}"
        + "".join(
            f"H{x + mask.x}" if y == before_y else f"V{y + mask.y}" for (before_x, before_y), (x, y) in pairwise(ring)
        )
        + "Z"
        for ring in rings
        for x0, y0 in ring[:1]
    )


_Point = tuple[int, int]


def _edges(mask: CharacterMask) -> dict[_Point, list[_Point]]:
    """From each corner of pixels the steps along the mask's edge, with the mask on the right."""
    inside = np.pad(mask.pixels, 1)
    steps: dict[_Point, list[_Point]] = {}
    for dy, dx, corner, way in (
        (-1, 0, (0, 0), (1, 0)),
        (0, 1, (1, 0), (0, 1)),
        (1, 0, (1, 1), (-1, 0)),
        (0, -1, (0, 1), (0, -1)),
    ):
        outside = ~np.roll(inside, (-dy, -dx), (0, 1))
        for y, x in np.argwhere(inside & outside).tolist():
            steps.setdefault((x - 1 + corner[0], y - 1 + corner[1]), []).append(way)
    return steps


def _turn(ahead: _Point, ways: list[_Point]) -> int:
    """Where two pixels touch at a corner only, the step that stays with the pixel that the ring comes from."""
    right = (-ahead[1], ahead[0])
    return ways.index(right) if right in ways else 0


def _corners(ring: list[_Point]) -> list[_Point]:
    """A ring without the points in the middle of straight runs."""
    kept = []
    for index, point in enumerate(ring):
        before, after = ring[index - 1], ring[(index + 1) % len(ring)]
        if (point[0] - before[0], point[1] - before[1]) != (after[0] - point[0], after[1] - point[1]):
            kept.append(point)
    return kept


def _sub(parent: Element, name: str, **attributes: str) -> Element:
    return SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)


def _printable(text: str) -> str:
    """What XML can hold: no control characters."""
    return "".join(c for c in text if (c >= " " and c not in "\ufffe\uffff") or c in "\t\n")
