"""Processes that make training strips, and the batches that the trainer gets of them as they come."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import numpy as np
from compact_data import HELD_OUT_SEED, TrainingStrip, make_for_ever, scene_strips
from compact_material import Material
from compact_prompts import random_prompts
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

    def take(self) -> list[TrainingStrip]:
        """The strips of the next group. Raises RuntimeError where a worker has died."""
        while True:
            try:
                strips: list[TrainingStrip] = self._made.get(timeout=5)
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
    makers: Makers, eye: Eye, rng: np.random.Generator, size: int, hands: Hands, uses: int = 1
) -> Iterator[Batch]:
    """Batches of strips of similar size for ever.

    uses: how often a strip is looked at at most, each time with other prompts: more than once only while no new ones
    are waiting.
    """
    kept: list[TrainingStrip] = []
    fresh = used = 0
    while True:
        pool: list[TrainingStrip] = []
        while len(pool) < POOL_BATCHES * size:
            if kept and used + len(pool) < uses * fresh and not makers.waiting():
                pool.append(recoloured(rng, kept[int(rng.integers(len(kept)))]))
                continue
            strips = makers.take()
            fresh += len(strips)
            pool += strips
            for strip in strips if uses > 1 else ():
                if len(kept) < KEPT:
                    kept.append(strip)
                else:
                    kept[int(rng.integers(KEPT))] = strip
        used += len(pool)
        pool.sort(key=lambda s: (s.strip.shape[0], s.strip.shape[1] + 24 * int(rng.integers(-1, 2))))
        groups = [pool[i : i + size] for i in range(0, len(pool), size)]
        for place in rng.permutation(len(groups)):
            group = groups[int(place)]
            seeds = [int(rng.integers(2**62)) for _ in group]
            prompts: Sequence[Any] = hands.map(_prompted, list(zip(seeds, group, strict=True)))
            yield collate(eye.look(group), prompts)


def recoloured(rng: np.random.Generator, strip: TrainingStrip) -> TrainingStrip:
    """The strip as it is, or with its colours exchanged, inverted, or both."""
    if rng.random() >= RECOLOURED:
        return strip
    seen = strip.strip[..., rng.permutation(3)]
    return replace(strip, strip=np.ascontiguousarray(255 - seen if rng.random() < 0.3 else seen))


def _prompted(one: tuple[int, TrainingStrip]) -> Any:
    seed, strip = one
    return random_prompts(np.random.default_rng(seed), strip, MOST_PROMPTS)
