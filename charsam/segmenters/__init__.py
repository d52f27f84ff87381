"""The promptable segmenters: their names, which of them can be used here, and how to load one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

from charsam import checksums, weights
from charsam.errors import SettingsError, WeightsError
from charsam.paths import ASSETS_DIR
from charsam.segmenters import learned
from charsam.segmenters.base import Embedding, Segmenter
from charsam.segmenters.relatives import RELATIVES
from charsam.types import SUSPICIOUS

SAM_NAMES: Final = ("sam_vit_b", "sam_vit_l", "sam_vit_h")
COMPACT_WEIGHTS: Final = ASSETS_DIR / "compact.safetensors"
DEFAULT: Final = "compact"
DEFAULT_VARIABLE: Final = "CHARSAM_SEGMENTER"
"""Environment variable: the segmenter of those who choose none."""

__all__ = [
    "DEFAULT",
    "NAMES",
    "SAM_NAMES",
    "Availability",
    "Embedding",
    "Precision",
    "Segmenter",
    "availability",
    "base_of",
    "check",
    "default_segmenter",
    "load",
    "offered",
]


class Precision(StrEnum):
    """What official SAM computes in. AUTO: bfloat16 on CPUs that have it in hardware, else float32."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


@dataclass(frozen=True, slots=True)
class Known:
    """A segmenter that can be named.

    load: makes it. about: what it is, in a few words. weights: its file, checked; raises WeightsError where it is
    missing or damaged; None where there are none. lacking: why it cannot be used here, "" if it can; reads no file.
    from_file: makes it from a checkpoint of the user's own (None: the known one), in that precision; None where it
    takes neither.
    """

    load: Callable[[], Segmenter]
    about: str
    weights: Callable[[], Path | None] | None = None
    lacking: Callable[[], str] = lambda: ""
    from_file: Callable[[Path | None, Precision], Segmenter] | None = None


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


def offered() -> tuple[Availability, ...]:
    """What an app lists: every segmenter, but the optional ones only where they can be used."""
    return tuple(found for found in availability() if found.available or found.name not in RELATIVES)


def default_segmenter() -> str:
    """The segmenter of those who choose none: that of the environment variable, else `compact`."""
    return os.environ.get(DEFAULT_VARIABLE) or DEFAULT


def check(name: str, checkpoint: Path | None = None) -> None:
    """Raises SettingsError for an unknown name, or a checkpoint for one that takes none, WeightsError for a segmenter
    whose checkpoint is not here.
    """
    known = _known(name)
    if checkpoint is None:
        lacking = known.lacking()
        if lacking:
            raise WeightsError(f"{name} cannot be used: {lacking}")
    elif known.from_file is None:
        takers = ", ".join(other for other, one in REGISTRY.items() if one.from_file is not None)
        raise SettingsError(f"{name} takes no checkpoint; {takers} do")
    elif not checkpoint.is_file():
        raise WeightsError(f"there is no checkpoint {checkpoint}")


def load(name: str, checkpoint: Path | None = None, precision: Precision = Precision.AUTO) -> Segmenter:
    """The segmenter of that name, with its known weights or a checkpoint of the user's own.

    Raises SettingsError or WeightsError as `check` does, WeightsError for a checkpoint of another network.
    """
    check(name, checkpoint)
    known = _known(name)
    return known.load() if known.from_file is None else known.from_file(checkpoint, precision)


def weights_of(name: str, checkpoint: Path | None = None) -> Path | None:
    """The file of a segmenter's weights, checked where it is the known one; None where it has none.

    Raises SettingsError or WeightsError.
    """
    check(name, checkpoint)
    if checkpoint is not None:
        return checkpoint
    known = _known(name)
    return None if known.weights is None else known.weights()


def base_of(name: str) -> str:
    """The name of a segmenter that comes with charsam: of a learned one, `compact`."""
    return name if name in REGISTRY else DEFAULT


def doubtful_of(name: str) -> float:
    """The suspicion from which a person should look at a segmenter's masks: SUSPICIOUS, but of a learned one as the
    corrections that taught it say.
    """
    path = None if name in REGISTRY else learned.find(name)
    return SUSPICIOUS if path is None else learned.card_of(path).doubtful


def title_of(name: str) -> str:
    """What to call a segmenter in results: its name; of a learned one's file, the file's name without its ending."""
    return name if name in REGISTRY else Path(name).name.removesuffix(learned.SUFFIX)


def _known(name: str) -> Known:
    if name in REGISTRY:
        return REGISTRY[name]
    path = learned.find(name)
    if path is None:
        chosen = f" (from {DEFAULT_VARIABLE})" if name == os.environ.get(DEFAULT_VARIABLE) else ""
        names = ", ".join((*REGISTRY, *learned.named_files()))
        raise SettingsError(
            f"there is no segmenter named {name!r}{chosen}, nor a file of a learned one; the names are {names}"
        )
    return Known(partial(learned.load_learned, path), "learned from corrections", partial(_read, path))


def _read(path: Path) -> Path:
    learned.read_card(path)
    return path


def _colour() -> Segmenter:
    from charsam.segmenters.colour import ColourSegmenter

    return ColourSegmenter()


def _compact() -> Segmenter:
    from charsam.segmenters.compact import load_compact

    return load_compact()


def _lacks_compact() -> str:
    return "" if COMPACT_WEIGHTS.is_file() else f"{COMPACT_WEIGHTS} is missing"


def _sam(name: str, checkpoint: Path | None = None, precision: Precision = Precision.AUTO) -> Segmenter:
    from charsam.segmenters.sam import load_sam

    return load_sam(name, checkpoint, precision=precision)


def _relative(name: str, checkpoint: Path | None = None, precision: Precision = Precision.AUTO) -> Segmenter:
    from charsam.segmenters.sam_relatives import load_relative

    return load_relative(name, checkpoint, precision)


def _lacks_sam(name: str) -> str:
    path = weights.find(name)
    if path is None:
        return f"no checkpoint here; get it with: charsam weights get {name}"
    return weights.mistaken(name, path) or ""


REGISTRY: dict[str, Known] = {
    "colour": Known(_colour, "by colour and contrast, without weights"),
    "compact": Known(
        _compact,
        "small network on CRAFT's features",
        partial(checksums.verified_asset, COMPACT_WEIGHTS),
        _lacks_compact,
    ),
    **{
        name: Known(
            partial(_sam, name),
            "official checkpoint",
            partial(weights.locate, name),
            partial(_lacks_sam, name),
            partial(_sam, name),
        )
        for name in SAM_NAMES
    },
    **{
        name: Known(
            partial(_relative, name), "a checkpoint of your own", one.found, one.lacking, partial(_relative, name)
        )
        for name, one in RELATIVES.items()
    },
}
"""A new segmenter is a file with a class of that protocol, and a line here."""
NAMES: Final = tuple(REGISTRY)
