"""A convolutional network over a large picture, band by band: the same numbers in a fraction of the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor


def in_bands(layers: Callable[..., Tensor], rows: int, halo: int, *inputs: Tensor, stride: int = 1) -> Tensor:
    """What `layers` make of inputs, each (B, C, H, W) with the same H, computed for at most `rows` of it at a time.

    halo: how many more rows above and below the layers see; no fewer than what a row of their result depends on.
    stride: rows of the inputs in one of the result; it divides H, rows and halo. rows: a multiple of 16.
    """
    height = inputs[0].shape[2]
    if height <= rows:
        return layers(*inputs)
    result: Tensor | None = None
    for start, stop in _bands(height, rows):
        above, below = min(halo, start), min(halo, height - stop)
        found = layers(*(part[:, :, start - above : stop + below] for part in inputs))
        found = found[:, :, above // stride : found.shape[2] - below // stride]
        if result is None:
            shape = (found.shape[0], found.shape[1], height // stride, found.shape[3])
            result = torch.empty(shape, dtype=found.dtype, device=found.device, memory_format=torch.channels_last)
        result[:, :, start // stride : stop // stride] = found
    assert result is not None
    return result


def _bands(height: int, rows: int) -> Iterator[tuple[int, int]]:
    """The first row of each band and the one after its last; all of them about equally high."""
    count = -(-height // rows)
    each = -(-height // count // 16) * 16
    for start in range(0, height, each):
        yield start, min(height, start + each)
