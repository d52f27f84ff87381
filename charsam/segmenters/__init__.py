"""The promptable segmenters: their names, which of them can be used here, and how to load one."""

from __future__ import annotations

from dataclasses import dataclass

from charsam import weights
from charsam.errors import SettingsError, WeightsError
from charsam.paths import ASSETS_DIR
from charsam.segmenters.base import Embedding, Segmenter

SAM_NAMES = ("sam_vit_b", "sam_vit_l", "sam_vit_h")
NAMES = ("colour", "compact", *SAM_NAMES)
COMPACT_WEIGHTS = ASSETS_DIR / "compact.safetensors"
DEFAULT = "compact"

__all__ = ["DEFAULT", "NAMES", "SAM_NAMES", "Availability", "Embedding", "Segmenter", "availability", "load"]


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a segmenter can be used here; `reason` is a sentence that says why, or what to do."""

    name: str
    available: bool
    reason: str


def availability() -> tuple[Availability, ...]:
    """Every segmenter, in the order of NAMES."""
    here = COMPACT_WEIGHTS.is_file()
    found = [
        Availability("colour", True, "by colour and contrast, without weights"),
        Availability("compact", here, "small network on CRAFT's features" if here else f"{COMPACT_WEIGHTS} is missing"),
    ]
    for name in SAM_NAMES:
        path = weights.find(name)
        strange = None if path is None else weights.mistaken(name, path)
        if path is None:
            reason = f"no checkpoint here; get it with: charsam weights get {name}"
        else:
            reason = strange or f"official checkpoint {path.name}"
        found.append(Availability(name, path is not None and strange is None, reason))
    return tuple(found)


def check(name: str) -> None:
    """Raises SettingsError for an unknown name, WeightsError for a segmenter whose checkpoint is not here."""
    for known in availability():
        if known.name == name:
            if not known.available:
                raise WeightsError(f"{name} cannot be used: {known.reason}")
            return
    raise SettingsError(f"there is no segmenter named {name!r}; the names are {', '.join(NAMES)}")


def load(name: str) -> Segmenter:
    """The segmenter of that name. Raises SettingsError or WeightsError as `check` does."""
    check(name)
    if name == "colour":
        from charsam.segmenters.colour import ColourSegmenter

        return ColourSegmenter()
    if name == "compact":
        from charsam.segmenters.compact import load_compact

        return load_compact()
    from charsam.segmenters.sam import load_sam

    return load_sam(name)
