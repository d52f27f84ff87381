"""Prompts as official SAM takes them, in image pixels, and its answers cut to the prompt's surroundings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from charsam.cgr.masks import trimmed
from charsam.types import BoolArray, FloatArray, LogitMap, Prompts, WordFrame

CROP_MARGIN: Final = 0.25
CROP_MARGIN_PIXELS: Final = 8.0
"""Logits are given in the prompt's box grown on each side by this share of its size and this many pixels."""
USUAL_POINTS: Final = 32
"""Points of a prompt up to which a full batch is decoded at a time."""
_ALONG: Final = 49
"""Points on each side of a box's outline: two for each of a bent word's ruled cells."""


def boxes_in_image(prompts: Prompts, frames: Sequence[WordFrame], size: tuple[int, int]) -> NDArray[np.float64]:
    """(N, 4) bounds, in image pixels, of the boxes' whole outlines, clipped to the image.

    frames: of the words. size: (height, width) of the image.
    """
    bounds = np.zeros((len(prompts), 4), np.float64)
    for index in np.unique(prompts.word):
        chosen = prompts.word == index
        mapped = frames[index].to_image(_outlines(prompts.boxes[chosen]))
        bounds[chosen] = np.concatenate([mapped.min(axis=1), mapped.max(axis=1)], axis=1)
    return bounds.clip(0, size[::-1] * 2)


def _outlines(boxes: FloatArray) -> NDArray[np.float64]:
    """(N, P, 2) points along the four sides of (N, 4) boxes: in a bent word the corners alone say too little."""
    x0, y0, x1, y1 = np.asarray(boxes, np.float64).T[..., None]
    share = np.linspace(0, 1, _ALONG)
    across, down = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
    sides = ((across, y0), (across, y1), (x0, down), (x1, down))
    return np.concatenate([np.stack(np.broadcast_arrays(x, y), -1) for x, y in sides], axis=1)


def points_in_image(prompts: Prompts, frames: Sequence[WordFrame]) -> NDArray[np.float64]:
    """(N, K, 2) in image pixels; zeros where the label is padding."""
    points = np.zeros(prompts.points.shape, np.float64)
    for index in np.unique(prompts.word):
        chosen = (prompts.word == index)[:, None] & (prompts.labels >= 0)
        points[chosen] = frames[index].to_image(prompts.points[chosen])
    return points


def batches(labels: NDArray[np.int8], masked: BoolArray, size: int) -> Iterator[NDArray[np.int64]]:
    """Indices (B,) of prompts with the same number of points, all with a mask input or all without, at most `size`,
    fewer where they have more than `USUAL_POINTS` points: the decoder's memory grows with both.

    A padding point is a token of its own to SAM's decoder and would change the answer, so a batch has none.
    """
    kinds = 2 * (labels >= 0).sum(axis=1) + masked
    for kind in np.unique(kinds):
        group = np.flatnonzero(kinds == kind)
        fitting = max(1, size * USUAL_POINTS // max(int(kind) // 2, USUAL_POINTS))
        for start in range(0, len(group), fitting):
            yield group[start : start + fitting]


def crop(
    low_logits: torch.Tensor,
    rows: torch.Tensor,
    columns: torch.Tensor,
    box: NDArray[np.float64],
    *,
    uncut: bool = False,
) -> LogitMap:
    """The image's logits in a box grown by the crop margin and clipped to the image; none for a box without area.

    uncut: in the bounds of the whole mask instead, wherever it lies.
    """
    if (box[2:] <= box[:2]).any():
        return LogitMap(np.zeros((0, 0), np.float32), int(box[0]), int(box[1]))
    if uncut:
        values = (rows @ low_logits @ columns.T).numpy()
        mask = trimmed(values > 0, 0, 0)
        x0, y0, (h, w) = mask.x, mask.y, mask.pixels.shape
        return LogitMap(np.ascontiguousarray(values[y0 : y0 + h, x0 : x0 + w]), x0, y0)
    margin = (box[2:] - box[:2]) * CROP_MARGIN + CROP_MARGIN_PIXELS
    x0, y0 = np.floor(box[:2] - margin).clip(0).astype(int).tolist()
    x1, y1 = np.ceil(box[2:] + margin).astype(int).tolist()
    return LogitMap((rows[y0:y1] @ low_logits @ columns[x0:x1].T).numpy(), x0, y0)
