"""A word's strip and what CRAFT sees in it, as the compact network reads them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from charsam.segmenters.prompt_maps import standardised
from charsam.types import FloatArray, ImageArray


def strip_inputs(
    strip: ImageArray, heat: FloatArray, features: Sequence[FloatArray]
) -> tuple[Tensor, Tensor, tuple[Tensor, ...], Tensor]:
    """The arguments of `CompactNetwork.embed` for one strip, without the batch axis, sizes made divisible by 4.

    strip: (H, W, 3) uint8. heat: (2, H/2, W/2). features: as in `WordRegions`.
    """
    h, w = strip.shape[:2]
    height, width = -(-h // 4) * 4, -(-w // 4) * 4
    both = np.concatenate([strip.astype(np.float32) / 127.5 - 1, standardised(strip)], axis=-1).transpose(2, 0, 1)
    valid = np.zeros((1, height, width), np.float32)
    valid[:, :h, :w] = 1
    sizes = [(height // 2, width // 2), (height // 4, width // 4)] * 2
    fitted = tuple(torch.from_numpy(_fitted(f, *size)) for f, size in zip(features, sizes, strict=True))
    heats = torch.from_numpy(_fitted(heat, height // 2, width // 2))
    return torch.from_numpy(_fitted(both, height, width)), heats, fitted, torch.from_numpy(valid)


def _fitted(values: FloatArray, height: int, width: int) -> FloatArray:
    """(C, h, w) cut or repeated at its lower and right edge to the given size."""
    values = values[:, :height, :width]
    pad = ((0, 0), (0, height - values.shape[1]), (0, width - values.shape[2]))
    return np.ascontiguousarray(np.pad(values, pad, mode="edge"), np.float32)
