"""How well a compact network answers held-out strips: by prompts, by the height of the text, and after clicks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from compact_clicks import correcting_click, fault_at
from compact_prompts import mode_prompt, with_clicks
from compact_seeing import SeenStrip
from compact_steps import Answer, Batch, Hands, answer, collate

from charsam.learning.loss import overlap
from charsam.segmenters.compact_network import CompactNetwork, StripEmbedding
from charsam.types import FloatArray, PromptMode

BATCH = 6
MODES = (PromptMode.P_CHAR, PromptMode.P_CHAR_POS_NEG)
HEIGHTS = (14, 24, 48, 96)
"""Pixels of the photograph that part the groups of words."""
CLICKS = 3


def held_out_scores(network: CompactNetwork, strips: Sequence[SeenStrip], hands: Hands) -> dict[str, float]:
    """FgIoU of the text (pixels of all strips together, each strip counted in frame pixels), mean IoU of characters."""
    network.eval()
    counts: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    single: dict[str, list[float]] = defaultdict(list)
    clicked: list[list[float]] = []
    ordered = sorted(strips, key=lambda s: s.strip.shape)
    rng = np.random.default_rng(0)
    for start in range(0, len(ordered), BATCH):
        group = ordered[start : start + BATCH]
        prompts = [
            [mode_prompt(rng, s.made, i, mode, true_box=False) for i in range(len(s.made.boxes))]
            for mode in MODES
            for s in group
        ]
        for number, mode in enumerate(MODES):
            batch = collate(group, prompts[number * len(group) : (number + 1) * len(group)])
            with torch.inference_mode():
                if number == 0:
                    embedding = network.embed(*batch.inputs)
                    _count_text_head(counts, group, batch, embedding)
                answers = answer(network, embedding, batch, range(len(batch.prompts)), hands)
            single[str(mode)] += [float(v) for a in answers for v in overlap(a.logits, a.target, a.valid)]
            _count(counts, str(mode), group, batch, answers)
        clicked += _after_clicks(network, embedding, batch, answers, hands)
    network.train()
    scores = {f"fgIoU {name}": round(hit / max(all_, 1), 4) for name, (hit, all_) in sorted(counts.items())}
    scores |= {f"mean IoU {name}": round(float(np.mean(values)), 4) for name, values in single.items()}
    means = np.mean(clicked, axis=0) if clicked else np.zeros(CLICKS + 1)
    return scores | {f"faulty, {n} clicks": round(float(value), 4) for n, value in enumerate(means)}


def _group(native: float) -> str:
    return next((f"lower than {h} px" for h in HEIGHTS if native < h), f"{HEIGHTS[-1]} px or more")


def _count_text_head(
    counts: dict[str, list[float]], group: Sequence[SeenStrip], batch: Batch, embedding: StripEmbedding
) -> None:
    mask = (embedding.text > 0) & (batch.inputs[3][:, 0] > 0)
    truth = batch.text >= 0.5
    for index, one in enumerate(group):
        counts["text head"][0] += float((mask[index] & truth[index]).sum()) / one.made.zoom**2
        counts["text head"][1] += float((mask[index] | truth[index]).sum()) / one.made.zoom**2


def _count(
    counts: dict[str, list[float]], name: str, group: Sequence[SeenStrip], batch: Batch, answers: Sequence[Answer]
) -> None:
    found = [np.zeros(batch.text.shape[1:], np.bool_) for _ in group]
    truth = [np.zeros(batch.text.shape[1:], np.bool_) for _ in group]
    for a in answers:
        masks, targets = (a.logits > 0).cpu().numpy(), (a.target >= 0.5).cpu().numpy()
        for row, mask, target in zip(a.rows, masks, targets, strict=True):
            x0, y0, x1, y1 = batch.windows[row]
            left, top = max(x0, 0), max(y0, 0)
            for canvas, part in ((found, mask), (truth, target)):
                area = canvas[batch.strip[row]][top : max(y1, 0), left : max(x1, 0)]
                area |= part[top - y0 :, left - x0 :][: area.shape[0], : area.shape[1]]
    for one, own, true in zip(group, found, truth, strict=True):
        h, w = one.made.strip.shape[:2]
        f, t = own[:h, :w], true[:h, :w]
        names = [name, f"{name}, {_group(one.made.native)}"] if name == str(MODES[-1]) else [name]
        for each in names:
            counts[each][0] += float((f & t).sum()) / one.made.zoom**2
            counts[each][1] += float((f | t).sum()) / one.made.zoom**2


def _after_clicks(
    network: CompactNetwork, embedding: StripEmbedding, batch: Batch, answers: Sequence[Answer], hands: Hands
) -> list[list[float]]:
    """The IoU of each faulty mask and of those after 1, 2 … clicks, each into the middle of the largest fault left.

    As in the segmenter, all clicks together correct the answer before the first of them.
    """
    first: dict[int, FloatArray] = {}
    curves: dict[int, list[float]] = {}
    prompts = list(batch.prompts)
    for count in range(CLICKS + 1):
        rows = []
        for a in answers:
            scores = overlap(a.logits, a.target, a.valid).tolist()
            for place, row in enumerate(a.rows):
                logits, truth = a.logits[place].cpu().numpy(), a.target[place].cpu().numpy() >= 0.5
                mask = (logits > 0) & (a.valid[place].cpu().numpy() > 0)
                click = correcting_click(mask, truth)
                if count == 0 and click is None:
                    continue
                curves.setdefault(row, []).append(scores[place])
                if click is None or count == CLICKS:
                    continue
                spot = (click[0] + np.array(batch.windows[row][:2], np.float32))[None]
                prompts[row] = with_clicks(
                    prompts[row], spot, [click[1]], first.setdefault(row, logits), fault_at(mask, truth, *click)
                )
                rows.append(row)
        if not rows:
            break
        asked = Batch(batch.inputs, batch.text, prompts, batch.strip, batch.windows, batch.colours)
        with torch.inference_mode():
            answers = answer(network, embedding, asked, rows, hands)
    return [curve + [curve[-1]] * (CLICKS + 1 - len(curve)) for curve in curves.values()]
