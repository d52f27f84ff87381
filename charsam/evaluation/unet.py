"""A plain, small U-Net (Ronneberger et al., 2015) that segments text, and its training; for `charsam downstream`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from charsam.types import BoolArray, ImageArray

WIDTHS: Final = (12, 24, 48, 96)
STRIDE: Final = 2 ** (len(WIDTHS) - 1)
CROP: Final = 192
BATCH: Final = 6
LEARNING_RATE: Final = 2e-3
ON_TEXT: Final = 0.7
"""Share of the training crops that hold a labelled pixel at or near their middle."""


class UNet(nn.Module):
    """(B, 3, H, W) images in 0..1 to (B, 1, H, W) logits; H and W multiples of STRIDE."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(_block(a, b) for a, b in pairwise((3, *WIDTHS)))
        self.up = nn.ModuleList(_block(a + b, a) for a, b in pairwise(WIDTHS))
        self.last = nn.Conv2d(WIDTHS[0], 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        features: list[Tensor] = []
        at = images * 4 - 2
        for depth, block in enumerate(self.down):
            at = block(at if depth == 0 else F.max_pool2d(at, 2))
            features.append(at)
        for depth in reversed(range(len(self.up))):
            larger = F.interpolate(at, scale_factor=2, mode="bilinear", align_corners=False)
            at = self.up[depth](torch.cat([features[depth], larger], 1))
        logits: Tensor = self.last(at)
        return logits


def train(
    images: Sequence[ImageArray],
    labels: Sequence[BoolArray],
    *,
    steps: int,
    seed: int,
    on_step: Callable[[], object] = lambda: None,
) -> UNet:
    """A network trained on (H, W, 3) uint8 images, each at least CROP on either side, and (H, W) bool labels.

    The same arguments give the same network on the same machine. on_step is called after every step.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = UNet().train()
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=max(steps, 2), pct_start=0.1)
    for _ in range(steps):
        chosen = rng.integers(0, len(images), BATCH)
        crops = [random_crop(images[index], labels[index], rng, CROP) for index in chosen]
        inputs = torch.from_numpy(np.stack([crop for crop, _ in crops]))
        wanted = torch.from_numpy(np.stack([label for _, label in crops]))
        loss = text_loss(network(inputs), wanted)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        on_step()
    return network.eval()


def predict(network: UNet, image: ImageArray) -> BoolArray:
    """(H, W) bool: where the network sees text in an (H, W, 3) uint8 image."""
    height, width = image.shape[:2]
    padding = ((0, -height % STRIDE), (0, -width % STRIDE), (0, 0))
    padded = np.pad(image, padding, mode="edge").transpose(2, 0, 1)[None].astype(np.float32) / 255
    with torch.inference_mode():
        logits = network(torch.from_numpy(padded))[0, 0, :height, :width]
    return np.asarray(logits.numpy() > 0, bool)


def _block(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True)]
    return nn.Sequential(*layers)


def random_crop(
    image: ImageArray, label: BoolArray, rng: np.random.Generator, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """(3, size, size) float32 in 0..1 with changed light and contrast, and (1, size, size) float32 in {0, 1}.

    image, label: at least `size` on either side.
    """
    height, width = label.shape
    y, x = int(rng.integers(0, height - size + 1)), int(rng.integers(0, width - size + 1))
    on_text, spot = rng.random() < ON_TEXT, rng.random()
    text = np.flatnonzero(label)
    if on_text and len(text):
        middle = divmod(int(text[int(spot * len(text))]), width)
        y, x = (
            int(np.clip(at - size // 2 + rng.integers(-size // 4, size // 4), 0, extent - size))
            for at, extent in zip(middle, (height, width), strict=True)
        )
    part = np.s_[y : y + size, x : x + size]
    values = image[part].astype(np.float32) / 255
    values = (values - 0.5) * np.float32(rng.uniform(0.7, 1.3)) + np.float32(0.5 + rng.uniform(-0.15, 0.15))
    if rng.random() < 0.25:
        values = 1 - values
    values = np.clip(values, 0, 1).transpose(2, 0, 1)
    return np.ascontiguousarray(values, np.float32), label[part][None].astype(np.float32)


def text_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """Binary cross entropy and soft Dice."""
    probability = torch.sigmoid(logits)
    shared = (probability * wanted).sum()
    dice = 1 - (2 * shared + 1) / (probability.sum() + wanted.sum() + 1)
    return F.binary_cross_entropy_with_logits(logits, wanted) + dice
