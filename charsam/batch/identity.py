"""What a batch run is made of. Runs with the same identity give the same bytes, so that one can go on with another."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import charsam
from charsam import segmenters, weights
from charsam.atomic import write_atomically
from charsam.batch.job import BatchError, Job
from charsam.cgr.templates import TEMPLATES_FILE, font_files
from charsam.datasets.files import FileTree
from charsam.errors import SettingsError
from charsam.images import is_image_file
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
ANNOTATIONS: Final = (".txt", ".json")
APART: Final = ("cli", "server", "page", "workspace", "editing", "evaluation", "inspection", "scenes")
"""The folders of the package on which no result of a batch run depends."""


def identity(job: Job, images: int) -> dict[str, Any]:
    """All that the results depend on. images: how many the run goes through.

    Raises WeightsError where weights are missing or damaged.
    """
    settings = job.settings
    return {
        "charsam": charsam.__version__,
        "source": own_source(),
        "result": job.refined.title,
        "dataset": {
            "name": job.dataset,
            "split": job.split,
            "limit": job.limit,
            **({"empty_masks": True} if job.empty_masks else {}),
            "images": images,
            "files": fingerprint(job.root),
        },
        "settings": {
            "segmenter": settings.segmenter,
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
            "fonts": None if settings.font_folder is None else _checksum(font_files(settings.font_folder)),
        },
        "shard_size": job.shard_size,
        **models(settings),
    }


def models(settings: Settings) -> dict[str, Any]:
    """SHA-256 of all weights that a run uses, and the versions of what computes with them."""
    files = {
        "craft": weights.locate("craft"),
        "recogniser": weights.locate("recogniser"),
        "glyph_templates": weights.verified_asset(TEMPLATES_FILE),
    }
    segmenter = settings.segmenter
    own = segmenters.weights_of(segmenter, settings.checkpoint)
    if own is not None:
        files[segmenter] = own
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


def fingerprint(root: Path) -> str:
    """SHA-256 over the names and sizes of a dataset's images and annotation files."""
    tree = FileTree(root)
    digest = hashlib.sha256()
    for file in tree.files:
        if is_image_file(file) or file.suffix.lower() in ANNOTATIONS:
            digest.update(f"{tree.relative(file)}\0{file.stat().st_size}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def begin(path: Path, found: dict[str, Any]) -> None:
    """Write the identity of a run down, or compare it with that of the run that is to be gone on with.

    Raises SettingsError, naming what differs, where they are not the same.
    """
    try:
        earlier = json.loads(path.read_bytes())
    except FileNotFoundError:
        with write_atomically(path) as file:
            file.write(to_json(found))
        return
    except ValueError as error:
        raise BatchError(f"{path} is damaged; delete the folder with the results and start anew") from error
    now = json.loads(to_json(found))
    if earlier != now:
        raise SettingsError(
            f"{path.parent.parent} holds the results of another run ({differences(earlier, now)}). Choose another "
            "folder for --out, or delete that one"
        )


def to_json(value: dict[str, Any]) -> bytes:
    """A readable JSON file."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"


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
