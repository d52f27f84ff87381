"""Files of learned segmenters: written, read, found by name, refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from charsam import Settings, segmenters
from charsam.errors import SettingsError, WeightsError
from charsam.segmenters.compact import load_compact
from charsam.segmenters.compact_network import CompactNetwork
from charsam.segmenters.learned import (
    LearnedCard,
    Scores,
    base_sum,
    find,
    learned_bytes,
    load_learned,
    read_card,
    usable_name,
)

CARD = LearnedCard(
    "signs",
    origin="Street signs",
    by="ann",
    base=base_sum(),
    words=20,
    edge=1.5,
    kept=Scores(90, 0.6, 0.8, 0.7, 0.9),
    check=Scores(100, 0.95, 0.948),
)


@pytest.fixture(scope="module")
def network() -> CompactNetwork:
    return load_compact().network


@pytest.fixture
def file(tmp_path: Path, network: CompactNetwork) -> Path:
    path = tmp_path / "signs.safetensors"
    path.write_bytes(learned_bytes(network, CARD))
    return path


def rewritten(path: Path, tensors: dict[str, torch.Tensor], card: object = None) -> Path:
    metadata = {"card": json.dumps(CARD.to_json() if card is None else card)}
    save_file(tensors, path, metadata=metadata)
    return path


def test_a_card_is_read_as_it_was_written(file: Path) -> None:
    assert read_card(file) == CARD


def test_the_file_is_small(file: Path) -> None:
    assert file.stat().st_size < 4_000_000


def test_it_holds_the_decoder_alone(file: Path) -> None:
    assert all(name.startswith("decoder.") for name in load_file(file))


def test_loaded_it_is_the_network_that_was_written(file: Path, network: CompactNetwork) -> None:
    loaded = load_learned(file)
    assert loaded.name == "signs"
    for name, value in network.state_dict().items():
        assert torch.equal(loaded.network.state_dict()[name], value.half().float() if "decoder" in name else value)


def test_it_is_better_only_if_nothing_much_is_forgotten() -> None:
    assert CARD.better
    assert not LearnedCard("a", kept=Scores(9, 0.6, 0.8), check=Scores(9, 0.95, 0.94)).better
    assert not LearnedCard("a", kept=Scores(9, 0.6, 0.6), check=Scores(9, 0.95, 0.95)).better


def test_settings_take_it_by_its_path(file: Path) -> None:
    segmenters.check(Settings(segmenter=str(file)).segmenter)
    assert segmenters.load(str(file)).name == "signs"


def test_it_is_found_by_its_name(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARSAM_WEIGHTS", str(tmp_path / "weights"))
    (tmp_path / "weights" / "learned").mkdir(parents=True)
    place = tmp_path / "weights" / "learned" / "signs.safetensors"
    file.rename(place)
    assert find("signs") == place
    assert segmenters.weights_of("signs") == place


def test_a_name_that_nobody_has_is_told_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match=r"no segmenter named 'nobody'.*compact"):
        segmenters.check("nobody")


@pytest.mark.parametrize("name", ["", "compact", "../x", "a/b", "x" * 41, ".hidden", "a.safetensors"])
def test_names_that_cannot_be_one(name: str) -> None:
    with pytest.raises(SettingsError):
        usable_name(name)


@pytest.mark.parametrize("name", ["signs", "signs 2", "日本の看板", "Žluťoučký (2)"])
def test_names_that_can(name: str) -> None:
    assert usable_name(f" {name} ") == name


def test_one_that_was_learned_on_other_weights_is_refused(tmp_path: Path, network: CompactNetwork) -> None:
    other = tmp_path / "old.safetensors"
    other.write_bytes(learned_bytes(network, LearnedCard("old", base="0" * 64)))
    with pytest.raises(WeightsError, match=r"other weights of compact.*learn it again"):
        load_learned(other)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(WeightsError, match="no learned segmenter, or is damaged"):
        read_card(bad)


def test_numbers_that_are_none_are_refused(file: Path, tmp_path: Path) -> None:
    tensors = load_file(file)
    tensors["decoder.mask.bias"] = torch.full_like(tensors["decoder.mask.bias"], float("nan"))
    with pytest.raises(WeightsError, match="damaged"):
        load_learned(rewritten(tmp_path / "nan.safetensors", tensors))


def test_other_weights_are_refused(file: Path, tmp_path: Path) -> None:
    tensors = {**load_file(file), "neck.text.bias": torch.zeros(1)}
    with pytest.raises(WeightsError, match="other weights"):
        load_learned(rewritten(tmp_path / "more.safetensors", tensors))


@pytest.mark.parametrize(
    "card",
    [
        {},
        [],
        {**CARD.to_json(), "edge": 1e9},
        {**CARD.to_json(), "name": "../../x"},
        {**CARD.to_json(), "kept": {"iou_before": "high"}},
        {**CARD.to_json(), "by": "x" * 5000},
    ],
)
def test_cards_that_cannot_be_are_refused(file: Path, tmp_path: Path, card: object) -> None:
    with pytest.raises(WeightsError, match="no card"):
        read_card(rewritten(tmp_path / "card.safetensors", load_file(file), card))
