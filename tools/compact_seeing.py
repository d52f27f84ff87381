"""What CRAFT sees in training strips, as the tensors that the compact network reads, on the trainer's device."""

from __future__ import annotations

import lzma
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from compact_data import TrainingStrip
from torch import Tensor
from torch.nn import functional

from charsam.cbr.craft import Craft, load_craft
from charsam.cbr.regions import DEVIATION, MEAN, STRIDE
from charsam.cpu import fast_bf16
from charsam.segmenters.prompt_maps import standardised
from charsam.types import FloatArray

MOST_PIXELS = 64 * 4096
"""Of the strips that CRAFT looks at in one go."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenStrip:
    """A strip and what CRAFT sees in it, as `CompactNetwork.embed` wants it, without the batch axis.

    colours: (H, W, 3), standardised, on the CPU, for the reach of clicks.
    """

    made: TrainingStrip
    strip: Tensor
    heat: Tensor
    features: tuple[Tensor, ...]
    text: Tensor
    colours: FloatArray


class Eye:
    """CRAFT on training strips. path: its weights, in any precision, perhaps xz-compressed."""

    def __init__(self, path: Path, device: torch.device) -> None:
        self.device = device
        network: Craft = (_unpacked(path) if path.suffix == ".xz" else load_craft(path)).float()
        self._network = network.to(device).to(memory_format=torch.channels_last)

    def look(self, strips: Sequence[TrainingStrip]) -> list[SeenStrip]:
        """In the order of the strips; each is padded to a multiple of STRIDE, as in the pipeline."""
        groups: dict[tuple[int, int], list[int]] = {}
        for index, made in enumerate(strips):
            h, w = made.strip.shape[:2]
            groups.setdefault((-(-h // STRIDE) * STRIDE, -(-w // STRIDE) * STRIDE), []).append(index)
        found: dict[int, SeenStrip] = {}
        for (height, width), members in groups.items():
            most = max(1, MOST_PIXELS // (height * width))
            for start in range(0, len(members), most):
                part = members[start : start + most]
                found |= zip(part, self._seen([strips[i] for i in part], height, width), strict=True)
        return [found[index] for index in range(len(strips))]

    def _seen(self, strips: Sequence[TrainingStrip], height: int, width: int) -> list[SeenStrip]:
        pads = [((0, height - s.strip.shape[0]), (0, width - s.strip.shape[1]), (0, 0)) for s in strips]
        batch = np.stack([np.pad(s.strip, pad, mode="edge") for s, pad in zip(strips, pads, strict=True)])
        pixels = torch.from_numpy(batch).to(self.device).float()
        mean, deviation = (torch.from_numpy(v).to(self.device) for v in (MEAN, DEVIATION))
        tensor = ((pixels / 255 - mean) / deviation).permute(0, 3, 1, 2)
        fast = self.device.type == "cuda" or fast_bf16()
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=fast):
            heat, inner = self._network(tensor)
        maps = [heat.float().clamp(0, 1), *(f.float() for f in inner)]
        return [self._one(made, [m[i] for m in maps]) for i, made in enumerate(strips)]

    def _one(self, made: TrainingStrip, maps: list[Tensor]) -> SeenStrip:
        h, w = made.strip.shape[:2]
        height, width = -(-h // 4) * 4, -(-w // 4) * 4
        cells = -(-h // 2), -(-w // 2)
        heat, head_half, head_quarter, trunk_half, trunk_quarter = (
            # Cut to the strip's own cells first, then repeated at the rim, as the pipeline does.
            _fitted(m[:, : -(-cells[0] // s), : -(-cells[1] // s)], height // (2 * s), width // (2 * s))
            for m, s in zip(maps, (1, 1, 2, 1, 2), strict=True)
        )
        colours = standardised(made.strip)
        both = np.concatenate([made.strip.astype(np.float32) / 127.5 - 1, colours], -1).transpose(2, 0, 1)
        strip = _fitted(torch.from_numpy(np.ascontiguousarray(both)).to(self.device), height, width)
        text = torch.from_numpy(made.text).to(self.device)
        return SeenStrip(made, strip, heat, (head_half, head_quarter, trunk_half, trunk_quarter), text, colours)


def _unpacked(path: Path) -> Craft:
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "craft.pth"
        with lzma.open(path) as packed, plain.open("wb") as stream:
            shutil.copyfileobj(packed, stream)
        return load_craft(plain)


def _fitted(values: Tensor, height: int, width: int) -> Tensor:
    """(C, h, w) cut or repeated at its lower and right edge to the given size; usable in training."""
    values = values[:, :height, :width]
    pad = (0, width - values.shape[2], 0, height - values.shape[1])
    return functional.pad(values[None], pad, mode="replicate")[0].clone()
