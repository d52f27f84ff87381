"""Groups of pictures of one size."""

from __future__ import annotations

from charsam.batches import batches_by_size


def test_pictures_of_one_size_come_together_in_groups_of_so_many_pixels() -> None:
    sizes = [(7, (2, 3)), (4, (5, 5)), (9, (2, 3)), (1, (2, 3))]
    assert batches_by_size(sizes, 12) == [[7, 9], [1], [4]]


def test_no_pictures_make_no_groups() -> None:
    assert batches_by_size([], 12) == []
