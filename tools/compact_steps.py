"""One training step of the compact segmenter: batches, the network's answers to them, and their losses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from compact_prompts import TrainingPrompt, with_corrections, with_glyph_points
from compact_seeing import SeenStrip
from torch import Tensor
from torch.nn import functional

from charsam.learning.loss import mask_loss, overlap
from charsam.segmenters.compact_network import CompactNetwork, StripEmbedding
from charsam.segmenters.prompt_maps import Correction, Window, cut, prompt_channels, prompt_window
from charsam.types import FloatArray

GAP_WEIGHT = 2.0
"""How many times more the ground between two characters under one box counts than other pixels do."""
CLICK_WEIGHT = 3.0
"""How many times more a fault that a click is to mend does. More, and one click overturns the mask round it."""
FAILS_BELOW = 0.7
"""The IoU under which a character that was prompted by its box alone may be prompted again with glyph points."""
ASKED_BY_GLYPHS = 0.4
"""How often it is; otherwise it is corrected by clicks."""


Given = TypeVar("Given")
Made = TypeVar("Made")


class Hands:
    """Threads that draw prompts and correct answers beside the one that trains."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count) if count > 1 else None

    def map(self, work: Callable[[Given], Made], items: Iterable[Given]) -> list[Made]:
        return [work(item) for item in items] if self._pool is None else list(self._pool.map(work, items))


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Strips padded to one size, and the prompts on them: `strip[i]` is the strip of prompt i."""

    inputs: tuple[Tensor, Tensor, tuple[Tensor, ...], Tensor]
    text: Tensor
    prompts: list[TrainingPrompt]
    strip: list[int]
    windows: list[Window]
    colours: list[FloatArray]


def collate(strips: Sequence[SeenStrip], prompts: Sequence[Sequence[TrainingPrompt]], *, coarse: bool = False) -> Batch:
    """coarse: windows show some more of the word than they need to, so that more prompts have windows of one size: an
    accelerator spends its time on starting the work of each size, not on the work.
    """
    height, width = (max(s.strip.shape[axis] for s in strips) for axis in (1, 2))
    sizes = [s.made.strip.shape[:2] for s in strips]
    ones = [torch.ones((1, h, w), device=s.strip.device) for s, (h, w) in zip(strips, sizes, strict=True)]
    inputs = (
        _stacked([s.strip for s in strips], height, width),
        _stacked([s.heat for s in strips], height // 2, width // 2),
        tuple(_stacked([s.features[k] for s in strips], height // d, width // d) for k, d in enumerate((2, 4, 2, 4))),
        _stacked(ones, height, width),
    )
    text = _stacked([s.text[None].float() / 255 for s in strips], height, width)
    flat = [(index, prompt) for index, found in enumerate(prompts) for prompt in found]
    windows = [prompt_window(p.box, strips[i].made.strip.shape, strips[i].made.zoom) for i, p in flat]
    if coarse:
        windows = [_coarse(window) for window in windows]
    colours = [s.colours for s in strips]
    return Batch(inputs, text[:, 0], [p for _, p in flat], [i for i, _ in flat], windows, colours)


def _coarse(window: Window) -> Window:
    """The window, as much longer as makes its length a multiple of its height."""
    x0, y0, x1, y1 = window
    width, height = x1 - x0, y1 - y0
    if width >= height:
        return x0, y0, x0 + -(-width // height) * height, y1
    return x0, y0, x1, y0 + -(-height // width) * width


def _stacked(maps: Sequence[Tensor], height: int, width: int) -> Tensor:
    padded = [functional.pad(m, (0, width - m.shape[2], 0, height - m.shape[1])) for m in maps]
    return torch.stack(padded).contiguous(memory_format=torch.channels_last)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The prompts `rows` of a batch, which have windows of one size, with their logits, targets and valid pixels."""

    rows: list[int]
    logits: Tensor
    quality: Tensor
    target: Tensor
    valid: Tensor
    emphasis: Tensor


def answer(
    network: CompactNetwork, embedding: StripEmbedding, batch: Batch, rows: Sequence[int], hands: Hands
) -> list[Answer]:
    device = embedding.half.device
    groups: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        x0, y0, x1, y1 = batch.windows[row]
        groups.setdefault((y1 - y0, x1 - x0), []).append(row)
    answers = []
    for group in groups.values():
        places = [(batch.strip[row], batch.windows[row]) for row in group]
        half, full = WindowsOf.apply(embedding.half, places, 2), WindowsOf.apply(embedding.full, places, 1)
        drawn = hands.map(lambda row: _drawn(batch, row), group)
        maps = torch.from_numpy(np.stack([maps for maps, _, _ in drawn])).to(device)
        logits, quality = network.decode(half, full, maps)
        target = torch.from_numpy(np.stack([target for _, target, _ in drawn])).to(device)
        emphasis = torch.from_numpy(np.stack([emphasis for _, _, emphasis in drawn])).to(device)
        valid = torch.stack([cut(batch.inputs[3][s], w, 1)[0] for s, w in places])
        answers.append(Answer(group, logits.float(), quality.float(), target, valid, emphasis))
    return answers


def _drawn(batch: Batch, row: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A prompt's maps, its target and what of that counts more, over its window."""
    prompt, window = batch.prompts[row], batch.windows[row]
    correction = None
    if prompt.earlier is not None:
        correction = Correction(_part(batch.colours[batch.strip[row]], window), prompt.earlier)
    maps = prompt_channels(
        prompt.box, prompt.points, prompt.labels, prompt.votes, window, prompt.clicks, correction=correction
    )
    target = _part(prompt.target[..., None], window)[..., 0].astype(np.float32) / 255
    return maps, target, _emphasis(prompt, window, target, maps)


def _part(values: np.ndarray, window: Window) -> Any:
    """The window's part of a picture (H, W, C); 0 beyond it."""
    x0, y0, x1, y1 = window
    h, w = values.shape[:2]
    part = values[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
    pad = ((max(-y0, 0), max(y1 - h, 0)), (max(-x0, 0), max(x1 - w, 0)), (0, 0))
    return np.pad(part, pad)


class WindowsOf(torch.autograd.Function):
    """The windows of maps (B, C, H, W) at N places (strip, window), stacked to (N, C, h, w).

    As slices each of them would have a gradient as large as all maps.
    """

    @staticmethod
    def forward(context: Any, maps: Tensor, places: Sequence[tuple[int, Window]], stride: int) -> Tensor:
        context.shape, context.places, context.stride = maps.shape, places, stride
        parts = torch.stack([cut(maps[strip], window, stride) for strip, window in places])
        return parts.contiguous(memory_format=torch.channels_last)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (parts,) = gradients
        whole = parts.new_zeros(context.shape).contiguous(memory_format=torch.channels_last)
        for part, (strip, window) in zip(parts, context.places, strict=True):
            x0, y0, x1, y1 = (edge // context.stride for edge in window)
            left, top = max(x0, 0), max(y0, 0)
            into = whole[strip, :, top : max(y1, 0), left : max(x1, 0)]
            into += part[:, top - y0 :, left - x0 :][:, : into.shape[1], : into.shape[2]]
        return whole, None, None


def _emphasis(prompt: TrainingPrompt, window: Window, target: FloatArray, maps: FloatArray) -> FloatArray:
    """(h, w): the gap between neighbours, what lies near clicks that agree with the truth, the faults to mend."""
    weight = np.zeros_like(target)
    if prompt.gap is not None:
        weight += np.float32(GAP_WEIGHT) * _part(prompt.gap[..., None], window)[..., 0]
    if prompt.fault is not None:
        agreeing = maps[5] * target + maps[6] * (1 - target)
        weight += np.float32(CLICK_WEIGHT) * np.maximum(agreeing, prompt.fault.astype(np.float32))
    return weight


def total_loss(
    network: CompactNetwork, batch: Batch, rng: np.random.Generator, hands: Hands, *, corrected: bool
) -> tuple[Tensor, float]:
    """The loss of a batch and the mean IoU of its answers before any correction."""
    embedding = network.embed(*batch.inputs)
    loss = 0.5 * mask_loss(embedding.text.float(), batch.text, batch.inputs[3][:, 0]).mean()
    answers = answer(network, embedding, batch, range(len(batch.prompts)), hands)
    scores = [overlap(a.logits.detach(), a.target, a.valid) for a in answers]
    if corrected:
        asked = _asked_again(batch, answers, rng, hands)
        rows = [row for row in range(len(batch.prompts)) if asked.prompts[row] is not batch.prompts[row]]
        if rows:
            again = answer(network, embedding, asked, rows, hands)
            loss = loss + _answers_loss(again, len(rows))
    loss = loss + _answers_loss(answers, len(batch.prompts))
    return loss, float(torch.cat(scores).mean())


def _answers_loss(answers: Sequence[Answer], count: int) -> Tensor:
    parts = []
    for a in answers:
        good = overlap(a.logits.detach(), a.target, a.valid)
        parts.append((mask_loss(a.logits, a.target, a.valid, a.emphasis) + 2 * (a.quality - good) ** 2).sum() / count)
    return torch.stack(parts).sum()


def _asked_again(batch: Batch, answers: Sequence[Answer], rng: np.random.Generator, hands: Hands) -> Batch:
    """The batch with more said where an answer has a fault: glyph points after a poor box, or correcting clicks."""
    prompts = list(batch.prompts)
    asked = []
    for a in answers:
        logits, truths = a.logits.detach().cpu().numpy(), (a.target >= 0.5).cpu().numpy()
        valid = a.valid.cpu().numpy() > 0
        scores = overlap(a.logits.detach(), a.target, a.valid).tolist()
        asked += [
            (row, int(rng.integers(2**62)), scores[place], logits[place], truths[place], valid[place])
            for place, row in enumerate(a.rows)
        ]

    def again(one: tuple[int, int, float, FloatArray, Any, Any]) -> TrainingPrompt:
        row, seed, score, logits, truth, valid = one
        own, before = np.random.default_rng(seed), prompts[row]
        if score < FAILS_BELOW and not len(before.points) and own.random() < ASKED_BY_GLYPHS:
            return with_glyph_points(own, before) or before
        corner = np.array(batch.windows[row][:2], np.float32)
        return with_corrections(own, before, logits, truth, valid, corner) or before

    for (row, *_), prompt in zip(asked, hands.map(again, asked), strict=True):
        prompts[row] = prompt
    return Batch(batch.inputs, batch.text, prompts, batch.strip, batch.windows, batch.colours)
