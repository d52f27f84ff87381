"""Any sequence of edits can be taken back to the bit, and done again."""

import random
from typing import Any

import numpy as np
import pytest
from editing_scenery import Scenery

from charsam.editing.changes import apply_change, inverse
from charsam.editing.document import Document
from charsam.errors import EditError


def some_command(rng: random.Random, document: Document) -> dict[str, Any]:
    """An edit that could be asked for; now and then one that cannot be done."""
    words = [word for word in document.words if word.characters]
    word = rng.choice(words) if words else None
    one = rng.choice(word.characters) if word is not None else None
    named = {"character": one.id if one is not None else "c0"}
    corners = np.array(one.quad) if one is not None else np.zeros((4, 2))
    spot = [round(float(v), 2) for v in np.add(corners.mean(0), [rng.uniform(-6, 6), rng.uniform(-6, 6)])]
    letter = rng.choice("ABO8\u00e9")
    any_word = {"word": rng.choice(document.words).id if document.words else "w0"}
    jitter = np.array([[rng.uniform(-3, 3) for _ in range(2)] for _ in range(4)])
    polygon = [[20, 150], [120, 150], [120, 190], [20, 190]]
    choices: list[dict[str, Any]] = [
        {"do": "add_point", **named, "point": spot, "label": rng.randint(0, 1)},
        {"do": "add_point", **named, "point": spot, "label": rng.randint(0, 1)},
        {"do": "move_point", **named, "point": spot, "label": rng.randint(0, 1), "index": 0},
        {"do": "remove_point", **named, "label": rng.randint(0, 1), "index": rng.randint(0, 2)},
        {"do": "paint", **named, "stroke": [spot, corners[0].tolist()], "radius": 3, "erase": rng.random() < 0.4},
        {"do": "paint", **named, "stroke": [spot, corners[1].tolist()], "radius": 5, "erase": False},
        {"do": "repaint", **named},
        {"do": "set_quad", **named, "quad": np.add(corners, jitter).tolist()},
        {"do": "set_category", **named, "category": letter},
        {"do": "delete_character", **named},
        {"do": "split_character", **named, "line": [corners[:2].mean(0).tolist(), corners[2:].mean(0).tolist()]},
        {"do": "merge_characters", "characters": [one.id for one in word.characters[:2]] if word else ["c0", "c1"]},
        {"do": "add_character", **any_word, "quad": corners.tolist(), "category": letter},
        {"do": "review", "all": True, "as": rng.choice(["accepted", "rejected", ""])},
        {"do": "review", "characters": [named["character"]], "as": "accepted"},
        {"do": "set_ignore", **any_word, "ignore": rng.random() < 0.5},
        {"do": "delete_word", **(any_word if len(document.words) > 1 else {"word": "w0"})},
        {"do": "add_word", "polygon": polygon, "text": letter * 2},
        {"do": "set_text", **any_word, "text": rng.choice(["AB", "BREAD", "8"])},
        {"do": "annotate"},
    ]
    return rng.choice(choices)


@pytest.mark.parametrize("seed", range(3))
def test_edits_are_taken_back_and_done_again_bit_by_bit(scenery: Scenery, seed: int) -> None:
    rng = random.Random(seed)
    states, changes = [scenery.document], []
    refused = 0
    while len(changes) < 10:
        try:
            edit = scenery.edit(states[-1], **some_command(rng, states[-1]))
        except EditError:
            refused += 1
            assert refused < 60
            continue
        changes.append(edit.change)
        states.append(apply_change(states[-1], edit.change))
    document = states[-1]
    for change, before in zip(reversed(changes), reversed(states[:-1]), strict=True):
        document = apply_change(document, inverse(change))
        assert document == before
    for change, after in zip(changes, states[1:], strict=True):
        document = apply_change(document, change)
        assert document == after
