"""How far answers of the compact network are from the masks that they should be."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def mask_loss(logits: Tensor, target: Tensor, valid: Tensor, emphasis: Tensor | None = None) -> Tensor:
    """Binary cross-entropy plus Dice, of (N, h, w) maps, each map with equal weight. Returns (N,).

    emphasis: (N, h, w): how many times more the cross-entropy of a pixel counts.
    """
    raw = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    if emphasis is not None:
        raw = raw * (1 + emphasis)
    entropy = (raw * valid).sum((1, 2)) / (target * valid).sum((1, 2)).clamp(min=60.0)
    mask = torch.sigmoid(logits) * valid
    overlap = 2 * (mask * target).sum((1, 2)) + 1
    return entropy + 1 - overlap / (mask.sum((1, 2)) + (target * valid).sum((1, 2)) + 1)


def overlap(logits: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """(N,) IoU of the masks logits > 0 with the targets >= 0.5, of (N, h, w) maps."""
    mask, truth = (logits > 0) & (valid > 0), (target >= 0.5) & (valid > 0)
    return (mask & truth).sum((1, 2)) / (mask | truth).sum((1, 2)).clamp(min=1)
