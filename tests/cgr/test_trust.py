"""Points that can be trusted: on retained cells where the ink of the photo agrees with the fonts."""

import numpy as np
import pytest

from charsam.cgr.prompts import character_points, points_of
from charsam.cgr.templates import GRID, shipped_templates
from charsam.cgr.trusted_points import InkCells, ink_under
from charsam.pipeline import CharSAM
from charsam.scenes import make_scene
from charsam.settings import PointChoice, Settings
from charsam.trace import Stage
from charsam.types import GlyphVotes, PromptMode, Word

BOX = np.float32([0, 0, GRID, GRID])
ALL = PromptMode.P_CHAR_POS_NEG


def votes(category: str) -> GlyphVotes:
    found = shipped_templates().votes(category, 80)
    assert found is not None
    return found


def chosen(category: str, ink: InkCells | None, choice: PointChoice = PointChoice.TRUSTED):
    return character_points(votes(category), BOX, ALL, 0.6, 4, choice=choice, ink=ink)


def on_cells(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    x, y = np.floor(points).astype(int).T
    return cells[y, x]


def drawn(category: str, aside: int = 0) -> np.ndarray:
    """Logits of ink as the fonts draw it on the average, moved aside by some cells."""
    return np.roll(np.where(votes(category).foreground > 0.5, 6, -6), aside, axis=1).astype(np.float32)


def test_points_of_a_letter_beside_its_box_lie_on_its_ink() -> None:
    ink = drawn("B", aside=5)

    trusted, spread = (
        chosen("B", InkCells(ink, sure=True), choice) for choice in (PointChoice.TRUSTED, PointChoice.SPREAD)
    )

    assert not on_cells(spread.positive, ink > 0).all()
    assert on_cells(trusted.positive, ink > 0).all()
    assert on_cells(trusted.negative, ink < 0).all()
    assert len(trusted.positive) >= 3


def test_ink_that_is_not_sure_makes_no_points() -> None:
    points = chosen("B", InkCells(np.full((GRID, GRID), 0.5, np.float32), sure=True))

    assert len(points.positive) == len(points.negative) == 0


@pytest.mark.parametrize(("letter", "some"), [("O", True), ("L", False)])
def test_colour_alone_is_trusted_where_the_letter_looks_like_the_fonts(letter: str, some: bool) -> None:
    points = chosen("O", InkCells(drawn(letter), sure=False))

    assert (len(points.positive) > 0) == some


def test_every_retained_cell_becomes_a_point_as_the_paper_says() -> None:
    points = chosen("O", None, PointChoice.ALL)

    assert len(points.positive) == (votes("O").foreground > 0.6).sum()
    assert len(points.negative) == (votes("O").hole > 0.6).sum()


def test_the_ink_is_read_under_the_box() -> None:
    text = np.full((40, 80), -5, np.float32)
    text[:, 40:] = 5

    ink = ink_under((text, 2.0), np.float32([10, 0, 30, 20]), "compact")

    np.testing.assert_array_equal(ink.logits[:, :15], -5)
    np.testing.assert_array_equal(ink.logits[:, 17:], 5)
    assert ink.sure


def test_of_the_points_on_a_generated_scene_95_in_100_are_right(pipeline: CharSAM) -> None:
    scene = make_scene(10_003)
    words = [Word(word.polygon, word.text) for word in scene.words]
    trace = pipeline.run(scene.image, words, Settings(), until=Stage.VOTES)

    right = {1: [], 0: []}
    for frame, points in zip(trace.frames, points_of(trace), strict=True):
        for one in points:
            for label, found in ((1, one.positive), (0, one.negative)):
                right[label] += list(on_cells(frame.to_image(found), scene.character_mask > 0) == bool(label))

    assert len(right[1]) > 20
    assert np.mean(right[1]) >= 0.95
    assert np.mean(right[0] or [True]) >= 0.95
