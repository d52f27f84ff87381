"""A small dataset with planted failures, from the photos to the ranks; the README has the figures of larger ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted_failures import KINDS, ranks, write

from charsam.cli import main

IMAGES = 10


@pytest.mark.slow
def test_planted_failures_are_in_the_first_tenth_of_their_kind(tmp_path: Path) -> None:
    data, result = tmp_path / "data", tmp_path / "result"
    write(data, IMAGES, seed=3, most_words=3)
    arguments = ["--words", str(data / "words.json"), "--out", str(result)]
    assert main(["annotate", str(data / "images"), *arguments]) == 0

    found = ranks(data, result)

    assert sorted(rank.kind for rank in found) == sorted(KINDS * (IMAGES // len(KINDS)))
    late = [rank for rank in found if rank.by_kind > 0.1]
    assert len(late) <= 1, late
