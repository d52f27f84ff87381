"""A word's frame is found again from the way in which its characters stand."""

import numpy as np
import pytest

from charsam.directions import candidate_frames
from charsam.editing.document import DocumentCharacter, DocumentWord, point_array
from charsam.editing.embeddings import Embeddings
from charsam.editing.frames import box_of, frame_of, quad_of, upright
from charsam.geometry import frame_key, word_frame
from charsam.types import WordFrame

TALL = ((10.0, 10.0), (60.0, 14.0), (55.0, 210.0), (8.0, 205.0))
WIDE = ((10.0, 40.0), (210.0, 10.0), (215.0, 60.0), (14.0, 95.0))
CURVED = tuple((x, 60 - 30 * np.sin(x / 64)) for x in range(10, 210, 40)) + tuple(
    (x, 100 - 30 * np.sin(x / 64)) for x in range(170, 0, -40)
)


def word(polygon: tuple[tuple[float, float], ...], frame: WordFrame, count: int) -> DocumentWord:
    """A word whose characters stand in a frame."""
    m = frame.margin
    across, down = frame.width - 2 * m, frame.height - 2 * m
    characters = []
    for n in range(count):
        low, high = n / count, (n + 0.8) / count
        box = (
            [m, m + low * down, m + across, m + high * down]
            if frame.stacked
            else [m + low * across, m, m + high * across, m + down]
        )
        characters.append(DocumentCharacter(f"c{n}", "A", quad_of(frame, np.array(box, np.float32))))
    return DocumentWord("w1", polygon, "A" * count, characters=tuple(characters))


@pytest.mark.parametrize("polygon", [TALL, WIDE, CURVED], ids=["tall", "wide", "curved"])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_frame_of_a_word_is_found_again(polygon: tuple[tuple[float, float], ...], count: int) -> None:
    for frame in candidate_frames(point_array(polygon), count):
        assert frame_key(frame_of(word(polygon, frame, count))) == frame_key(frame)


def test_a_word_without_characters_runs_as_its_polygon_says() -> None:
    bare = DocumentWord("w1", WIDE)
    assert frame_key(frame_of(bare)) == frame_key(word_frame(point_array(WIDE)))


@pytest.mark.parametrize("polygon", [TALL, WIDE, CURVED], ids=["tall", "wide", "curved"])
def test_boxes_and_quads_lead_to_each_other(polygon: tuple[tuple[float, float], ...]) -> None:
    frame = word_frame(point_array(polygon))
    box = np.array([12, 10, 20, 40], np.float32)
    np.testing.assert_allclose(box_of(frame, quad_of(frame, box)), box, atol=0.3)


def test_corners_are_put_in_order() -> None:
    frame = word_frame(point_array(WIDE))
    quad = quad_of(frame, np.array([20, 10, 40, 50], np.float32))
    assert upright(frame, quad[2:] + quad[:2]) == quad
    assert upright(frame, quad[::-1]) == quad


def test_embeddings_are_kept_in_bounds_and_the_oldest_go_first() -> None:
    frames = [word_frame(point_array(WIDE) + n) for n in range(4)]
    kept = Embeddings(most_bytes=350)
    made: list[str] = []

    def get(key: str, n: int) -> None:
        kept.get(key, "compact", frames[n], lambda: made.append(f"{key}{n}") or (np.zeros(100, np.uint8),))

    for key, n in (("a", 0), ("a", 1), ("a", 0), ("b", 0), ("c", 0), ("a", 0), ("b", 0), ("a", 1)):
        get(key, n)
    assert made == ["a0", "a1", "b0", "c0", "a1"]
    assert len(kept) == 3


def test_embeddings_are_bounded_by_their_bytes_too() -> None:
    frames = [word_frame(point_array(WIDE) + n) for n in range(4)]
    kept = Embeddings(most_bytes=2500)
    for n in range(3):
        kept.put("a", "compact", frames[n], (np.zeros(1000, np.uint8), {"shared": np.zeros(100, np.uint8)}))
    assert len(kept) == 2
    kept.put("b", "compact", frames[3], (np.zeros(9000, np.uint8),))
    assert len(kept) == 1


def test_segmenters_do_not_share_embeddings() -> None:
    frame = word_frame(point_array(WIDE))
    kept = Embeddings()
    assert kept.get("a", "colour", frame, lambda: 1) == 1
    assert kept.get("a", "compact", frame, lambda: 2) == 2
