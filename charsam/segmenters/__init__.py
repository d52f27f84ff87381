"""The promptable segmenters: their names, which of them can be used here, and how to load one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from charsam import weights
from charsam.errors import SettingsError, WeightsError
from charsam.paths import ASSETS_DIR
from charsam.segmenters.base import Embedding, Segmenter

SAM_NAMES: Final = ("sam_vit_b", "sam_vit_l", "sam_vit_h")
COMPACT_WEIGHTS: Final = ASSETS_DIR / "compact.safetensors"
DEFAULT: Final = "compact"

__all__ = ["DEFAULT", "NAMES", "SAM_NAMES", "Availability", "Embedding", "Segmenter", "availability", "check", "load"]


@dataclass(frozen=True, slots=True)
class Known:
    """A segmenter that can be named.

    load: makes it. about: what it is, in a few words. weights: its file, checked; raises WeightsError where it is
    missing or damaged; None where there are none. lacking: why it cannot be used here, "" if it can; reads no file.
    """

    load: Callable[[], Segmenter]
    about: str
    weights: Callable[[], Path] | None = None
    lacking: Callable[[], str] = lambda: ""


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a segmenter can be used here; `reason` is a sentence that says why, or what to do."""

    name: str
    available: bool
    reason: str


def availability() -> tuple[Availability, ...]:
    """Every segmenter, in the order of the registry."""
    found = []
    for name, known in REGISTRY.items():
        lacking = known.lacking()
        found.append(Availability(name, not lacking, lacking or known.about))
    return tuple(found)


def check(name: str) -> None:
    """Raises SettingsError for an unknown name, WeightsError for a segmenter whose checkpoint is not here."""
    lacking = _known(name).lacking()
    if lacking:
        raise WeightsError(f"{name} cannot be used: {lacking}")


def load(name: str) -> Segmenter:
    """The segmenter of that name. Raises SettingsError or WeightsError as `check` does."""
    check(name)
    return _known(name).load()


def weights_of(name: str) -> Path | None:
    """The checked file of a segmenter's weights; None where it has none. Raises SettingsError or WeightsError."""
    known = _known(name)
    return None if known.weights is None else known.weights()


def _known(name: str) -> Known:
    if name not in REGISTRY:
        raise SettingsError(f"there is no segmenter named {name!r}; the names are {', '.join(REGISTRY)}")
    return REGISTRY[name]


def _colour() -> Segmenter:
    from charsam.segmenters.colour import ColourSegmenter

    return ColourSegmenter()


def _compact() -> Segmenter:
    from charsam.segmenters.compact import load_compact

    return load_compact()


def _lacks_compact() -> str:
    return "" if COMPACT_WEIGHTS.is_file() else f"{COMPACT_WEIGHTS} is missing"


def _sam(name: str) -> Segmenter:
    from charsam.segmenters.sam import load_sam

    return load_sam(name)


def _lacks_sam(name: str) -> str:
    path = weights.find(name)
    if path is None:
        return f"no checkpoint here; get it with: charsam weights get {name}"
    return weights.mistaken(name, path) or ""


REGISTRY: dict[str, Known] = {
    "colour": Known(_colour, "by colour and contrast, without weights"),
    "compact": Known(
        _compact, "small network on CRAFT's features", partial(weights.verified_asset, COMPACT_WEIGHTS), _lacks_compact
    ),
    **{
        name: Known(
            partial(_sam, name), "official checkpoint", partial(weights.locate, name), partial(_lacks_sam, name)
        )
        for name in SAM_NAMES
    },
}
"""A new segmenter is a file with a class of that protocol, and a line here."""
NAMES: Final = tuple(REGISTRY)
