"""What the results of a run depend on besides its images: charsam itself, weights, packages and settings."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import charsam
from charsam import checksums, segmenters, weights
from charsam.cgr.templates import TEMPLATES_FILE, font_files
from charsam.settings import Settings

PACKAGES: Final = (
    "numpy",
    "onnxruntime",
    "opencv-contrib-python",
    "paddleocr",
    "pillow",
    "scipy",
    "segment-anything",
    "torch",
    "torchvision",
)
APART: Final = ("cli", "server", "page", "workspace", "editing", "evaluation", "inspection", "learning", "scenes")
"""The folders of the package on which no result of a run depends."""


def settings_json(settings: Settings) -> dict[str, Any]:
    """Settings as the results of a run name them, without the fonts."""
    return {
        "segmenter": segmenters.title_of(settings.segmenter),
        "prompts": str(settings.prompts),
        "vote_threshold": settings.vote_threshold,
        "templates": settings.templates,
        "points": settings.points,
        "edge": settings.edge,
        "beyond": list(settings.beyond),
        "point_choice": str(settings.point_choice),
        "left_out": list(settings.left_out),
        "ink": settings.ink,
        "precision": str(settings.precision),
        "multimask": settings.multimask,
    }


def settings_identity(settings: Settings) -> dict[str, Any]:
    """Settings as JSON; of a folder of fonts, the checksum of what is in it."""
    folder = settings.font_folder
    return {**settings_json(settings), "fonts": None if folder is None else _checksum(font_files(folder))}


def environment() -> dict[str, Any]:
    """Charsam as it is on this machine, and the versions of what computes for it."""
    return {
        "charsam": charsam.__version__,
        "source": own_source(),
        "versions": {package: _version(package) for package in PACKAGES},
    }


def models(settings: Settings) -> dict[str, Any]:
    """SHA-256 of all weights that a run uses, and the versions of what computes with them."""
    files = {
        "craft": weights.locate("craft"),
        "recogniser": weights.locate("recogniser"),
        "glyph_templates": checksums.verified_asset(TEMPLATES_FILE),
    }
    for name, checkpoint in ((settings.ink, None), (settings.segmenter, settings.checkpoint)):
        own = segmenters.weights_of(name, checkpoint)
        if own is not None:
            files[name] = own
    return {
        "weights": {name: {"file": path.name, "sha256": _checksum([path])} for name, path in files.items()},
        "versions": {package: _version(package) for package in PACKAGES},
    }


@cache
def own_source() -> str:
    """The checksum of the source that this process runs; what changes on the disk from then on does not concern it."""
    return source(Path(charsam.__file__).parent)


def source(package: Path) -> str:
    """SHA-256 over the modules of charsam that make the results: a version may be worked on between two runs."""
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        place = file.relative_to(package)
        if place.parts[0] not in APART:
            digest.update(f"{place.as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def differences(earlier: dict[str, Any], now: dict[str, Any]) -> str:
    """What differs between two identities, in words."""
    return "; ".join(_differences("", earlier, now)[:5])


def _differences(place: str, a: Any, b: Any) -> list[str]:
    if isinstance(a, dict) and isinstance(b, dict):
        keys = dict.fromkeys([*a, *b])
        return [text for key in keys for text in _differences(f"{place} {key}".strip(), a.get(key), b.get(key))]
    return [] if a == b else [f"{place} was {_short(a)}, now {_short(b)}"]


def _short(value: Any) -> str:
    return f"{value[:12]}…" if isinstance(value, str) and len(value) == 64 else str(value)


def _checksum(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
