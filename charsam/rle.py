"""COCO's run-length encoding of masks, exactly as pycocotools writes it: column by column, runs of 0 and 1 in turn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from charsam.types import BoolArray, CharacterMask


def encode(mask: CharacterMask, height: int, width: int) -> dict[str, object]:
    """`{"size": [height, width], "counts": "…"}` of a mask within an image of that size."""
    runs = _runs(mask, height, width)
    return {"size": [height, width], "counts": _to_string(runs)}


def decode(size: tuple[int, int], counts: str) -> BoolArray:
    """(height, width) bool. Raises ValueError where the counts do not fill the size."""
    runs = _checked_runs(size, counts)
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape(size[1], size[0]).T


def covered(size: tuple[int, int], counts: str) -> NDArray[np.int64]:
    """The pixels of a mask, counted down the columns of an image of that height and width: (y, x) is x * height + y.

    For many small masks of a large image, which `decode` would make as large as the image. Raises ValueError.
    """
    ends = np.cumsum(_checked_runs(size, counts))
    starts, stops = ends[:-1:2], ends[1::2]
    lengths = stops - starts
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths), np.int64)


def _checked_runs(size: tuple[int, int], counts: str) -> list[int]:
    height, width = size
    runs = _from_string(counts)
    if sum(runs) != height * width or min(runs, default=0) < 0:
        raise ValueError(f"the runs cover {sum(runs)} pixels; a mask of {height} x {width} has {height * width}")
    return runs


def _runs(mask: CharacterMask, height: int, width: int) -> list[int]:
    flat = mask.pixels.T.ravel()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(np.int8)))
    starts, stops = edges[::2], edges[1::2]
    h = mask.pixels.shape[0]
    runs: list[int] = []
    end = 0
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        done = start
        while done < stop:  # a run of the crop may go on over several of its columns, which the image parts
            column, row = divmod(done, h)
            length = min(stop - done, h - row)
            at = (mask.x + column) * height + mask.y + row
            if runs and at == end:
                runs[-1] += length
            else:
                runs += [at - end, length]
            end = at + length
            done += length
    if end < height * width:
        runs.append(height * width - end)
    return runs


def _to_string(runs: list[int]) -> str:
    """Each run but the first three is written as its difference to the run two before, 5 bits a letter."""
    letters = []
    for index, run in enumerate(runs):
        value = run - runs[index - 2] if index > 2 else run
        more = True
        while more:
            bits = value & 0x1F
            value >>= 5
            more = value != (-1 if bits & 0x10 else 0)
            letters.append(chr((bits | 0x20 if more else bits) + 48))
    return "".join(letters)


def _from_string(counts: str) -> list[int]:
    runs: list[int] = []
    at = 0
    while at < len(counts):
        value = shift = 0
        more = True
        while more:
            if at >= len(counts):
                raise ValueError("the counts end in the middle of a number")
            bits = ord(counts[at]) - 48
            if not 0 <= bits < 64:
                raise ValueError(f"{counts[at]!r} is no letter of COCO's run-length encoding")
            if shift > 60:
                raise ValueError("the counts hold a number too large for an image")
            value |= (bits & 0x1F) << shift
            shift += 5
            more = bool(bits & 0x20)
            at += 1
            if not more and bits & 0x10:
                value |= -1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
    return runs
