"""The network of `compact`: CRAFT's frozen features, a light neck over the word's strip, a prompt decoder a character.

SAM's division of labour (Kirillov et al., "Segment Anything", 2023), in the word frame: `embed` runs once a word,
`decode` once a prompt. Two things carry hints across the word: attention between its parts at an eighth of the
resolution, and colour prototypes: the mean colour under the probable text, or under the points, and each pixel's
distance from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

PROMPT_CHANNELS = 10
"""Box, positive and negative points made from glyphs, vote rates of foreground and of hole, positive and negative
clicks, the reach of both, and the answer before the clicks, which they are to correct."""
STRIP_CHANNELS = 6
"""RGB in -1..1, and RGB standardised over the strip."""
COLOURS = 6
EMBEDDED, DETAIL = 64, 24
"""Channels of a strip's embedding at half and at full resolution."""
STEM = 24
HEADS = 4

Layer = TypeVar("Layer", nn.Conv2d, nn.Linear)


@dataclass(frozen=True, slots=True, eq=False)
class StripEmbedding:
    """What `embed` makes of B strips.

    half: (B, 64, H/2, W/2). full: (B, 31, H, W): features, text logit and colours. text: (B, H, W) logits.
    """

    half: Tensor
    full: Tensor
    text: Tensor


class CompactNetwork(nn.Module):
    """Strips and prompts in, mask logits and predicted IoU out. H and W are divisible by 4 throughout."""

    def __init__(self) -> None:
        super().__init__()
        self.neck = _Neck()
        self.decoder = _PromptDecoder()

    def embed(self, strips: Tensor, heat: Tensor, features: tuple[Tensor, ...], valid: Tensor) -> StripEmbedding:
        """Embed B word strips.

        strips: (B, 6, H, W). heat: (B, 2, H/2, W/2), CRAFT's region and affinity. features: CRAFT's (B, 32, H/2, W/2),
        (B, 64, H/4, W/4), (B, 128, H/2, W/2) and (B, 256, H/4, W/4). valid: (B, 1, H, W), 0 where a strip is padded.
        """
        embedding: StripEmbedding = self.neck(strips, heat, features, valid)
        return embedding

    def decode(self, half: Tensor, full: Tensor, prompts: Tensor) -> tuple[Tensor, Tensor]:
        """Answer N prompts over windows of h x w pixels.

        half: (N, 64, h/2, w/2), full: (N, 31, h, w): cut from embeddings. prompts: (N, 10, h, w), values 0..1,
        the last channel -1..1 (0: no answer yet).
        Returns (N, h, w) logits and (N,) predicted IoU in 0..1.
        """
        logits, quality = self.decoder(half, full, prompts)
        return logits, quality


class _Normalised(nn.Module):
    """A convolution, layer normalisation over each pixel's channels, ReLU."""

    def __init__(self, channels: int, out: int, size: int, *, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        padding = dilation * (size // 2)
        self.conv = nn.Conv2d(channels, out, size, stride=stride, padding=padding, dilation=dilation)
        self.norm = nn.LayerNorm(out)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x).permute(0, 2, 3, 1)
        return functional.relu(self.norm(x)).permute(0, 3, 1, 2)


class _Residual(nn.Module):
    """Adds to each pixel what its neighbourhood of 3 x 3 tells; nothing at the start of a training."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.look = _Normalised(channels, channels, 3)
        self.add = _silent(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        added: Tensor = self.add(self.look(x))
        return x + added


class _Attention(nn.Module):
    """Adds to each place what all places of the same strip tell (Vaswani et al., "Attention Is All You Need", 2017)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.asked = nn.Linear(channels, 3 * channels)
        self.add = _silent(nn.Linear(channels, channels))

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """x: (B, C, h, w). valid: (B, 1, h, w), 0 at the places that are not to be looked at."""
        batch, channels, height, width = x.shape
        places = self.norm(x.flatten(2).transpose(1, 2))
        split = self.asked(places).reshape(batch, -1, 3, HEADS, channels // HEADS)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        seen = valid.flatten(1)[:, None, None] > 0
        told = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        added = self.add(told.transpose(1, 2).reshape(batch, -1, channels))
        x = x + added.transpose(1, 2).reshape(batch, channels, height, width)
        return x


class _Context(nn.Module):
    """What the rest of the word tells each of its parts, added to features at half resolution."""

    def __init__(self) -> None:
        super().__init__()
        self.down_quarter = nn.Sequential(_Normalised(EMBEDDED, 96, 3, stride=2), _Residual(96))
        self.down_eighth = nn.Sequential(_Normalised(96, 128, 3, stride=2), _Residual(128))
        self.attention = _Attention(128)
        self.eighth = _Residual(128)
        self.attention_again = _Attention(128)
        self.eighth_again = _Residual(128)
        self.up_quarter = nn.Sequential(_Normalised(128 + 96, 96, 1), _Residual(96))
        self.add = _silent(nn.Conv2d(96, EMBEDDED, 1))

    def forward(self, half: Tensor, valid: Tensor) -> Tensor:
        quarter = self.down_quarter(half)
        eighth = self.down_eighth(quarter)
        places = functional.interpolate(valid, size=eighth.shape[2:], mode="nearest")
        eighth = self.eighth(self.attention(eighth, places))
        eighth = self.eighth_again(self.attention_again(eighth, places))
        quarter = self.up_quarter(torch.cat([_resized(eighth, quarter), quarter], 1))
        return half + _resized(self.add(quarter), half)


class _Neck(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.from_half = _Normalised(32 + 128 + 2, 64, 1)
        self.from_quarter = _Normalised(64 + 256, 64, 1)
        self.stem = nn.Sequential(_conv(STRIP_CHANNELS, STEM), nn.ReLU(), _conv(STEM, STEM), nn.ReLU())
        self.stem_down = _Normalised(STEM, 16, 3, stride=2)
        self.stem_half = _Normalised(STEM, 24, 3, stride=2)
        self.fuse = _Normalised(64 + 64 + 16 + 24, EMBEDDED, 3)
        self.widen = _Normalised(EMBEDDED, EMBEDDED, 3, dilation=2)
        self.refine = _Normalised(EMBEDDED, EMBEDDED, 3)
        self.context = _Context()
        self.coarse = nn.Conv2d(EMBEDDED, 1, 1)
        self.colours = nn.Conv2d(STEM + STRIP_CHANNELS, COLOURS, 1)
        self.raise_half = nn.Conv2d(EMBEDDED, 16, 1)
        self.detail = nn.Sequential(_conv(STEM + 16 + 2 * COLOURS, DETAIL), nn.ReLU())
        self.text = _conv(DETAIL, 1)
        nn.init.constant_(self.coarse.bias, -1.5)  # type: ignore[arg-type]  # most pixels are background

    def forward(self, strips: Tensor, heat: Tensor, features: tuple[Tensor, ...], valid: Tensor) -> StripEmbedding:
        head_half, head_quarter, trunk_half, trunk_quarter = features
        stem = self.stem(strips)
        wide = self.from_quarter(torch.cat([head_quarter, trunk_quarter], 1))
        seen = self.from_half(torch.cat([head_half, trunk_half, heat], 1))
        half = self.fuse(torch.cat([seen, _doubled(wide), self.stem_down(stem), self.stem_half(stem)], 1))
        half = half + self.widen(half)
        half = half + self.refine(half)
        half = self.context(half, valid)
        coarse = _doubled(self.coarse(half))
        colours = self.colours(torch.cat([stem, strips], 1))
        belief = torch.sigmoid(coarse)
        apart = _distances(colours, belief * valid, (1 - belief) * valid)
        detail = self.detail(torch.cat([stem, _doubled(self.raise_half(half)), *apart], 1))
        text = self.text(detail) + coarse
        return StripEmbedding(half, torch.cat([detail, text, colours], 1), text[:, 0])


class _PromptDecoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        cues = PROMPT_CHANNELS + 1 + 2 * COLOURS
        self.first = _Normalised(EMBEDDED + cues, 48, 3)
        self.down_quarter = nn.Sequential(_Normalised(48, 64, 3, stride=2), _Normalised(64, 64, 3), _Residual(64))
        self.down_eighth = nn.Sequential(_Normalised(64, 96, 3, stride=2), _Normalised(96, 96, 3), _Residual(96))
        self.overview = nn.Linear(96, 96)
        self.eighth = _Residual(96)
        self.eighth_again = nn.Sequential(_Residual(96), _Residual(96))
        self.up_quarter = nn.Sequential(
            _Normalised(96 + 64, 64, 1), _Normalised(64, 64, 3), _Residual(64), _Residual(64)
        )
        self.up_half = nn.Sequential(_Normalised(64 + 48, 48, 1), _Normalised(48, 48, 3), _Residual(48), _Residual(48))
        self.raise_half = nn.Conv2d(48, 24, 1)
        self.detail = nn.Sequential(_conv(24 + DETAIL + 9 + 2 * COLOURS, 24), nn.ReLU(), _Residual(24))
        self.mask = _conv(24, 1)
        self.quality = nn.Sequential(nn.Linear(48 + 48 + 4, 64), nn.ReLU(), nn.Linear(64, 1))
        nn.init.constant_(self.mask.bias, -1.5)  # type: ignore[arg-type]

    def forward(self, half: Tensor, full: Tensor, prompts: Tensor) -> tuple[Tensor, Tensor]:
        detail, text, colours = full[:, :DETAIL], full[:, DETAIL : DETAIL + 1], full[:, DETAIL + 1 :]
        belief = torch.sigmoid(text)
        box, voted, clicks, correction = prompts[:, :1], prompts[:, 3:4], prompts[:, 5:7], prompts[:, 7:]
        positive, negative = prompts[:, 1:2] + clicks[:, :1], prompts[:, 2:3] + clicks[:, 1:]
        inside = positive + 0.03 * box * belief * (0.3 + voted)
        outside = negative + 0.03 * (1 - belief)
        apart = _distances(colours, inside, outside)
        cues = torch.cat([prompts[:, :5], text, *apart, clicks, correction], 1)
        first = self.first(torch.cat([half, functional.avg_pool2d(cues, 2)], 1))
        quarter = self.down_quarter(first)
        eighth = self.down_eighth(quarter)
        eighth = self.eighth_again(self.eighth(eighth + self.overview(eighth.mean((2, 3)))[..., None, None]))
        quarter = self.up_quarter(torch.cat([_resized(eighth, quarter), quarter], 1))
        halved = self.up_half(torch.cat([_resized(quarter, first), first], 1))
        raised = _doubled(self.raise_half(halved))
        fine = self.detail(torch.cat([detail, raised, prompts[:, :3], text, *apart, clicks, correction], 1))
        logits = self.mask(fine)
        return logits[:, 0], self._estimated(halved, logits.detach(), box)

    def _estimated(self, halved: Tensor, logits: Tensor, box: Tensor) -> Tensor:
        """The predicted IoU, from the features under mask and box and from how sure the logits are."""
        mask = torch.sigmoid(logits)
        small, area = functional.avg_pool2d(mask, 2), functional.avg_pool2d(box, 2)
        under_mask = (halved * small).sum((2, 3)) / (small.sum((2, 3)) + 1)
        under_box = (halved * area).sum((2, 3)) / (area.sum((2, 3)) + 1)
        covered = mask.sum((1, 2, 3))
        unsure = (mask * (1 - mask)).sum((1, 2, 3)) / (covered + 1)
        stable = (logits > 1).sum((1, 2, 3)) / ((logits > -1).sum((1, 2, 3)) + 1)
        filled = covered / (box.sum((1, 2, 3)) + 1)
        beyond = (mask * (1 - box)).sum((1, 2, 3)) / (covered + 1)
        signs = torch.stack([unsure, stable, filled, beyond], 1)
        return torch.sigmoid(self.quality(torch.cat([under_mask, under_box, signs], 1)))[:, 0]


def _silent(layer: Layer) -> Layer:
    """The layer with weights of zero."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _conv(channels: int, out: int) -> nn.Conv2d:
    return nn.Conv2d(channels, out, 3, padding=1)


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def _resized(x: Tensor, reference: Tensor) -> Tensor:
    return functional.interpolate(x, size=reference.shape[2:], mode="bilinear", align_corners=False)


def _distances(colours: Tensor, inside: Tensor, outside: Tensor) -> list[Tensor]:
    """Squared distances (N, C, h, w) of every pixel's colours from their means under two weights (N, 1, h, w)."""
    means = [(colours * w).sum((2, 3), keepdim=True) / (w.sum((2, 3), keepdim=True) + 1e-3) for w in (inside, outside)]
    return [torch.clamp((colours - mean) ** 2, max=10.0) for mean in means]
