"""The recogniser reads drawn words, and forced alignment finds the characters of a known transcription."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from charsam.cbr import recogniser
from charsam.cbr.alignment import align
from charsam.cbr.recogniser import Reading, probability_of

FONT = ImageFont.load_default(size=48)
MARGIN = 8


def drawn(text: str) -> np.ndarray:
    """The text, dark on a light ground, with a margin all round."""
    width = int(FONT.getlength(text)) + 2 * MARGIN
    image = Image.new("RGB", (width, 64), (230, 225, 210))
    ImageDraw.Draw(image).text((MARGIN, 2), text, font=FONT, fill=(20, 30, 90))
    return np.asarray(image)


def extents(text: str) -> list[tuple[float, float]]:
    """X from and to of every character of `drawn(text)`, by the font's advance widths."""
    edges = [MARGIN + FONT.getlength(text[:index]) for index in range(len(text) + 1)]
    return list(itertools.pairwise(edges))


def posteriors(steps: list[dict[str, float]]) -> Reading:
    """A reading made by hand: at each step the characters seen there; the blank has the rest."""
    characters = "".join(sorted({character for step in steps for character in step}))
    table = np.array([[step.get(character, 0.0) for character in characters] for step in steps], np.float32)
    return Reading(
        text="",
        probability=1.0,
        width=8 * len(steps),
        step=8.0,
        blank=1 - table.sum(axis=1),
        characters=characters,
        steps=table,
        positions=np.zeros(0, np.int64),
        confidences=np.zeros(0, np.float32),
    )


def test_words_of_a_batch_are_read_in_the_order_given(recogniser):
    words = ["Stationery", "To", "F", "Greenstead Road", "HOTEL"]

    assert [found.text for found in recogniser.read([drawn(word) for word in words])] == words


def test_reading_does_not_depend_on_the_rest_of_the_batch(recogniser):
    word = drawn("Colchester")

    (alone,) = recogniser.read([word])
    _, among_others, _ = recogniser.read([drawn("A much longer line of text"), word, drawn("x")])

    assert among_others.text == alone.text
    np.testing.assert_allclose(among_others.blank, alone.blank, atol=1e-4)


def test_threads_may_share_a_recogniser(recogniser):
    words = ["Stationery", "To", "HOTEL", "Greenstead"] * 3

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda word: recogniser.read([drawn(word)])[0].text, words))

    assert found == words


def test_crops_of_any_size_are_read(recogniser):
    sizes = [(0, 0), (10, 0), (1, 1), (300, 1), (1, 300), (40, 5000), (3000, 2000)]

    found = recogniser.read([np.full((*size, 3), 200, np.uint8) for size in sizes])

    assert [item.width for item in found] == [width for _, width in sizes]
    assert [item.count for item in found[:2]] == [0, 0]


@pytest.mark.parametrize("scale", [0.4, 1, 5])
def test_text_is_read_at_any_resolution(recogniser, scale):
    word = Image.fromarray(drawn("Bakery"))
    resized = word.resize((round(word.width * scale), round(word.height * scale)), Image.Resampling.LANCZOS)

    (found,) = recogniser.read([np.asarray(resized)])

    assert found.text == "Bakery"


def test_count_leaves_out_spaces(recogniser):
    (found,) = recogniser.read([drawn("Tea House")])

    assert (found.text, found.count) == ("Tea House", 8)


@pytest.mark.parametrize("text", ["BOOK", "ALL", "Footpath", "Colchester", "W1D 4HS", "Mississippi"])
def test_centres_lie_inside_the_drawn_characters(recogniser, text):
    (found,) = recogniser.read([drawn(text)])

    aligned = align(found, text)

    assert aligned is not None
    characters = [extent for extent, character in zip(extents(text), text, strict=True) if character != " "]
    assert len(aligned.centres) == len(characters)
    for centre, (left, right) in zip(aligned.centres, characters, strict=True):
        assert left - 2 <= centre <= right + 2


def test_centres_of_a_large_crop_are_in_its_own_pixels(recogniser):
    word = Image.fromarray(drawn("HOTEL"))
    large = word.resize((word.width * 4, word.height * 4))

    aligned = align(recogniser.read([np.asarray(large)])[0], "HOTEL")

    assert aligned is not None
    for centre, (left, right) in zip(aligned.centres, extents("HOTEL"), strict=True):
        assert 4 * (left - 2) <= centre <= 4 * (right + 2)


def test_text_upright_scores_higher_than_upside_down(recogniser):
    word = drawn("Helena")
    upright, upside_down = (align(found, "Helena") for found in recogniser.read([word, word[::-1, ::-1]]))

    assert upright is not None
    assert upside_down is not None
    assert upright.score > upside_down.score + 1


def test_true_text_is_more_probable_than_another(recogniser):
    (found,) = recogniser.read([drawn("HOUSE")])

    true, false = align(found, "HOUSE"), align(found, "MOUTH")

    assert true is not None
    assert false is not None
    assert true.score > false.score
    assert true.exact.min() > 0.9


@pytest.mark.parametrize("unknown", ["ᚠ", "\U000f0000", "𓀀"])
def test_character_that_the_recogniser_does_not_know_gets_the_place_left_for_it(recogniser, unknown):
    (found,) = recogniser.read([drawn("RXAD")])

    aligned = align(found, f"R{unknown}AD")

    assert aligned is not None
    left, right = extents("RXAD")[1]
    assert left <= aligned.centres[1] <= right
    assert aligned.exact[1] == 0


def test_case_and_shape_twins_are_found_in_each_others_place():
    found = posteriors([{}, {"O": 0.9}, {}, {"l": 0.8, "I": 0.1}, {}, {"s": 0.7, "S": 0.2}, {}])

    aligned = align(found, "0IS")

    assert aligned is not None
    np.testing.assert_allclose(aligned.centres, [8 * step + recogniser.STEP_CENTRE for step in (1, 3, 5)])
    np.testing.assert_allclose(aligned.exact, [0.0, 0.1, 0.2], atol=1e-6)
    np.testing.assert_allclose(aligned.twin, [0.9, 0.9, 0.9], atol=1e-6)


def test_repeated_character_does_not_share_a_step_with_its_like():
    found = posteriors([{"o": 0.9}, {"o": 0.6}, {}, {"o": 0.9}, {}])

    aligned = align(found, "oo")

    assert aligned is not None
    np.testing.assert_allclose(aligned.centres, [recogniser.STEP_CENTRE, 24 + recogniser.STEP_CENTRE])


def test_space_that_was_read_costs_an_alignment_nothing():
    found = posteriors([{"A": 1.0}, {}, {" ": 1.0}, {}, {"B": 1.0}])

    aligned = align(found, "A B")

    assert aligned is not None
    assert aligned.score == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("text", ["", "  ", "toolong"])
def test_text_that_cannot_be_aligned_gives_none(text):
    assert align(posteriors([{"t": 0.9}, {}, {"o": 0.5}]), text) is None


def test_probability_of_one_character_is_high_for_it_and_low_for_others(recogniser):
    (found,) = recogniser.read([drawn("R")])

    assert probability_of(found, "R") > 0.9
    assert probability_of(found, "H") < 0.05


def test_two_characters_are_not_one():
    assert probability_of(posteriors([{"t": 1.0}, {}, {"o": 1.0}]), "t") == 0


def test_probability_of_a_character_sums_its_steps_and_twins():
    assert probability_of(posteriors([{"O": 0.5, "0": 0.25}, {}]), "o") == pytest.approx(0.75)
    assert probability_of(posteriors([{"x": 0.5}, {"x": 0.5}]), "x") == pytest.approx(0.75)
