"""Which image an annotation is for: by its name, as people and tools write it.

Names are compared in Unicode's composed form. A name that is exactly the image's wins over one in other letter case,
and that over one with another ending; of several images that fit equally, the one with most folders in common.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final, Generic, TypeVar

from charsam.errors import DatasetError
from charsam.images import SUFFIXES

Key = TypeVar("Key", bound=Hashable)
Fit = tuple[int, int, int]
"""How well an image fits, the more the better: which of the names, how like it is, how many folders they share."""
MISSING: Final = "there is no image for the entry"
TAKEN: Final = "there is another entry for the image"


class ImageNames(Generic[Key]):
    """Images that can be looked up by name. A key stands for one image; it may have several names."""

    def __init__(self, images: Iterable[tuple[str, Key]]) -> None:
        self._by_stem: dict[str, list[tuple[tuple[str, ...], Key]]] = defaultdict(list)
        for name, key in images:
            parts = _parts(name)
            if parts:
                self._by_stem[_stem(parts[-1]).casefold()].append((parts, key))

    def find(self, names: Sequence[str], near: str = "") -> tuple[Key, Fit] | None:
        """The image of the first of these names that has one, and how well it fits; None where none has.

        names: what an annotation calls its image, folders and ending or not, the surest first. near: the path of the
        annotation's own file, which tells apart images of one name in several folders.
        Raises DatasetError where several images fit equally well.
        """
        for place, name in enumerate(names):
            found = self._find(_parts(name), _parts(near)[:-1])
            if found is not None:
                key, (way, depth) = found
                return key, (-place, -way, depth)
        return None

    def _find(self, name: tuple[str, ...], near: tuple[str, ...]) -> tuple[Key, tuple[int, int]] | None:
        if not name:
            return None
        listed = self._by_stem.get(_stem(name[-1]).casefold(), [])
        way, fitting = _first(listed, _same_name(name[-1]))
        depth, fitting = _deepest(fitting, lambda parts: _shared(reversed(parts), reversed(name)))
        if len({key for _, key in fitting}) > 1:
            _, fitting = _deepest(fitting, lambda parts: _shared(parts, near))
        keys = list(dict.fromkeys(key for _, key in fitting))
        if len(keys) > 1:
            shown = " and ".join("/".join(parts) for parts, _ in fitting[:2])
            raise DatasetError(f"{'/'.join(name)} may be {shown}; there must be one image of that name")
        return (keys[0], (way, depth)) if keys else None


def match(
    wanted: Sequence[tuple[Sequence[str], str]], images: ImageNames[Key], refuse: Callable[[int, str], None]
) -> dict[Key, int]:
    """For each image the place of the annotation that is for it. wanted: names and file of each annotation, in order.

    refuse: told the place and the reason of each that is for no image, or for one that another fits better or as well.
    """
    best: dict[Key, tuple[Fit, int]] = {}
    for place, (names, near) in enumerate(wanted):
        try:
            found = images.find(names, near)
        except DatasetError as error:
            refuse(place, f"{error}.")
            continue
        if found is None:
            refuse(place, f"{MISSING} {names[0][:120]}." if names else "it names no image.")
            continue
        key, fit = found
        if key not in best or fit > best[key][0]:
            if key in best:
                refuse(best[key][1], f"{MISSING} {wanted[best[key][1]][0][0][:120]}.")
            best[key] = fit, place
        else:
            as_well = fit == best[key][0]
            refuse(place, f"{TAKEN} {names[0][:120]}." if as_well else f"{MISSING} {names[0][:120]}.")
    return {key: place for key, (_, place) in best.items()}


def _parts(name: str) -> tuple[str, ...]:
    name = unicodedata.normalize("NFC", name).replace("\\", "/")
    return tuple(part for part in name.split("/") if part not in ("", ".", ".."))


def _stem(file: str) -> str:
    stem, dot, ending = file.rpartition(".")
    return stem if dot and stem and f".{ending.lower()}" in SUFFIXES else file


def _same_name(file: str) -> tuple[Callable[[str], bool], ...]:
    """The ways in which a name can fit, the surest first."""
    folded, stem = file.casefold(), _stem(file)
    return (
        lambda other: other == file,
        lambda other: other.casefold() == folded,
        lambda other: _stem(other) == stem,
        lambda other: True,
    )


_Found = list[tuple[tuple[str, ...], Key]]


def _first(found: _Found[Key], ways: tuple[Callable[[str], bool], ...]) -> tuple[int, _Found[Key]]:
    for place, way in enumerate(ways):
        fitting = [one for one in found if way(one[0][-1])]
        if fitting:
            return place, fitting
    return 0, []


def _deepest(found: _Found[Key], depth: Callable[[tuple[str, ...]], int]) -> tuple[int, _Found[Key]]:
    most = max((depth(parts) for parts, _ in found), default=0)
    return most, [one for one in found if depth(one[0]) == most]


def _shared(a: Iterable[str], b: Iterable[str]) -> int:
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count
