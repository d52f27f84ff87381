"""Processes that make training strips with prompts, and the batches that the trainer gets of them as they come."""

from __future__ import annotations

import multiprocessing
import os
import queue
from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from compact_data import HELD_OUT_SEED, TRAINING_SEED, TrainingStrip, scene_strips
from compact_material import Material
from compact_prompts import TrainingPrompt, random_prompts
from compact_seeing import Eye
from compact_steps import Batch, Hands, collate

GROUP = 8
"""Scenes that a worker makes before it hands on their strips."""
WAITING = 64
"""Groups that may wait for the trainer."""
POOL_BATCHES = 6
"""So many batches' strips are sorted by size together, so that little of a batch is padding."""
MOST_PROMPTS = 3
KEPT = 12_000
"""Strips that are kept to be looked at again."""
RECOLOURED = 0.6
"""Share of the strips looked at again that have other colours."""


Prompted = tuple[TrainingStrip, list[TrainingPrompt]]


def make_for_ever(material: Material, seeds: Any, made: Any) -> None:
    """A worker process: for each (first, stop) from the queue `seeds`, the strips of those scenes go to `made`."""
    os.nice(5)
    cv2.setNumThreads(1)
    while True:
        first, stop = seeds.get()
        group: list[Prompted] = []
        for seed in range(TRAINING_SEED + first, TRAINING_SEED + stop):
            rng = np.random.default_rng([seed, 11])
            strips = scene_strips(seed, material.fonts, material.photographs)
            group += [(strip, random_prompts(rng, strip, MOST_PROMPTS)) for strip in strips]
        made.put(group)


class Makers:
    """Worker processes that make strips for as long as the context lasts. Seeds go on from `next_seed`."""

    def __init__(self, material: Material, workers: int, next_seed: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.next_seed = next_seed
        self._seeds: Any = spawn.Queue()
        self._made: Any = spawn.Queue(WAITING)
        self._workers = [
            spawn.Process(target=make_for_ever, args=(material, self._seeds, self._made), daemon=True)
            for _ in range(workers)
        ]
        self._asked = next_seed

    def __enter__(self) -> Self:
        for worker in self._workers:
            worker.start()
        self._ask(WAITING + len(self._workers))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for worker in self._workers:
            worker.terminate()
        self._seeds.cancel_join_thread()
        self._made.cancel_join_thread()

    def _ask(self, groups: int) -> None:
        for _ in range(groups):
            self._seeds.put((self._asked, self._asked + GROUP))
            self._asked += GROUP

    def waiting(self) -> int:
        """Groups of strips that the trainer has not taken yet."""
        return int(self._made.qsize())

    def take(self) -> list[Prompted]:
        """The strips of the next group, each with prompts. Raises RuntimeError where a worker has died."""
        while True:
            try:
                strips: list[Prompted] = self._made.get(timeout=5)
            except queue.Empty:
                if not all(worker.is_alive() for worker in self._workers):
                    raise RuntimeError("a process that makes strips has died; its error is above") from None
                continue
            self.next_seed += GROUP
            self._ask(1)
            return strips


def held_strips(material: Material, count: int) -> list[TrainingStrip]:
    """The first `count` strips of the held-out scenes."""
    strips: list[TrainingStrip] = []
    seed = HELD_OUT_SEED
    while len(strips) < count:
        strips += scene_strips(seed, material.fonts, material.photographs)
        seed += 1
    return strips[:count]


def batches(
    makers: Makers, eye: Eye, rng: np.random.Generator, size: int, hands: Hands, uses: int = 1, coarse: float = 0
) -> Iterator[Batch]:
    """Batches of strips of similar size for ever.

    uses: how often a strip is looked at at most, each time with other prompts: more than once only while no new ones
    are waiting. coarse: share of the batches with coarse windows (`collate`).
    """
    kept: list[TrainingStrip] = []
    fresh = used = 0
    while True:
        pool: list[Prompted] = []
        while len(pool) < POOL_BATCHES * size:
            again = min(POOL_BATCHES * size - len(pool), uses * fresh - used - len(pool), len(kept), size)
            if again > 0 and not makers.waiting():
                chosen = [recoloured(rng, kept[int(index)]) for index in rng.integers(len(kept), size=again)]
                seeds = [int(rng.integers(2**62)) for _ in chosen]
                pool += zip(chosen, hands.map(_prompted, list(zip(seeds, chosen, strict=True))), strict=True)
                continue
            strips = makers.take()
            fresh += len(strips)
            pool += strips
            for strip, _ in strips if uses > 1 else ():
                if len(kept) < KEPT:
                    kept.append(strip)
                else:
                    kept[int(rng.integers(KEPT))] = strip
        used += len(pool)
        pool.sort(key=lambda p: (p[0].strip.shape[0], p[0].strip.shape[1] + 24 * int(rng.integers(-1, 2))))
        groups = [pool[i : i + size] for i in range(0, len(pool), size)]
        for place in rng.permutation(len(groups)):
            group = groups[int(place)]
            seen = eye.look([strip for strip, _ in group])
            yield collate(seen, [prompts for _, prompts in group], coarse=bool(rng.random() < coarse))


def recoloured(rng: np.random.Generator, strip: TrainingStrip) -> TrainingStrip:
    """The strip as it is, or with its colours exchanged, inverted, or both."""
    if rng.random() >= RECOLOURED:
        return strip
    seen = strip.strip[..., rng.permutation(3)]
    return replace(strip, strip=np.ascontiguousarray(255 - seen if rng.random() < 0.3 else seen))


def _prompted(one: tuple[int, TrainingStrip]) -> list[TrainingPrompt]:
    seed, strip = one
    return random_prompts(np.random.default_rng(seed), strip, MOST_PROMPTS)
