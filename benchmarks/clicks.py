"""What clicks mend: IoU of faulty masks after one, two and three clicks, each on the largest fault that is left.

    PYTHONPATH=tools python benchmarks/clicks.py labs [hollow filled shadow …]     # of lab_scenes.py, 60 words each
    PYTHONPATH=tools python benchmarks/clicks.py folder FOLDER                     # charsam's own format, true masks

A mask is faulty where a fault is more than a pixel deep. Beside each: if every click mended the fault that it is on,
and nothing else; and the share of masks that the first click makes worse by more than 0.01.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from compact_clicks import correcting_click, fault_at
from lab_scenes import LABS
from learning import ASIDE, folder_pictures, lab_pictures
from measure_compact import drawn, overlap

from charsam.cgr.masks import exclusive_masks
from charsam.learning.seen import SeenPicture, see_each
from charsam.pipeline import CharSAM
from charsam.segmenters.compact import CompactSegmenter, load_compact
from charsam.segmenters.compact_words import CompactEmbedding
from charsam.types import FloatArray, LogitMap

WORDS, CLICKS = 60, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("labs", "folder"))
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    pipeline, segmenter = CharSAM(), load_compact()
    print(
        "| | masks | before | after 1, 2, 3 clicks | with those faults mended | made worse |\n|---|---|---|---|---|---|"
    )
    for name in args.names or list(LABS):
        pictures = lab_pictures(name, ASIDE, WORDS) if args.what == "labs" else folder_pictures(pipeline, Path(name))
        rows = [row for seen in see_each(pipeline, pictures) for row in mended(segmenter, seen)]
        if not rows:
            print(f"| {name} | 0 | | | | |", flush=True)
            continue
        values = np.array(rows)
        first, *rest = (f"{value:.3f}" for value in values.mean(0))
        worse = float((values[:, 1] < values[:, 0] - 0.01).mean())
        after, ideal = ", ".join(rest[:CLICKS]), ", ".join(rest[CLICKS:])
        print(f"| {name} | {len(rows)} | {first} | {after} | {ideal} | {100 * worse:.0f} % |", flush=True)


def mended(segmenter: CompactSegmenter, seen: SeenPicture) -> Iterator[list[float]]:
    """Of each faulty mask the IoU before, after each click, and if each click mended its own fault alone."""
    embedding = seen.trace.embedding
    assert isinstance(embedding, CompactEmbedding)
    logits = segmenter.segment(embedding, seen.prompts).logits
    for row, (mask, right) in enumerate(zip(exclusive_masks(logits, seen.shape), seen.masks, strict=True)):
        if right is None:
            continue
        truth, now = drawn(right, seen.shape), drawn(mask, seen.shape)
        if correcting_click(now, truth) is None:
            continue
        ideal, clicks = now.copy(), []
        found, best = [overlap(now, truth)], []
        frame = embedding.words[seen.places[row][0]].frame
        for _ in range(CLICKS):
            click, other = correcting_click(now, truth), correcting_click(ideal, truth)
            if click is not None:
                clicks.append((frame.to_frame(click[0][None])[0], click[1]))
                maps = list(logits)
                maps[row] = _answered(segmenter, embedding, seen, row, clicks)
                now = drawn(exclusive_masks(maps, seen.shape)[row], seen.shape)
            if other is not None:
                ideal ^= fault_at(ideal, truth, *other)
            found.append(overlap(now, truth))
            best.append(overlap(ideal, truth))
        yield [*found, *best]


def _answered(
    segmenter: CompactSegmenter,
    embedding: CompactEmbedding,
    seen: SeenPicture,
    row: int,
    clicks: list[tuple[FloatArray, int]],
) -> LogitMap:
    one = seen.prompts.chosen(np.array([row]))
    points = np.concatenate([one.points[0], np.stack([place for place, _ in clicks])])[None].astype(np.float32)
    labels = np.concatenate([one.labels[0], [label for _, label in clicks]])[None].astype(np.int8)
    by_hand = np.arange(labels.shape[1])[None] >= one.labels.shape[1]
    prompt = replace(one, points=points, labels=labels, clicks=by_hand)
    return segmenter.segment(embedding, prompt).logits[0]


if __name__ == "__main__":
    main()
