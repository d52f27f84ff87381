"""Learned segmenters: `compact` with a decoder that was fitted to what people corrected (`charsam.learning`).

A file holds the decoder and a card that tells what it learned from; the rest is the `compact` that it was fitted on.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from charsam import checksums, weights
from charsam.errors import SettingsError, WeightsError
from charsam.paths import ASSETS_DIR
from charsam.types import SUSPICIOUS

if TYPE_CHECKING:
    from charsam.segmenters.compact import CompactSegmenter
    from charsam.segmenters.compact_network import CompactNetwork

SUFFIX: Final = ".safetensors"
FOLDER: Final = "learned"
"""Of the folders of weights: where learned segmenters lie that are called by their names."""
MOST_BYTES: Final = 4_000_000
BASE: Final = ASSETS_DIR / "compact.safetensors"
_MADE_BY: Final = "charsam learn"
_DECODER: Final = "decoder."
_LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class Scores:
    """Before and after learning: mean IoU of a character, and fgIoU of all text pixels together. characters: of how
    many.
    """

    characters: int = 0
    iou_before: float = 0.0
    iou_after: float = 0.0
    fg_before: float = 0.0
    fg_after: float = 0.0

    @property
    def lost_too_much(self) -> bool:
        """Whether the mean IoU fell by more than MOST_LOST."""
        return self.iou_after < self.iou_before - MOST_LOST


@dataclass(frozen=True, slots=True)
class LearnedCard:
    """What a learned segmenter is told apart by, and what it is worth.

    name: what people call it. origin: the project or folder that taught it. by, made: who, and when (UTC, ISO 8601).
    base: SHA-256 of the compact weights that it was fitted on. words, characters, rejected: how many taught.
    edge: image pixels by which it cuts masks wider. doubtful: the suspicion from which a person should look, by the
    words kept aside. reminded: in how many further rounds it learned ordinary signs again.
    steps, seconds: of the fit. kept: scores on words kept aside. check: on generated ordinary signs.
    """

    name: str
    origin: str = ""
    by: str = ""
    made: str = ""
    base: str = ""
    version: str = ""
    words: int = 0
    characters: int = 0
    rejected: int = 0
    edge: float = 0.0
    doubtful: float = SUSPICIOUS
    reminded: int = 0
    steps: int = 0
    seconds: float = 0.0
    kept: Scores = field(default_factory=Scores)
    check: Scores = field(default_factory=Scores)

    @property
    def better(self) -> bool:
        """Whether it answers the words kept aside better than `compact`, and ordinary signs nearly as well."""
        return self.kept.iou_after > self.kept.iou_before and not self.check.lost_too_much

    def to_json(self) -> dict[str, Any]:
        """The card as JSON takes it, with `better`."""
        return {**asdict(self), "better": self.better}


MOST_LOST: Final = 0.005
"""The mean IoU on generated ordinary signs that a learned segmenter may lose."""


def usable_name(name: str) -> str:
    """The name that somebody gives a learned segmenter, tidied up. Raises SettingsError."""
    from charsam.segmenters import NAMES

    tidy = " ".join(name.split())
    if not tidy or len(tidy) > _LONGEST_NAME or not re.fullmatch(r"\w[\w .+()-]*", tidy) or tidy.endswith(SUFFIX):
        raise SettingsError(
            f"{name[:60]!r} cannot be a segmenter's name; take at most {_LONGEST_NAME} letters, digits, spaces, "
            "and . + - ( )"
        )
    if tidy in NAMES:
        raise SettingsError(f"{tidy} is the name of a segmenter that comes with charsam; take another")
    return tidy


def find(name: str) -> Path | None:
    """The file of a learned segmenter, by its path or its name in the folders of weights; None if there is none."""
    if name.endswith(SUFFIX):
        path = Path(name)
        return path if path.is_file() else None
    if not re.fullmatch(r"\w[\w .+()-]*", name):
        return None
    places = (folder / FOLDER / f"{name}{SUFFIX}" for folder in weights.folders())
    return next((place for place in places if place.is_file()), None)


def named_files() -> dict[str, Path]:
    """The learned segmenters in the folders of weights, by name."""
    found: dict[str, Path] = {}
    for folder in weights.folders():
        for path in sorted((folder / FOLDER).glob(f"*{SUFFIX}")):
            found.setdefault(path.stem, path)
    return found


def learned_bytes(network: CompactNetwork, card: LearnedCard) -> bytes:
    """The file of a learned segmenter."""
    import torch
    from safetensors.torch import save

    tensors = {
        name: value.detach().to("cpu", torch.float16).contiguous()
        for name, value in network.state_dict().items()
        if name.startswith(_DECODER)
    }
    return save(tensors, metadata={"made_by": _MADE_BY, "card": json.dumps(card.to_json(), ensure_ascii=False)})


def read_card(path: Path) -> LearnedCard:
    """The card of a learned segmenter. Raises WeightsError where the file is none, or is damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        if path.stat().st_size > MOST_BYTES:
            raise WeightsError(f"{path} is no learned segmenter: it is larger than {MOST_BYTES // 10**6} MB")
        with safe_open(path, "pt") as opened:
            metadata = opened.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path} is no learned segmenter, or is damaged ({error})") from error
    try:
        card = _card(json.loads(metadata["card"]))
    except (KeyError, ValueError, TypeError, RecursionError, SettingsError) as error:
        raise WeightsError(f"{path} is no learned segmenter: it has no card that can be read ({error})") from error
    return card


def card_of(path: Path) -> LearnedCard:
    """As `read_card`, but read once per file and change."""
    about = path.stat()
    return _read_once(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=64)
def _read_once(path: Path, changed: int, size: int) -> LearnedCard:
    return read_card(path)


def load_learned(path: Path) -> CompactSegmenter:
    """A learned segmenter. Raises WeightsError where the file is damaged, or was learned on other weights."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from charsam.segmenters.compact import CompactSegmenter, load_compact

    card = read_card(path)
    base = base_sum()
    if card.base != base:
        raise WeightsError(
            f"{path.name} was learned on other weights of compact ({card.base[:12]}) than this charsam has "
            f"({base[:12]}); learn it again from the same corrections, or use compact"
        )
    network = load_compact().network
    try:
        tensors = load_file(path)
        unknown = [name for name in tensors if not name.startswith(_DECODER)]
        if unknown or not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
            raise WeightsError(f"{path} is damaged: it holds {'other weights' if unknown else 'numbers that are none'}")
        network.decoder.load_state_dict({name.removeprefix(_DECODER): value for name, value in tensors.items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise WeightsError(f"{path} holds no usable decoder ({error})") from error
    segmenter = CompactSegmenter(network, edge=card.edge)
    segmenter.name = card.name
    return segmenter


def base_sum() -> str:
    """The SHA-256 of the compact weights of this charsam. Raises WeightsError where they are damaged."""
    return checksums.asset_sum(BASE)


def _card(data: dict[str, Any]) -> LearnedCard:
    """Raises ValueError, TypeError or KeyError for what is malformed."""
    known: dict[str, Any] = {}
    for one in fields(LearnedCard):
        if one.name not in data:
            continue
        value = data[one.name]
        if one.name in ("kept", "check"):
            value = Scores(**{part.name: _number(value[part.name], part.name) for part in fields(Scores)})
        elif one.name in ("edge", "doubtful", "reminded", "seconds", "words", "characters", "rejected", "steps"):
            value = _number(value, one.name)
        elif not isinstance(value, str) or len(value) > 300:
            raise ValueError(f"{one.name} is no text of at most 300 characters")
        known[one.name] = value
    known["name"] = usable_name(known["name"])
    if abs(known.get("edge", 0)) > 4:
        raise ValueError("edge lies beyond 4 pixels")
    if not 0 < known.get("doubtful", SUSPICIOUS) < 1:
        raise ValueError("doubtful lies beyond 0 and 1")
    return LearnedCard(**known)


def _number(value: Any, name: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is no number")
    return value
