"""The official SAM as a segmenter: the `segment_anything` package's networks, batched and safe for several users.

Its answers are those of the package's `SamPredictor.predict(box=…, point_coords=…, multimask_output=False,
return_logits=True)`, one prompt at a time, with image pixel coordinates passed as they are.
"""

from __future__ import annotations

import hashlib
import inspect
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from segment_anything.modeling import Sam
from segment_anything.utils.transforms import ResizeLongestSide
from torch.nn import functional as F

from charsam.cgr.prior import prior_logits
from charsam.devices import is_shared, own_device
from charsam.segmenters import Precision
from charsam.segmenters.base import Segmenter
from charsam.segmenters.sam_model import SHARED, autocast, encoded_on_shared_gpu, kept_features, load_model
from charsam.segmenters.sam_prompts import batches, boxes_in_image, crop, points_in_image
from charsam.types import BoolArray, FloatArray, ImageArray, LogitMap, Prompts, Segmentation, WordFrame, WordRegions


@dataclass(frozen=True, slots=True, eq=False)
class SamEmbedding:
    """An encoded image.

    features: the image encoder's output: (1, C, h, w) float32, and of SAM-HQ an early layer's (1, h, w, D) besides.
    size: (height, width) of the image.
    input_size: (height, width) of the image as the encoder saw it, without the padding.
    frames: the word frames that prompts refer to.
    """

    features: tuple[torch.Tensor, ...]
    size: tuple[int, int]
    input_size: tuple[int, int]
    frames: tuple[WordFrame, ...]

    def word_text(self, word: int) -> None:
        """SAM knows nothing but the image."""


class SamSegmenter:
    """SAM behind the `Segmenter` protocol.

    model: the built network; it is moved to the device and belongs to the segmenter from then on.
    device: default CUDA where there is one, else the CPU.
    precision: what the heavy parts are computed in.
    batch: prompts decoded at a time, fewer where they have many points; default: 64 on CUDA, 8 on a CPU, where larger
    batches fall out of its caches.
    max_embeddings: number of encoded images to remember (4 MB each with the official networks).
    """

    wants_regions = False
    wants_features = False
    word_wide = False
    tells_ink = False

    def __init__(
        self,
        model: Sam,
        name: str,
        *,
        device: torch.device | str | None = None,
        precision: Precision = Precision.AUTO,
        batch: int | None = None,
        max_embeddings: int = 16,
    ) -> None:
        self.name = name
        self._device = torch.device(device or own_device())
        self._model = model.to(self._device).eval()
        self._shared = device is None and is_shared()
        if self._shared:
            SHARED[id(model)] = model
        self._precision = precision
        self._batch = batch or (8 if self._device.type == "cpu" else 64)
        self._remembered = _Remembered(max_embeddings)
        self._encoding = threading.Lock()
        with torch.inference_mode():
            self._positions = self._model.prompt_encoder.get_dense_pe()

    @property
    def mask_cells(self) -> int:
        """Cells along the longer side of its masks."""
        return int(max(self._model.prompt_encoder.mask_input_size))

    def adapted(self, *, careful: bool, zoom: bool) -> Segmenter:
        """zoom: the same network, which sees small words from near."""
        from charsam.segmenters.zoom import ZoomedSam

        return ZoomedSam(self) if zoom else self

    def encode(self, image: ImageArray, words: Sequence[WordRegions]) -> SamEmbedding:
        """Run SAM's image encoder, or recall what it made of the same pixels before.

        image: (H, W, 3) uint8, RGB. words: only their frames are used.
        """
        height, width = image.shape[:2]
        fingerprint = hashlib.sha256(repr(image.shape).encode())
        fingerprint.update(np.ascontiguousarray(image).data)
        return SamEmbedding(
            features=self._remembered.get(fingerprint.digest(), lambda: self._image_features(image)),
            size=(height, width),
            input_size=self._input_size(height, width),
            frames=tuple(word.frame for word in words),
        )

    def segment(self, embedding: SamEmbedding, prompts: Prompts) -> Segmentation:
        """Answer N prompts; the logits outside each crop (see `sam_prompts.crop`) are to be taken for background.

        A prompt's box becomes the bounds of its outline in the image, clipped to the image; its points are mapped
        exactly. The votes become SAM's mask input where the prompts say so, and are not used otherwise.
        """
        boxes = boxes_in_image(prompts, embedding.frames, embedding.size)
        points = points_in_image(prompts, embedding.frames)
        rows, columns = self._upsampling(embedding)
        quality = np.zeros(len(prompts), np.float32)
        logits: dict[int, LogitMap] = {}
        masked = _has_mask_input(prompts)
        for batch in batches(prompts.labels, masked, self._batch):
            valid = prompts.labels[batch] >= 0
            low, quality[batch] = self._decode(
                embedding,
                boxes[batch],
                points[batch][valid].reshape(len(batch), -1, 2),
                prompts.labels[batch][valid].reshape(len(batch), -1),
                self._mask_inputs(prompts.chosen(batch), embedding) if masked[batch[0]] else (),
                multimask=prompts.multimask,
            )
            for index, low_logits in zip(batch.tolist(), low, strict=True):
                logits[index] = crop(low_logits, rows, columns, boxes[index], uncut=prompts.uncut)
        quality[(boxes[:, 2:] <= boxes[:, :2]).any(axis=1)] = 0.0
        return Segmentation(tuple(logits[index] for index in range(len(prompts))), np.clip(quality, 0.0, 1.0))

    def _input_size(self, height: int, width: int) -> tuple[int, int]:
        scaled = ResizeLongestSide.get_preprocess_shape(height, width, self._model.image_encoder.img_size)
        return max(1, scaled[0]), max(1, scaled[1])

    def _image_features(self, image: ImageArray) -> tuple[torch.Tensor, ...]:
        height, width = self._input_size(*image.shape[:2])
        resized = np.array(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
        if self._shared:
            return tuple(map(torch.from_numpy, encoded_on_shared_gpu(id(self._model), resized)))
        # One image at a time: the encoder's activations take gigabytes, and it uses all cores by itself.
        with self._encoding, torch.inference_mode():
            pixels = torch.as_tensor(resized, device=self._device).permute(2, 0, 1)[None]
            padded = self._model.preprocess(pixels)
            with self._autocast():
                return kept_features(self._model, padded)

    def _mask_inputs(self, prompts: Prompts, embedding: SamEmbedding) -> list[FloatArray]:
        """For each prompt its votes as SAM's mask input, (l, l) logits; all of them have votes."""
        rows, columns = self._model.prompt_encoder.mask_input_size
        side = self._model.image_encoder.img_size
        (height, width), (input_height, input_width) = embedding.size, embedding.input_size
        cell = (side / columns * width / input_width, side / rows * height / input_height)
        return [
            prior_logits(votes, embedding.frames[word], box, cell, (rows, columns))
            for votes, word, box in zip(prompts.votes, prompts.word, prompts.boxes, strict=True)
            if votes is not None
        ]

    def _decode(
        self,
        embedding: SamEmbedding,
        boxes: NDArray[np.float64],
        points: NDArray[np.float64],
        labels: NDArray[np.int8],
        masks: Sequence[FloatArray],
        *,
        multimask: bool,
    ) -> tuple[torch.Tensor, FloatArray]:
        """Low-resolution logits (B, l, l) float32 on the CPU, and predicted IoU (B,), of one batch of prompts.

        boxes: (B, 4), points: (B, K, 2), image pixels; labels: (B, K), without padding. masks: B mask inputs (l, l), or
        none at all. multimask: of three masks the one of the highest predicted IoU.
        """
        height, width = embedding.size
        scale = np.array([embedding.input_size[1] / width, embedding.input_size[0] / height])
        early: dict[str, Any] = {}
        if "interm_embeddings" in inspect.signature(self._model.mask_decoder.forward).parameters:  # SAM-HQ's package
            early = {"hq_token_only": False, "interm_embeddings": embedding.features[1:]}
        with torch.inference_mode():
            box_prompts = torch.as_tensor(boxes * np.tile(scale, 2), dtype=torch.float32, device=self._device)
            point_prompts = None
            if labels.size:
                point_prompts = (
                    torch.as_tensor(points * scale, dtype=torch.float32, device=self._device),
                    torch.as_tensor(labels, dtype=torch.int32, device=self._device),
                )
            mask_prompts = torch.as_tensor(np.stack(masks)[:, None], device=self._device) if masks else None
            # Never in bfloat16: its 8 bits would move the prompts by several pixels.
            sparse, dense = self._model.prompt_encoder(points=point_prompts, boxes=box_prompts, masks=mask_prompts)
            with self._autocast():
                low, iou = self._model.mask_decoder(
                    image_embeddings=embedding.features[0],
                    image_pe=self._positions,
                    sparse_prompt_embeddings=sparse,
                    dense_prompt_embeddings=dense,
                    multimask_output=multimask,
                    **early,
                )
            best = iou.argmax(dim=1)
            rows = torch.arange(len(best), device=best.device)
            return low[rows, best].float().cpu(), iou[rows, best].float().cpu().numpy()

    def _upsampling(self, embedding: SamEmbedding) -> tuple[torch.Tensor, torch.Tensor]:
        """`Sam.postprocess_masks` as two matrices: the image's logits are rows @ low @ columns.T, and so is any crop.

        rows: (H, l), columns: (W, l), float32. Bilinear interpolation works on each axis by itself, so each matrix
        is found by interpolating the unit vectors, first to the padded input, then from its used part to the image.
        """
        padded = self._model.image_encoder.img_size
        low = self._model.prompt_encoder.mask_input_size
        matrices = []
        for axis in range(2):
            units = torch.eye(low[axis])[None]
            at_input = F.interpolate(units, padded, mode="linear")[..., : embedding.input_size[axis]]
            matrices.append(F.interpolate(at_input, embedding.size[axis], mode="linear")[0].T)
        return matrices[0], matrices[1]

    def _autocast(self) -> torch.autocast:
        return autocast(self._precision, self._device)


def _has_mask_input(prompts: Prompts) -> BoolArray:
    """(N,) whether each prompt gets its votes as SAM's mask input."""
    if not prompts.votes_as_mask or not prompts.votes:
        return np.zeros(len(prompts), np.bool_)
    return np.array([votes is not None for votes in prompts.votes], np.bool_)


def load_sam(
    name: str,
    path: Path | None = None,
    *,
    device: torch.device | str | None = None,
    precision: Precision = Precision.AUTO,
) -> SamSegmenter:
    """The segmenter of `load_model(name, path)`. device, precision: see SamSegmenter. Raises WeightsError."""
    return SamSegmenter(load_model(name, path), name, device=device, precision=precision)


class _Remembered:
    """The latest image features by content, least recently used out first; each is made once, also for two at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, Future[tuple[torch.Tensor, ...]]] = OrderedDict()

    def get(self, key: bytes, make: Callable[[], tuple[torch.Tensor, ...]]) -> tuple[torch.Tensor, ...]:
        with self._lock:
            entry = self._entries.get(key)
            mine: Future[tuple[torch.Tensor, ...]] = Future()
            self._entries.setdefault(key, mine)
            self._entries.move_to_end(key)
            while len(self._entries) > self._limit:
                self._entries.popitem(last=False)
        if entry is not None:
            return entry.result()
        try:
            mine.set_result(make())
        except BaseException as error:
            with self._lock:
                if self._entries.get(key) is mine:
                    del self._entries[key]
            mine.set_exception(error)
            raise
        return mine.result()
