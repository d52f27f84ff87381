"""Values reach the page as data only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from charsam.page import parts
from charsam.server import rows
from charsam.trace import Trace

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"


def test_packed_text_holds_no_markup_and_comes_back_as_it_was() -> None:
    packed = parts.packed({"text": HOSTILE})
    assert "<" not in packed
    assert parts.unpacked(packed) == {"text": HOSTILE}


def test_a_hostile_word_is_inert_in_the_table_value(sign_trace: Trace) -> None:
    assert sign_trace.annotation is not None
    words = tuple(replace(word, text=HOSTILE) for word in sign_trace.annotation.words)
    trace = replace(sign_trace, annotation=replace(sign_trace.annotation, words=words))
    packed = parts.packed(rows.characters_value("key", trace))
    assert "<" not in packed
    assert parts.unpacked(packed)["rows"][0]["cells"]["word"] == HOSTILE


@pytest.mark.parametrize("sent", [None, 3, "", "{", "[1]", '"text"', {"rows": []}])
def test_what_is_not_a_json_object_counts_as_nothing(sent: object) -> None:
    assert parts.unpacked(sent) == {}
