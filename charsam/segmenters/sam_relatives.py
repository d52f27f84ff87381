"""SAM-HQ, MobileSAM and SAM 2.1 as segmenters: by their own packages, from checkpoints that a user has.

SAM-HQ and MobileSAM are built like SAM (PyPI package segment-anything-hq) and run in `SamSegmenter`. SAM 2.1 (package
sam2) is another network; its answers are those of its `SAM2ImagePredictor`, one prompt at a time.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional as F

from charsam.devices import own_device
from charsam.errors import WeightsError
from charsam.segmenters import Precision
from charsam.segmenters.base import Segmenter
from charsam.segmenters.relatives import RELATIVES
from charsam.segmenters.sam import SamSegmenter
from charsam.segmenters.sam_model import autocast, first_line
from charsam.segmenters.sam_prompts import batches, boxes_in_image, crop, points_in_image
from charsam.types import ImageArray, LogitMap, Prompts, Segmentation, WordFrame, WordRegions

CELLS: Final = 256
"""Of SAM 2.1's masks, along either side."""


@dataclass(frozen=True, slots=True, eq=False)
class Sam2Embedding:
    """An image encoded by SAM 2.1. features: as its predictor keeps them. size: (height, width) of the image."""

    features: dict[str, Any]
    size: tuple[int, int]
    frames: tuple[WordFrame, ...]

    def word_text(self, word: int) -> None:
        """SAM knows nothing but the image."""


class Sam2Segmenter:
    """SAM 2.1 behind the `Segmenter` protocol. model: as `sam2.build_sam.build_sam2` makes it."""

    wants_regions = False
    wants_features = False
    word_wide = False
    tells_ink = False

    def __init__(self, model: Any, name: str, *, precision: Precision = Precision.AUTO) -> None:
        self.name = name
        self._device = torch.device(own_device())
        self._model = model.to(self._device).eval()
        self._precision = precision
        self._batch = 8 if self._device.type == "cpu" else 64
        self._encoding = threading.Lock()

    def adapted(self, *, careful: bool, zoom: bool) -> Segmenter:
        return self

    def encode(self, image: ImageArray, words: Sequence[WordRegions]) -> Sam2Embedding:
        predictor = self._predictor()
        with self._encoding, torch.inference_mode(), self._autocast():
            predictor.set_image(np.ascontiguousarray(image))
        return Sam2Embedding(predictor._features, image.shape[:2], tuple(word.frame for word in words))

    def segment(self, embedding: Sam2Embedding, prompts: Prompts) -> Segmentation:
        """As `SamSegmenter.segment`; votes are not used."""
        boxes = boxes_in_image(prompts, embedding.frames, embedding.size)
        points = points_in_image(prompts, embedding.frames)
        rows, columns = (_upsampling(size) for size in embedding.size)
        quality = np.zeros(len(prompts), np.float32)
        logits: dict[int, LogitMap] = {}
        scale = self._model.image_size / np.array(embedding.size[::-1], np.float64)
        predictor = self._predictor()
        predictor._features, predictor._orig_hw, predictor._is_image_set = embedding.features, [(1, 1)], True
        for batch in batches(prompts.labels, np.zeros(len(prompts), np.bool_), self._batch):
            valid = prompts.labels[batch] >= 0
            given, labels = None, None
            if valid.any():
                at = points[batch][valid].reshape(len(batch), -1, 2) * scale
                given = torch.as_tensor(at, dtype=torch.float32, device=self._device)
                wanted = prompts.labels[batch][valid].reshape(len(batch), -1)
                labels = torch.as_tensor(wanted, dtype=torch.int32, device=self._device)
            around = torch.as_tensor(boxes[batch] * np.tile(scale, 2), dtype=torch.float32, device=self._device)
            with torch.inference_mode(), self._autocast():
                _, iou, low = predictor._predict(
                    given, labels, around, multimask_output=prompts.multimask, return_logits=True
                )
            best = iou.argmax(dim=1)
            at_best = torch.arange(len(best), device=best.device)
            quality[batch] = iou[at_best, best].float().cpu().numpy()
            for index, one in zip(batch.tolist(), low[at_best, best].float().cpu(), strict=True):
                logits[index] = crop(one, rows, columns, boxes[index], uncut=prompts.uncut)
        quality[(boxes[:, 2:] <= boxes[:, :2]).any(axis=1)] = 0.0
        return Segmentation(tuple(logits[index] for index in range(len(prompts))), np.clip(quality, 0.0, 1.0))

    def _predictor(self) -> Any:
        """A predictor of its own for every call: it keeps the image between calls."""
        return importlib.import_module("sam2.sam2_image_predictor").SAM2ImagePredictor(self._model)

    def _autocast(self) -> AbstractContextManager[Any]:
        return autocast(self._precision, self._device)


def load_relative(name: str, path: Path | None = None, precision: Precision = Precision.AUTO) -> Segmenter:
    """A segmenter of `RELATIVES`, from the user's checkpoint, wherever it is or at the usual places.

    Raises WeightsError where the package or the checkpoint is missing, or the checkpoint is of another network.
    """
    relative = RELATIVES[name]
    checkpoint = path or relative.found()
    if checkpoint is None or relative.lacks_package():
        raise WeightsError(f"{name} cannot be used: {relative.lacking()}")
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        state = state.get("model", state)
        model = _built(relative.package, relative.network)
        missing = model.load_state_dict(state, strict=False).missing_keys
    except Exception as error:  # torch.load and the packages have no error class of their own
        raise WeightsError(f"{checkpoint} is no usable checkpoint of {name}: {first_line(error)}") from error
    if missing:
        raise WeightsError(f"{checkpoint} is no usable checkpoint of {name}: it lacks {missing[0]}")
    if relative.package == "sam2":
        return Sam2Segmenter(model, name, precision=precision)
    return SamSegmenter(model, name, precision=precision)


def _built(package: str, network: str) -> Any:
    """The network with random weights."""
    if package == "sam2":
        build = importlib.import_module("sam2.build_sam")
        return build.build_sam2(network, None, device="cpu")
    module = importlib.import_module("segment_anything_hq")
    kind, _, baseline = network.partition(" ")
    return (module.sam_model_registry_baseline if baseline else module.sam_model_registry)[kind]()


def _upsampling(size: int) -> torch.Tensor:
    """(size, CELLS): bilinear interpolation of one axis of the masks to the image, as a matrix."""
    return F.interpolate(torch.eye(CELLS)[None], size, mode="linear")[0].T
