"""Numbers have units and two significant figures; results are plain words."""

from __future__ import annotations

from dataclasses import replace

import made
import pytest

from charsam.server import wording
from charsam.trace import Stage, Trace


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0004, "0.4 ms"), (0.0412, "41 ms"), (0.413, "0.41 s"), (1.94, "1.9 s"), (12.3, "12 s"), (0.0998, "0.10 s")],
)
def test_durations(value: float, text: str) -> None:
    assert wording.seconds(value) == text


def test_the_summary_counts_characters_and_those_to_check(sign_trace: Trace) -> None:
    assert sign_trace.annotation is not None
    assert wording.summary(sign_trace.annotation) == "6 characters, 2 to check"


def test_an_image_without_characters_says_so() -> None:
    image, words = made.sign()
    nothing = made.trace(image, tuple(replace(word, ignore=True) for word in words)).annotation
    assert nothing is not None
    assert wording.summary(nothing).startswith("No characters")


def test_stage_times_name_the_stages_and_what_was_reused(sign_trace: Trace) -> None:
    trace = replace(sign_trace, reused=frozenset({Stage.REGIONS}))
    assert wording.stage_times(trace, (Stage.READ, Stage.REGIONS)) == "read: 41 ms · CRAFT regions: reused"


def test_a_search_says_what_is_new_and_what_is_to_check() -> None:
    _, words = made.sign()
    read = tuple(replace(word, text="OPEN") for word in words)

    assert wording.search((), 0).startswith("To check: no words were found")
    assert wording.search(read[:1], 1) == "1 word found."
    assert wording.search((replace(read[0], text=None), read[0]), 1) == (
        "2 words found; 1 of them new; 1 to check: could not be read."
    )
