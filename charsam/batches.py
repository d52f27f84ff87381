"""Batches of pictures of one size, none larger than a machine of few cores likes."""

from __future__ import annotations

from collections.abc import Iterable


def batches_by_size(sizes: Iterable[tuple[int, tuple[int, int]]], most_pixels: int) -> list[list[int]]:
    """Groups of indices whose pictures have one size, in the order in which sizes and indices come.

    sizes: index and (height, width) of each picture. most_pixels: of all pictures of a group together; a single
    picture may be larger.
    """
    groups: dict[tuple[int, int], list[int]] = {}
    for index, size in sizes:
        groups.setdefault(size, []).append(index)
    batches = []
    for (h, w), members in groups.items():
        most = max(1, most_pixels // (h * w))
        batches += [members[i : i + most] for i in range(0, len(members), most)]
    return batches
