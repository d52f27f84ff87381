"""Glyph templates: what the fonts vote for, shipped and of a user's own folder."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from charsam.cgr.templates import (
    CATEGORIES,
    DRAWN_SIZE,
    GRID,
    draw_template,
    folder_templates,
    font_files,
    shipped_templates,
)
from charsam.errors import SettingsError
from charsam.paths import FONTS_DIR
from charsam.types import GlyphVotes

MIDDLE = np.s_[GRID * 3 // 8 : GRID * 5 // 8, GRID * 3 // 8 : GRID * 5 // 8]
WITHOUT_LOWER_CASE = "093-bebas-neue-bold.otf"
SOME_FONTS = ["001-open-sans-regular.ttf", "025-pacifico.ttf", "093-bebas-neue-bold.otf"]


def votes(category: str, templates: int = 80) -> GlyphVotes:
    found = shipped_templates().votes(category, templates)
    assert found is not None
    return found


@pytest.mark.parametrize("category", ["A", "e", "8", "&", "ß", "É", "'"])
def test_votes_are_rates_over_the_grid(category: str) -> None:
    for rates in (votes(category).foreground, votes(category).hole):
        assert rates.shape == (GRID, GRID)
        assert rates.min() >= 0
        assert rates.max() <= 1


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_has_fonts_that_vote_for_some_foreground(category: str) -> None:
    assert votes(category).fonts >= 40
    assert votes(category).foreground.max() > 0.4


def test_no_cell_is_foreground_and_hole_in_the_same_font() -> None:
    for category in "OB8@":
        found = votes(category)
        assert (found.foreground + found.hole <= 1 + 1e-6).all()


@pytest.mark.parametrize("category", ["O", "D", "0", "o"])
def test_round_letters_have_a_hole_in_the_middle(category: str) -> None:
    assert votes(category).hole[MIDDLE].min() > 0.6
    assert votes(category).foreground[MIDDLE].max() < 0.4


@pytest.mark.parametrize("category", ["l", "I", "T", "V", "x"])
def test_open_letters_have_no_hole(category: str) -> None:
    assert votes(category).hole.max() <= 0.1


def test_eight_has_two_holes_one_above_the_other() -> None:
    hole = votes("8").hole > 0.6
    rows = np.flatnonzero(hole.any(1))
    assert rows[0] < GRID // 2 < rows[-1]
    assert not hole[GRID // 2 - 3 : GRID // 2 + 3].all(1).any()
    assert (np.diff(rows) > 1).sum() == 1


@pytest.mark.parametrize("templates", [1, 40, 80])
def test_as_many_fonts_vote_as_are_asked_for(templates: int) -> None:
    assert votes("A", templates).fonts == templates


def test_40_and_80_templates_vote_differently() -> None:
    assert not np.array_equal(votes("g", 40).foreground, votes("g", 80).foreground)


def test_rates_are_counts_over_the_voting_fonts() -> None:
    counts = votes("R", 40).foreground * 40
    np.testing.assert_allclose(counts, counts.round(), atol=1e-4)


def test_more_templates_than_fonts_are_all_the_fonts() -> None:
    assert votes("A", 10_000).fonts == len(shipped_templates().fonts)


@pytest.mark.parametrize(
    "category", ["\U0001f600", "你", "ABC", "", "\U0001f468\u200d\U0001f469", "\ufffd", " ", "q\u0303"]
)
def test_category_without_templates_has_no_votes(category: str) -> None:
    assert shipped_templates().votes(category, 80) is None


def test_category_without_templates_is_as_wide_as_an_n() -> None:
    assert shipped_templates().advance_of("你") == shipped_templates().advance_of("n")


def test_wide_letters_advance_more_than_narrow_ones() -> None:
    assert shipped_templates().advance_of("W") > 1.3 * shipped_templates().advance_of("n")
    assert shipped_templates().advance_of("n") > 1.3 * shipped_templates().advance_of("i")


def test_shipped_templates_are_of_the_fonts_in_the_folder() -> None:
    assert list(shipped_templates().fonts) == [path.name for path in font_files()]
    assert shipped_templates().categories == CATEGORIES


@pytest.mark.parametrize("name", SOME_FONTS)
def test_shipped_templates_are_what_drawing_them_again_gives(name: str) -> None:
    shipped = shipped_templates()
    column = shipped.fonts.index(name)
    font = ImageFont.truetype(FONTS_DIR / name, DRAWN_SIZE)
    for category in "AgR8&éi":
        row = shipped.categories.index(category)
        drawn = draw_template(font, category)
        capital = name == WITHOUT_LOWER_CASE and category.islower()
        assert shipped.present[row, column] == (drawn is not None and not capital)
        if drawn is not None:
            assert np.array_equal(np.packbits(drawn.foreground.ravel()), shipped.foreground[row, column])
            assert np.array_equal(np.packbits(drawn.hole.ravel()), shipped.hole[row, column])


def test_a_font_that_draws_capitals_for_small_letters_does_not_vote_for_these() -> None:
    shipped = shipped_templates()
    votes = shipped.present[:, shipped.fonts.index(WITHOUT_LOWER_CASE)]

    assert not any(votes[shipped.categories.index(letter)] for letter in "abgqzéñ")
    assert all(votes[shipped.categories.index(letter)] for letter in "ABGQZÉÑ8&")


def test_all_other_shipped_fonts_vote_for_small_letters() -> None:
    shipped = shipped_templates()
    others = [font != WITHOUT_LOWER_CASE for font in shipped.fonts]

    assert shipped.present[shipped.categories.index("g"), others].all()


def test_glyph_that_a_font_lacks_is_not_drawn() -> None:
    assert draw_template(ImageFont.truetype(FONTS_DIR / SOME_FONTS[0], DRAWN_SIZE), "你") is None


def test_white_space_is_not_drawn() -> None:
    assert draw_template(ImageFont.truetype(FONTS_DIR / SOME_FONTS[0], DRAWN_SIZE), " ") is None


def test_users_own_fonts_vote(tmp_path: Path) -> None:
    for name in SOME_FONTS[:2]:
        shutil.copy(FONTS_DIR / name, tmp_path)
    (tmp_path / "notes.txt").write_text("not a font")

    own = folder_templates(tmp_path, "AO")

    assert own.fonts == tuple(SOME_FONTS[:2])
    found = own.votes("O", 80)
    assert found is not None
    assert found.fonts == 2
    assert set(np.unique(found.foreground)) <= {0.0, 0.5, 1.0}


def test_folder_without_fonts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("no fonts here")
    with pytest.raises(SettingsError, match=r"holds no \.ttf, \.otf, \.ttc file"):
        folder_templates(tmp_path)


def test_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        folder_templates(tmp_path / "nowhere")


def test_damaged_font_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"not a font at all")
    with pytest.raises(SettingsError, match=r"broken\.ttf cannot be read"):
        folder_templates(tmp_path)
