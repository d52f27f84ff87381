"""Which segmenters there are, which can be used here, and what is said about the others."""

from pathlib import Path

import pytest

from charsam import segmenters
from charsam.errors import SettingsError, WeightsError


@pytest.fixture(autouse=True)
def no_checkpoints(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No SAM checkpoint of this machine is seen."""
    for variable in ("CHARSAM_WEIGHTS", "XDG_CACHE_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    return tmp_path


def test_availability_lists_every_name_in_order() -> None:
    assert tuple(entry.name for entry in segmenters.availability()) == segmenters.NAMES


def test_default_is_available() -> None:
    segmenters.check(segmenters.DEFAULT)


def test_sam_without_a_checkpoint_says_how_to_get_it() -> None:
    for entry in segmenters.availability():
        if entry.name in segmenters.SAM_NAMES:
            assert not entry.available
            assert f"charsam weights get {entry.name}" in entry.reason


@pytest.mark.parametrize("name", segmenters.SAM_NAMES)
def test_check_of_sam_without_a_checkpoint_says_how_to_get_it(name: str) -> None:
    with pytest.raises(WeightsError, match=f"{name} cannot be used: .*charsam weights get {name}"):
        segmenters.check(name)


def test_check_of_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no segmenter named 'magic'.*colour.*sam_vit_b, sam_vit_l, sam_vit_h"):
        segmenters.check("magic")


def test_load_gives_the_segmenter_of_that_name() -> None:
    assert segmenters.load("colour").name == "colour"


def test_load_of_an_unknown_name_is_refused() -> None:
    with pytest.raises(SettingsError, match="no segmenter named"):
        segmenters.load("magic")


def test_load_of_sam_without_a_checkpoint_is_refused() -> None:
    with pytest.raises(WeightsError, match="cannot be used"):
        segmenters.load("sam_vit_h")
