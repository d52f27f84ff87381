"""From logits to masks, and how far each mask is to be trusted."""

import itertools

import numpy as np
import pytest

from charsam.cgr.masks import exclusive_masks, glyph_agreement, suspicion_of, suspicion_signals, trimmed
from charsam.cgr.templates import shipped_templates
from charsam.geometry import word_frame
from charsam.types import BoxSource, CharacterBox, CharacterMask, GlyphVotes, LogitMap

SHAPE = (60, 80)
FRAME = word_frame(np.float32([[20, 20], [220, 20], [220, 68], [20, 68]]))
SHAPE = (300, 400)
BOX = np.float32([40, 10, 72, 54])
"""A box of FRAME; the frame's pixels are the image's, moved by (12, 12)."""


def logit_map(x: int, y: int, w: int, h: int, value: float = 2.0) -> LogitMap:
    return LogitMap(np.full((h, w), value, np.float32), x, y)


def drawn(masks: tuple[CharacterMask, ...]) -> np.ndarray:
    """(H, W) how many masks each pixel belongs to."""
    counts = np.zeros(SHAPE, int)
    for mask in masks:
        h, w = mask.pixels.shape
        counts[mask.y : mask.y + h, mask.x : mask.x + w] += mask.pixels
    return counts


def letter(category: str) -> GlyphVotes:
    votes = shipped_templates().votes(category, 80)
    assert votes is not None
    return votes


def drawn_letter(votes: GlyphVotes) -> CharacterMask:
    """The best mask that the votes could have: their map over BOX cut at one half."""
    import cv2

    rates = cv2.resize(votes.foreground, (32, 44), interpolation=cv2.INTER_AREA)
    return CharacterMask(rates > 0.5, 52, 22)


@pytest.mark.parametrize("seed", range(5))
def test_pixel_belongs_to_one_character_at_most(seed: int) -> None:
    rng = np.random.default_rng(seed)
    maps = [
        LogitMap(rng.normal(0, 3, (int(h), int(w))).astype(np.float32), int(x), int(y))
        for x, y, w, h in zip(*(rng.integers(1, high, 6) for high in (40, 30, 40, 30)), strict=True)
    ]

    masks = exclusive_masks(maps, SHAPE)

    assert drawn(masks).max() == 1
    positive = np.zeros(SHAPE, bool)
    for found in maps:
        h, w = found.values.shape
        positive[found.y : found.y + h, found.x : found.x + w] |= found.values > 0
    assert np.array_equal(drawn(masks) == 1, positive)


def test_higher_logit_wins_the_pixel() -> None:
    weak, strong = exclusive_masks([logit_map(0, 0, 40, 20, 1.0), logit_map(20, 0, 40, 20, 3.0)], SHAPE)

    assert (weak.x, weak.pixels.shape) == (0, (20, 20))
    assert (strong.x, strong.pixels.shape) == (20, (20, 40))


def test_equal_logits_are_not_shared() -> None:
    masks = exclusive_masks([logit_map(0, 0, 30, 20), logit_map(0, 0, 30, 20)], SHAPE)
    assert [mask.area for mask in masks] == [600, 0]


def test_holes_stay() -> None:
    ring = np.full((20, 20), 4.0, np.float32)
    ring[6:14, 6:14] = -4.0

    (mask,) = exclusive_masks([LogitMap(ring, 10, 10)], SHAPE)

    assert mask.area == 400 - 64
    assert not mask.pixels[6:14, 6:14].any()


def test_hole_stays_where_another_character_lies_in_it() -> None:
    ring = np.full((20, 20), 4.0, np.float32)
    ring[6:14, 6:14] = -4.0

    outer, inner = exclusive_masks([LogitMap(ring, 10, 10), logit_map(17, 17, 5, 5)], SHAPE)

    assert outer.area == 336
    assert inner.area == 25


def test_character_without_pixels_has_an_empty_mask() -> None:
    (mask,) = exclusive_masks([logit_map(5, 6, 10, 10, -1.0)], SHAPE)
    assert mask.area == 0
    assert mask.pixels.shape == (0, 0)


def test_logit_of_0_is_background() -> None:
    (mask,) = exclusive_masks([logit_map(5, 6, 10, 10, 0.0)], SHAPE)
    assert mask.area == 0


def test_no_characters_have_no_masks() -> None:
    assert exclusive_masks([], SHAPE) == ()


def test_mask_is_cut_to_its_bounds() -> None:
    pixels = np.zeros((20, 30), bool)
    pixels[4:9, 7:12] = True

    mask = trimmed(pixels, 100, 200)

    assert (mask.x, mask.y, mask.pixels.shape) == (107, 204, (5, 5))


@pytest.mark.parametrize("category", ["A", "O", "R", "8"])
def test_perfect_mask_agrees_with_its_votes(category: str) -> None:
    votes = letter(category)
    agreement = glyph_agreement(drawn_letter(votes), votes, FRAME, BOX, SHAPE)
    assert agreement is not None
    assert agreement > 0.97


def test_empty_mask_does_not_agree_at_all() -> None:
    assert glyph_agreement(CharacterMask(np.zeros((0, 0), bool), 52, 22), letter("A"), FRAME, BOX, SHAPE) == 0


def test_mask_elsewhere_does_not_agree_at_all() -> None:
    away = CharacterMask(np.ones((20, 20), bool), 150, 30)
    assert glyph_agreement(away, letter("A"), FRAME, BOX, SHAPE) == pytest.approx(0, abs=0.02)


def test_another_letter_agrees_less_than_the_right_one() -> None:
    right = glyph_agreement(drawn_letter(letter("O")), letter("O"), FRAME, BOX, SHAPE)
    other = glyph_agreement(drawn_letter(letter("T")), letter("O"), FRAME, BOX, SHAPE)
    assert right is not None
    assert other is not None
    assert other < right - 0.3


def test_filled_hole_costs_agreement() -> None:
    votes = letter("O")
    filled = CharacterMask(np.ones((44, 32), bool), 52, 22)
    agreement = glyph_agreement(filled, votes, FRAME, BOX, SHAPE)
    assert agreement is not None
    assert agreement < 0.8


def test_agreement_is_not_known_without_votes() -> None:
    assert glyph_agreement(CharacterMask(np.ones((10, 10), bool), 52, 22), None, FRAME, BOX, SHAPE) is None


def test_agreement_of_a_box_beyond_the_strip_lies_between_0_and_1() -> None:
    beyond = np.float32([-20, -10, 30, 90])
    agreement = glyph_agreement(CharacterMask(np.ones((30, 20), bool), 14, 14), letter("B"), FRAME, beyond, SHAPE)
    assert agreement is not None
    assert 0 <= agreement <= 1


def test_agreement_of_a_word_that_leaves_the_image_at_its_top_left() -> None:
    frame = word_frame(np.float32([[-30, -10], [170, -10], [170, 38], [-30, 38]]))
    mask = CharacterMask(np.ones((30, 12), bool), 0, 0)

    agreement = glyph_agreement(mask, letter("H"), frame, BOX, SHAPE)

    assert agreement is not None
    assert 0 < agreement <= 1


def test_left_and_right_half_of_a_symmetric_letter_agree_alike() -> None:
    votes = letter("H")
    whole = drawn_letter(votes)
    middle = whole.pixels.shape[1] // 2
    left = CharacterMask(whole.pixels[:, :middle], whole.x, whole.y)
    right = CharacterMask(whole.pixels[:, middle:], whole.x + middle, whole.y)

    scores = [glyph_agreement(half, votes, FRAME, BOX, SHAPE) for half in (left, right)]

    assert scores[0] == pytest.approx(scores[1], abs=0.1)
    assert max(score or 0.0 for score in scores) < 0.75


def signals(**changes: float | str | int | None) -> dict[str, float]:
    """Of a character with nothing against it, changed as asked for."""
    values = {
        "source": BoxSource.CRAFT,
        "probability": 1.0,
        "quality": 1.0,
        "agreement": 1.0,
        "covered": 0.4,
        "area": 100,
    }
    values.update(changes)
    box = CharacterBox("A", BOX, values["source"], "A", values["probability"])
    pixels = np.ones((1, values["area"]), bool) if values["area"] else np.zeros((0, 0), bool)
    return suspicion_signals(
        box=box,
        mask=CharacterMask(pixels, 0, 0),
        quality=values["quality"],
        agreement=values["agreement"],
        covered=values["covered"],
    )


def test_nothing_speaks_against_a_perfect_character() -> None:
    assert suspicion_of(signals()) == 0


def test_everything_against_a_character_makes_1() -> None:
    worst = signals(source=BoxSource.EVEN, probability=0.0, quality=0.0, agreement=0.0, covered=0.0, area=0)
    assert suspicion_of(worst) == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["quality", "glyph", "reading", "source", "shape"])
def test_suspicion_rises_with_each_signal(name: str) -> None:
    clean = signals()
    steps = [suspicion_of({**clean, name: value}) for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert all(before < after for before, after in itertools.pairwise(steps))


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [
        ("quality", {"quality": 0.9}, {"quality": 0.4}),
        ("glyph", {"agreement": 0.8}, {"agreement": 0.3}),
        ("reading", {"probability": 0.9}, {"probability": 0.1}),
        ("source", {"source": BoxSource.WATERSHED}, {"source": BoxSource.EVEN}),
        ("shape", {"area": 100}, {"area": 0}),
        ("shape", {"covered": 0.5}, {"covered": 0.02}),
        ("shape", {"covered": 0.7, "agreement": 0.5}, {"covered": 1.0, "agreement": 0.5}),
    ],
)
def test_each_signal_rises_with_what_speaks_against_the_mask(name: str, better: dict, worse: dict) -> None:
    assert 0 <= signals(**better)[name] < signals(**worse)[name] <= 1


def test_reading_of_a_given_character_is_not_doubted() -> None:
    assert signals(source=BoxSource.GIVEN, probability=0.0)["reading"] == 0


@pytest.mark.parametrize("seed", range(10))
def test_suspicion_and_signals_lie_between_0_and_1(seed: int) -> None:
    rng = np.random.default_rng(seed)
    quality, agreement, covered, probability = rng.uniform(-0.5, 1.5, 4)
    found = signals(
        quality=quality, agreement=agreement, covered=covered, probability=float(np.clip(probability, 0, 1)), area=5
    )
    assert all(0 <= value <= 1 for value in found.values())
    assert 0 <= suspicion_of(found) <= 1
