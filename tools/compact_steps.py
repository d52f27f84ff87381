"""One training step of the compact segmenter: batches, the network's answers to them, losses, held-out scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from compact_data import TrainingStrip, load_shard
from compact_prompts import (
    MODES,
    TrainingPrompt,
    correcting_click,
    fault_at,
    mode_prompt,
    with_clicks,
    with_corrections,
    with_glyph_points,
)
from torch import Tensor
from torch.nn import functional

from charsam.segmenters.compact import strip_inputs
from charsam.segmenters.compact_network import CompactNetwork, StripEmbedding
from charsam.segmenters.prompt_maps import Correction, Window, cut, prompt_channels, prompt_window

BATCH_STRIPS = 6
GAP_WEIGHT = 2.0
"""How many times more the ground between two characters under one box counts than other pixels do."""
CLICK_WEIGHT = 3.0
"""How many times more a fault that a click is to mend does. More, and one click overturns the mask round it."""
FAILS_BELOW = 0.7
"""The IoU under which a character that was prompted by its box alone may be prompted again with glyph points."""
ASKED_BY_GLYPHS = 0.4
"""How often it is; otherwise it is corrected by clicks."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Strips padded to one size, and the prompts on them: `strip[i]` is the strip of prompt i."""

    inputs: tuple[Tensor, Tensor, tuple[Tensor, ...], Tensor]
    text: Tensor
    prompts: list[TrainingPrompt]
    strip: list[int]
    windows: list[Window]


def collate(strips: Sequence[TrainingStrip], prompts: Sequence[Sequence[TrainingPrompt]]) -> Batch:
    parts = [
        strip_inputs(s.strip, s.heat.astype(np.float32), [f.astype(np.float32) for f in s.features]) for s in strips
    ]
    height, width = (max(p[0].shape[axis] for p in parts) for axis in (1, 2))
    inputs = (
        _stacked([p[0] for p in parts], height, width),
        _stacked([p[1] for p in parts], height // 2, width // 2),
        tuple(_stacked([p[2][k] for p in parts], height // s, width // s) for k, s in enumerate((2, 4, 2, 4))),
        _stacked([p[3] for p in parts], height, width),
    )
    text = _stacked([torch.from_numpy(s.text[None].astype(np.float32) / 255) for s in strips], height, width)
    flat = [(index, prompt) for index, found in enumerate(prompts) for prompt in found]
    windows = [prompt_window(prompt.box, strips[index].strip.shape) for index, prompt in flat]
    return Batch(inputs, text[:, 0], [prompt for _, prompt in flat], [index for index, _ in flat], windows)


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


def answer(network: CompactNetwork, embedding: StripEmbedding, batch: Batch, rows: Sequence[int]) -> list[Answer]:
    groups: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        x0, y0, x1, y1 = batch.windows[row]
        groups.setdefault((y1 - y0, x1 - x0), []).append(row)
    answers = []
    for group in groups.values():
        places = [(batch.strip[row], batch.windows[row]) for row in group]
        half, full = WindowsOf.apply(embedding.half, places, 2), WindowsOf.apply(embedding.full, places, 1)
        drawn = [
            prompt_channels(
                p.box, p.points, p.labels, p.votes, batch.windows[row], p.clicks, correction=_correction(batch, row)
            )
            for row, p in ((row, batch.prompts[row]) for row in group)
        ]
        logits, quality = network.decode(half, full, torch.from_numpy(np.stack(drawn)))
        targets = [torch.from_numpy(batch.prompts[row].target[None].astype(np.float32) / 255) for row in group]
        target = torch.stack([cut(t, batch.windows[row], 1)[0] for t, row in zip(targets, group, strict=True)])
        valid = torch.stack([cut(batch.inputs[3][s], w, 1)[0] for s, w in places])
        emphasis = torch.stack(
            [_emphasis(batch.prompts[row], batch.windows[row], t) for row, t in zip(group, target, strict=True)]
        )
        answers.append(Answer(group, logits.float(), quality.float(), target, valid, emphasis))
    return answers


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


def _correction(batch: Batch, row: int) -> Correction | None:
    earlier = batch.prompts[row].earlier
    if earlier is None:
        return None
    colours = cut(batch.inputs[0][batch.strip[row], 3:], batch.windows[row], 1)
    return Correction(colours.permute(1, 2, 0).numpy(), earlier)


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


def _emphasis(prompt: TrainingPrompt, window: Window, target: Tensor) -> Tensor:
    """(h, w): the gap between neighbours, what lies near clicks that agree with the truth, the faults to mend."""
    weight = torch.zeros_like(target)
    if prompt.gap is not None:
        weight += GAP_WEIGHT * cut(torch.from_numpy(prompt.gap[None].astype(np.float32)), window, 1)[0]
    if prompt.fault is not None:
        drawn = prompt_channels(prompt.box, prompt.points, prompt.labels, None, window, prompt.clicks)
        near = torch.from_numpy(drawn[5:7])
        agreeing = near[0] * target + near[1] * (1 - target)
        weight += CLICK_WEIGHT * torch.maximum(agreeing, torch.from_numpy(prompt.fault.astype(np.float32)))
    return weight


def overlap(logits: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """(N,) IoU of the masks logits > 0 with the targets >= 0.5."""
    mask, truth = (logits > 0) & (valid > 0), (target >= 0.5) & (valid > 0)
    return (mask & truth).sum((1, 2)) / (mask | truth).sum((1, 2)).clamp(min=1)


def total_loss(
    network: CompactNetwork, batch: Batch, rng: np.random.Generator, *, corrected: bool
) -> tuple[Tensor, float]:
    """The loss of a batch and the mean IoU of its answers before any correction."""
    embedding = network.embed(*batch.inputs)
    loss = 0.5 * mask_loss(embedding.text.float(), batch.text, batch.inputs[3][:, 0]).mean()
    answers = answer(network, embedding, batch, range(len(batch.prompts)))
    scores = [overlap(a.logits.detach(), a.target, a.valid) for a in answers]
    if corrected:
        asked = _asked_again(batch, answers, rng)
        rows = [row for row in range(len(batch.prompts)) if asked.prompts[row] is not batch.prompts[row]]
        if rows:
            again = answer(network, embedding, asked, rows)
            loss = loss + _answers_loss(again, asked, len(rows))
    loss = loss + _answers_loss(answers, batch, len(batch.prompts))
    return loss, float(torch.cat(scores).mean())


def _answers_loss(answers: Sequence[Answer], batch: Batch, count: int) -> Tensor:
    total = torch.zeros(())
    for a in answers:
        good = overlap(a.logits.detach(), a.target, a.valid)
        total = total + (mask_loss(a.logits, a.target, a.valid, a.emphasis) + 2 * (a.quality - good) ** 2).sum() / count
    return total


def _asked_again(batch: Batch, answers: Sequence[Answer], rng: np.random.Generator) -> Batch:
    """The batch with more said where an answer has a fault: glyph points after a poor box, or correcting clicks."""
    prompts = list(batch.prompts)
    for a in answers:
        logits, truths, valid = a.logits.detach().numpy(), (a.target >= 0.5).numpy(), a.valid.numpy() > 0
        scores = overlap(a.logits.detach(), a.target, a.valid).tolist()
        for place, row in enumerate(a.rows):
            before = prompts[row]
            if scores[place] < FAILS_BELOW and not len(before.points) and rng.random() < ASKED_BY_GLYPHS:
                prompts[row] = with_glyph_points(rng, before) or before
                continue
            corner = np.array(batch.windows[row][:2], np.float32)
            found = with_corrections(rng, before, logits[place], truths[place], valid[place], corner)
            prompts[row] = found or before
    return Batch(batch.inputs, batch.text, prompts, batch.strip, batch.windows)


def held_out_scores(network: CompactNetwork, shards: Sequence[Path]) -> dict[str, float]:
    """fgIoU of the text (pixels of all strips together) and mean IoU of the characters, by prompt mode."""
    network.eval()
    counts: dict[str, list[float]] = {}
    single: dict[str, list[float]] = {str(mode): [] for mode in MODES}
    clicked: list[tuple[float, float]] = []
    for number, path in enumerate(shards):
        strips = sorted(load_shard(path), key=lambda s: s.strip.shape)
        rng = np.random.default_rng(number)
        for start in range(0, len(strips), BATCH_STRIPS):
            group = strips[start : start + BATCH_STRIPS]
            embedding = None
            for mode in MODES:
                prompts = [[mode_prompt(rng, s, i, mode, true_box=False) for i in range(len(s.boxes))] for s in group]
                batch = collate(group, prompts)
                with torch.inference_mode():
                    if embedding is None:
                        embedding = network.embed(*batch.inputs)
                        mask, truth = (embedding.text > 0) & (batch.inputs[3][:, 0] > 0), batch.text >= 0.5
                        both = counts.setdefault("text_head", [0.0, 0.0])
                        both[0] += float((mask & truth).sum())
                        both[1] += float((mask | truth).sum())
                    answers = answer(network, embedding, batch, range(len(batch.prompts)))
                single[str(mode)] += [float(v) for a in answers for v in overlap(a.logits, a.target, a.valid)]
                _count_text(counts.setdefault(str(mode), [0.0, 0.0]), batch, answers)
            assert embedding is not None
            with torch.inference_mode():
                clicked += _after_a_click(network, embedding, batch, answers)
    network.train()
    scores = {f"fgIoU {name}": round(hit / max(all_, 1), 4) for name, (hit, all_) in counts.items()}
    scores |= {f"mean IoU {name}": round(float(np.mean(values)), 4) for name, values in single.items()}
    before, after = (round(float(value), 4) for value in np.mean(clicked, axis=0))
    return scores | {"faulty, before a click": before, "faulty, after a click": after}


def _after_a_click(
    network: CompactNetwork, embedding: StripEmbedding, batch: Batch, answers: Sequence[Answer]
) -> list[tuple[float, float]]:
    """The IoU of each faulty mask and of the one after a click into the middle of its largest fault."""
    prompts = list(batch.prompts)
    before: dict[int, float] = {}
    for a in answers:
        scores = overlap(a.logits, a.target, a.valid).tolist()
        for place, row in enumerate(a.rows):
            logits, truth = a.logits[place].numpy(), a.target[place].numpy() >= 0.5
            mask = (logits > 0) & (a.valid[place].numpy() > 0)
            click = correcting_click(mask, truth)
            if click is not None:
                spot = (click[0] + np.array(batch.windows[row][:2], np.float32))[None]
                prompts[row] = with_clicks(prompts[row], spot, [click[1]], logits, fault_at(mask, truth, *click))
                before[row] = scores[place]
    asked = Batch(batch.inputs, batch.text, prompts, batch.strip, batch.windows)
    again = answer(network, embedding, asked, list(before))
    after = [(r, float(v)) for a in again for r, v in zip(a.rows, overlap(a.logits, a.target, a.valid), strict=True)]
    return [(before[row], value) for row, value in after]


def _count_text(count: list[float], batch: Batch, answers: Sequence[Answer]) -> None:
    found = [np.zeros(batch.text.shape[1:], np.bool_) for _ in range(len(batch.text))]
    truth = [np.zeros(batch.text.shape[1:], np.bool_) for _ in range(len(batch.text))]
    for a in answers:
        for row, mask, target in zip(a.rows, (a.logits > 0).numpy(), (a.target >= 0.5).numpy(), strict=True):
            x0, y0, x1, y1 = batch.windows[row]
            left, top = max(x0, 0), max(y0, 0)
            for canvas, part in ((found, mask), (truth, target)):
                area = canvas[batch.strip[row]][top : max(y1, 0), left : max(x1, 0)]
                area |= part[top - y0 :, left - x0 :][: area.shape[0], : area.shape[1]]
    count[0] += float(sum((f & t).sum() for f, t in zip(found, truth, strict=True)))
    count[1] += float(sum((f | t).sum() for f, t in zip(found, truth, strict=True)))
