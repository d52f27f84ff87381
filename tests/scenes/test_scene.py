"""The scene generator: the same seed gives the same scene, and the truth agrees with itself and with the picture."""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from charsam.errors import SettingsError
from charsam.scenes import KINDS, Scene, default_fonts, make_scene
from charsam.scenes.occluders import MOST_HIDDEN, with_occluders

SMALL = (320, 240)


@lru_cache
def scene(seed: int, kind: str | None = None) -> Scene:
    return make_scene(seed, size=SMALL, kind=kind)


def pixels_of(made: Scene, value: int) -> np.ndarray:
    """(N, 2) x, y of the centres of a character's pixels."""
    rows, columns = np.nonzero(made.character_mask == value)
    return np.stack([columns + 0.5, rows + 0.5], axis=1)


def share_inside(points: np.ndarray, polygon: np.ndarray, grown: float) -> float:
    """Share of the points at most `grown` pixels outside the polygon."""
    contour = polygon.astype(np.float32)
    inside = [cv2.pointPolygonTest(contour, (float(x), float(y)), True) >= -grown for x, y in points]
    return float(np.mean(inside))


def characters_of(made: Scene) -> list[tuple[np.ndarray, np.ndarray]]:
    """(polygon of the word, polygon of the character) in the order of the mask's values."""
    return [(word.polygon, character.polygon) for word in made.words for character in word.characters]


def test_the_same_seed_gives_the_same_scene_and_another_seed_another() -> None:
    first, again, other = make_scene(7, size=SMALL), make_scene(7, size=SMALL), make_scene(8, size=SMALL)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.character_mask, again.character_mask)
    for word, same in zip(first.words, again.words, strict=True):
        assert word.text == same.text
        assert np.array_equal(word.polygon, same.polygon)
    assert not np.array_equal(first.image, other.image)


@pytest.mark.parametrize("size", [(320, 240), (201, 333), (64, 64)])
def test_image_and_masks_have_the_size_asked_for(size: tuple[int, int]) -> None:
    made = make_scene(3, size=size)
    width, height = size
    assert made.image.shape == (height, width, 3)
    assert made.image.dtype == np.uint8
    assert made.character_mask.shape == made.text_mask().shape == (height, width)
    assert made.character_mask.dtype == np.uint16
    assert set(np.unique(made.text_mask())) == {0, 255}


@pytest.mark.parametrize("kind", [None, *KINDS])
@pytest.mark.parametrize("seed", range(3))
def test_words_spell_their_characters_and_every_character_has_pixels(kind: str | None, seed: int) -> None:
    made = scene(seed, kind)
    for word in made.words:
        assert word.text == "".join(character.category for character in word.characters)
    count = sum(len(word.characters) for word in made.words)
    assert sorted(set(np.unique(made.character_mask)) - {0}) == list(range(1, count + 1))


@pytest.mark.parametrize("kind", [None, *KINDS])
@pytest.mark.parametrize("seed", range(3))
def test_every_characters_mask_lies_in_its_word_and_in_its_quad(kind: str | None, seed: int) -> None:
    made = scene(seed, kind)
    for value, (word, quad) in enumerate(characters_of(made), start=1):
        points = pixels_of(made, value)
        height = float(np.linalg.norm(word[0] - word[-1]))
        assert share_inside(points, word, grown=1 + 0.06 * height) >= 0.98
        assert share_inside(points, quad, grown=0.75) >= 0.95


def test_all_words_lie_in_the_image() -> None:
    for seed in range(12):
        for word in scene(seed).words:
            assert (word.polygon > -1).all()
            assert (word.polygon < np.array(SMALL) + 1).all()


def test_polygons_run_clockwise_from_the_reading_order_top_left() -> None:
    for seed in range(12):
        for word in scene(seed).words:
            assert cv2.contourArea(word.polygon, oriented=True) > 0
            first, last = word.characters[0].polygon.mean(axis=0), word.characters[-1].polygon.mean(axis=0)
            count = len(word.polygon) // 2
            start = (word.polygon[0] + word.polygon[-1]) / 2
            end = (word.polygon[count - 1] + word.polygon[count]) / 2
            if len(word.characters) > 2 and count > 2:
                assert np.linalg.norm(first - start) < np.linalg.norm(last - start)
                assert np.linalg.norm(last - end) < np.linalg.norm(first - end)


def test_curved_words_have_more_than_four_points_and_straight_ones_four() -> None:
    assert all(len(word.polygon) == 4 for seed in range(3) for word in scene(seed, "rotated").words)
    assert all(len(word.polygon) > 4 for seed in range(3) for word in scene(seed, "curved").words)


def test_letters_of_tight_words_touch() -> None:
    touching = 0
    for seed in range(4):
        made = scene(seed, "tight")
        mask = made.character_mask.astype(np.int32)
        beside = (mask[:, 1:] > 0) & (mask[:, :-1] > 0) & (mask[:, 1:] != mask[:, :-1])
        touching += bool(beside.any())
    assert touching >= 3


def test_letters_with_holes_have_background_inside() -> None:
    made = make_scene(0, size=SMALL, kind="holes", words=["BROAD", "8"])
    _, hierarchy = cv2.findContours((made.character_mask == 1).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    assert (hierarchy[0, :, 3] >= 0).sum() == 2


@pytest.mark.heavy
def test_dark_and_light_letters_are_in_equal_share() -> None:
    lighter = []
    for seed in range(60):
        made = make_scene(seed, size=(160, 120))
        grey = made.image.mean(axis=2)
        text = made.character_mask > 0
        around = cv2.dilate(text.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool) & ~text
        lighter.append(grey[text].mean() > grey[around].mean())
    assert 0.33 <= np.mean(lighter) <= 0.67


def test_the_words_asked_for_are_written_and_spaces_part_them() -> None:
    made = make_scene(5, size=SMALL, words=["CAFÉ", "No. 7"])
    assert [word.text for word in made.words] == ["CAFÉ", "No.", "7"]


def test_only_the_fonts_given_are_used(tmp_path: Path) -> None:
    font = default_fonts()[0]
    assert make_scene(1, size=SMALL, fonts=[font]).words
    with pytest.raises(SettingsError, match="none of the 1 fonts"):
        make_scene(1, size=SMALL, fonts=[font], words=["\u4f60\u597d"])


def test_users_photographs_serve_as_backdrops(tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    Image.new("RGB", (90, 70), (200, 10, 10)).save(path)
    red = 0
    for seed in range(8):
        made = make_scene(seed, size=SMALL, photographs=[path])
        r, g, b = (float(np.median(made.image[..., channel])) for channel in range(3))
        red += r > 2 * max(g, b)
    assert red >= 2


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="tight, rotated, curved"):
        make_scene(0, kind="upside down")


def test_a_size_too_small_is_refused() -> None:
    with pytest.raises(SettingsError, match="at least 64"):
        make_scene(0, size=(640, 20))


def test_an_empty_list_of_words_is_refused() -> None:
    with pytest.raises(SettingsError, match="words is empty"):
        make_scene(0, words=[])


@pytest.mark.parametrize("seed", range(6))
def test_occluders_hide_a_part_of_letters_and_never_most_of_one(seed: int) -> None:
    scene = make_scene(seed, size=(320, 240))
    before = scene.character_mask
    rng = np.random.default_rng(seed)
    light = np.zeros((*before.shape, 3), np.float32)
    after = before
    for _ in range(20):
        light, hidden = with_occluders(rng, light, before)
        after = np.where(hidden, np.uint16(0), before)
        shares = np.bincount(after.ravel(), minlength=before.max() + 1) / np.bincount(before.ravel())
        assert (shares[1:] >= (1 - MOST_HIDDEN) ** 3).all()  # three occluders at most
    assert light.any()


def test_hard_scenes_differ_from_plain_ones_of_the_same_seed() -> None:
    assert not np.array_equal(make_scene(3, kind="hard").image, make_scene(3).image)
