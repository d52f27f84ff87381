"""Fitting the decoder of `compact` to lessons, mixed with generated ones, so that nothing is forgotten."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from charsam.cancellation import checkpoint
from charsam.cpu import fast_bf16
from charsam.learning.lessons import Lesson
from charsam.learning.loss import mask_loss, overlap
from charsam.segmenters.compact import LOOSENED
from charsam.segmenters.compact_network import CompactNetwork
from charsam.segmenters.prompt_maps import prompt_channels
from charsam.types import FloatArray

BATCH: Final = 12
"""Lessons of a step of either kind: taught, and generated."""
REMEMBERED: Final = 4.0
"""How many times more than what is taught it counts that ordinary signs are answered as before."""
RATE: Final = 8e-4
WARM_UP: Final = 20
AVERAGING: Final = 0.98
WRONG: Final = 0.3
"""The IoU that a mask is taught to expect of itself where it is like one that somebody rejected."""
PROMPTED: Final = (0.6, 0.8)
"""Up to these shares lessons are prompted by box, points and votes, and by box and points; the others by the box."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a fit has come: steps done, of how many, and seconds."""

    done: int
    steps: int
    seconds: float


def fit_decoder(
    network: CompactNetwork,
    taught: Sequence[Lesson],
    generated: Sequence[Lesson],
    *,
    steps: int,
    seconds: float,
    start: CompactNetwork | None = None,
    remembered: float = REMEMBERED,
    rate: float = RATE,
    seed: int = 0,
    told: Callable[[Step], None] = lambda step: None,
) -> CompactNetwork:
    """A copy of the network whose decoder answers the lessons better; everything else of it is as it was.

    seconds: after which it ends, though there be steps left. start: from where it goes on, instead of from the network
    itself. remembered: how many times more than what is taught it counts that generated lessons are answered as by the
    network. rate: of the steps. told: called after every step. Raises Cancelled.
    """
    fitted = copy.deepcopy(start or network).train()
    weight = 1 / (1 + remembered)
    for name, parameter in fitted.named_parameters():
        parameter.requires_grad_(name.startswith("decoder."))
    decoder = fitted.decoder
    averaged = copy.deepcopy(decoder)
    optimiser = torch.optim.AdamW(decoder.parameters(), lr=rate, weight_decay=0.01)
    rng = np.random.default_rng(seed)
    new, ordinary = Drawer(taught, rng), Drawer(generated, rng)
    started = time.monotonic()
    for number in range(steps):
        checkpoint()
        spent = time.monotonic() - started
        if spent > seconds:
            break
        share = max(number / steps, spent / seconds)
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (number + 1) / WARM_UP) * (0.02 + 0.98 * (1 + math.cos(math.pi * share)) / 2)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(_loss(fitted, new.draw(BATCH), rng) * weight)
        torch.autograd.backward(_unlike_before(fitted, network, ordinary.draw(BATCH), rng) * (1 - weight))
        norm = torch.nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
        if bool(torch.isfinite(norm)):
            optimiser.step()
        with torch.no_grad():
            newest = 1 - min(AVERAGING, (number + 1) / (number + 10))
            torch._foreach_lerp_(list(averaged.parameters()), list(decoder.parameters()), newest)
        told(Step(number + 1, steps, time.monotonic() - started))
    fitted.decoder = averaged
    return fitted.eval().requires_grad_(False)


class Drawer:
    """Draws lessons whose windows have one size, each size as often as it has lessons."""

    def __init__(self, lessons: Sequence[Lesson], rng: np.random.Generator) -> None:
        self._rng = rng
        sizes: dict[tuple[int, int], list[Lesson]] = {}
        for lesson in lessons:
            sizes.setdefault(lesson.size, []).append(lesson)
        self._groups = list(sizes.values())
        counts = np.array([len(group) for group in self._groups], np.float64)
        self._shares = counts / counts.sum()

    def draw(self, count: int) -> list[Lesson]:
        group = self._groups[int(self._rng.choice(len(self._groups), p=self._shares))]
        pixels = group[0].size[0] * group[0].size[1]
        most = max(2, min(count, count * 64 * 64 // pixels))
        return [group[int(i)] for i in self._rng.integers(len(group), size=most)]


def _loss(network: CompactNetwork, lessons: Sequence[Lesson], rng: np.random.Generator) -> Tensor:
    drawn = [_Prompt.drawn(lesson, rng) for lesson in lessons]
    logits, quality = _answer(network, lessons, [prompt.maps() for prompt in drawn])
    return _answers_loss(lessons, logits, quality)


def _unlike_before(
    network: CompactNetwork, before: CompactNetwork, lessons: Sequence[Lesson], rng: np.random.Generator
) -> Tensor:
    """How far the answers are from those before (Li and Hoiem, "Learning without forgetting", 2016)."""
    maps = [_Prompt.drawn(lesson, rng).maps() for lesson in lessons]
    logits, quality = _answer(network, lessons, maps)
    with torch.no_grad():
        earlier, expected = _answer(before, lessons, maps)
    valid = torch.from_numpy(np.stack([one.valid for one in lessons]))
    return (mask_loss(logits, torch.sigmoid(earlier), valid) + 2 * (quality - expected) ** 2).mean()


def _answer(network: CompactNetwork, lessons: Sequence[Lesson], maps: Sequence[FloatArray]) -> tuple[Tensor, Tensor]:
    half, full = (torch.stack([getattr(one, name) for one in lessons]).float() for name in ("half", "full"))
    last = torch.channels_last
    with torch.autocast("cpu", torch.bfloat16, enabled=fast_bf16()):
        logits, quality = network.decode(
            half.contiguous(memory_format=last),
            full.contiguous(memory_format=last),
            torch.from_numpy(np.stack(maps)).contiguous(memory_format=last),
        )
    bias = torch.tensor([one.bias for one in lessons])[:, None, None]
    return logits.float() + bias, quality.float()


def _answers_loss(lessons: Sequence[Lesson], logits: Tensor, quality: Tensor) -> Tensor:
    """Of right masks: mask and predicted IoU; of rejected ones, of which the right mask is not known: the latter."""
    valid = torch.from_numpy(np.stack([one.valid for one in lessons]))
    known = torch.tensor([float(one.known) for one in lessons])
    target = torch.from_numpy(np.stack([one.target for one in lessons]))
    alike = overlap(logits.detach(), target, valid)
    expected = torch.where(known > 0, alike, 1 - (1 - WRONG) * alike)
    asked = torch.where(known > 0, torch.ones_like(known), (alike > 0.5).float())
    losses = known * mask_loss(logits, target, valid) + 2 * asked * (quality - expected) ** 2
    return losses.mean()


@dataclass(frozen=True, slots=True, eq=False)
class _Prompt:
    """A lesson, prompted in one of the ways in which it may be: its box a little off, with or without points."""

    lesson: Lesson
    box: FloatArray
    points: bool
    votes: bool
    loosened: float

    @classmethod
    def drawn(cls, lesson: Lesson, rng: np.random.Generator) -> _Prompt:
        size = float(lesson.box[2] - lesson.box[0] + lesson.box[3] - lesson.box[1]) / 2
        box = lesson.box + rng.normal(0, 1, 4).astype(np.float32) * np.float32(0.03 * size + 0.4 * lesson.zoom)
        box[2:] = np.maximum(box[2:], box[:2] + 2)
        share = rng.random()
        loosened = LOOSENED * lesson.zoom if rng.random() < 0.7 else 0.0
        return cls(lesson, box, share < PROMPTED[1], share < PROMPTED[0], loosened)

    def maps(self) -> FloatArray:
        """As the decoder reads it, over the lesson's window."""
        lesson, by = self.lesson, self.loosened
        keep = np.full(len(lesson.labels), self.points)
        votes = lesson.votes if self.votes else None
        loosened = (0.0, by) if lesson.frame.stacked else (by, 0.0)
        points, labels = lesson.points[keep], lesson.labels[keep]
        return prompt_channels(self.box, points, labels, votes, lesson.window, loosened=loosened)
