"""Values reach the page as data only."""

from __future__ import annotations

import pytest

from charsam.types import Word
from charsam.ui import parts, rows

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"


def test_packed_text_holds_no_markup_and_comes_back_as_it_was() -> None:
    packed = parts.packed({"text": HOSTILE})
    assert "<" not in packed
    assert parts.unpacked(packed) == {"text": HOSTILE}


def test_a_hostile_word_is_inert_in_the_table_value() -> None:
    import numpy as np

    word = Word(np.float32([[0, 0], [9, 0], [9, 9], [0, 9]]), HOSTILE)
    packed = parts.packed(rows.words_value([word], [False]))
    assert "<" not in packed
    assert parts.unpacked(packed)["rows"][0]["text"] == HOSTILE


@pytest.mark.parametrize("sent", [None, 3, "", "{", "[1]", '"text"', {"rows": []}])
def test_what_is_not_a_json_object_counts_as_nothing(sent: object) -> None:
    assert parts.unpacked(sent) == {}
