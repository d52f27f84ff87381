"""What learning brings to simulated labs, and to real images: IoU after so many corrected words.

    python benchmarks/learning.py labs --out RESULTS.json [--labs hollow brass …] [--words 5 10 20 40]
    python benchmarks/learning.py folders A B --out RESULTS.json     # A teaches, B is scored, and the other way round
    python benchmarks/learning.py plot RESULTS.json docs/learning.svg

Labs are those of `lab_scenes.py`. Every lab teaches with the first words of its scenes and is scored on 100 words of
other scenes; the oracle of a lab is the right masks as the strips of the segmenter can show them. The gap to it that
is closed is told beside the IoU. Folders are in charsam's own format, with true masks.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from lab_scenes import LABS, lab_scene

from charsam.cgr.masks import exclusive_masks
from charsam.datasets.registry import open_dataset
from charsam.learning.learn import SECONDS, Ordinary, learn
from charsam.learning.lessons import covered
from charsam.learning.seen import iou, see, with_masks
from charsam.learning.truth import taught_sample
from charsam.learning.values import TaughtPicture, TaughtWord
from charsam.pipeline import CharSAM
from charsam.segmenters.compact_words import CompactEmbedding
from charsam.segmenters.learned import LearnedCard
from charsam.segmenters.placing import in_image
from charsam.types import ImageArray

TEACHES, ASIDE = 100, 5000
"""Seeds of the first scenes that teach, and of those kept aside."""
SCORED: Final = 100
SURE: Final = 12.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("labs", "folders", "plot"))
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--labs", nargs="*", default=list(LABS))
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="that a learning may take; more on a busy machine"
    )
    parser.add_argument("--words", nargs="*", type=int, default=[5, 10, 20, 40])
    args = parser.parse_args()
    if args.what == "plot":
        source, target = args.paths
        target.write_text(plot(json.loads(source.read_text())))
        return
    pipeline = CharSAM()
    found = (
        folders(pipeline, args.paths[0], args.paths[1], args.seconds)
        if args.what == "folders"
        else labs(pipeline, args.labs, args.words, args.seconds)
    )
    rows = []
    for row in found:
        rows.append(row)
        print(json.dumps(row), flush=True)
        args.out.write_text(json.dumps(rows, indent=1))


def labs(pipeline: CharSAM, names: list[str], words: list[int], seconds: float) -> Iterator[dict[str, Any]]:
    ordinary = Ordinary(pipeline)
    aside = {lab: lab_pictures(lab, ASIDE, SCORED) for lab in names}
    best = {lab: oracle(pipeline, pictures) for lab, pictures in aside.items()}
    for count, lab in itertools.product(words, names):
        started = time.process_time()
        card = learn(
            lab_pictures(lab, TEACHES, count),
            name=f"{lab} {count}",
            aside=aside[lab],
            pipeline=pipeline,
            ordinary=ordinary,
            fewest=1,
            seconds=seconds,
        ).card
        spent = round(time.process_time() - started)
        yield {"lab": lab, "words": count, "oracle": round(best[lab], 4), **scores(card, best[lab]), "cpu": spent}


def folders(pipeline: CharSAM, first: Path, second: Path, seconds: float) -> Iterator[dict[str, Any]]:
    halves = {path: folder_pictures(pipeline, path) for path in (first, second)}
    for teacher, scored in ((first, second), (second, first)):
        card = learn(halves[teacher], name=teacher.name, aside=halves[scored], pipeline=pipeline, seconds=seconds).card
        yield {"teaches": teacher.name, "words": card.words, **scores(card, None), "seconds": card.seconds}


def scores(card: LearnedCard, best: float | None) -> dict[str, Any]:
    kept = card.kept
    row: dict[str, Any] = {
        "before": kept.iou_before, "after": kept.iou_after, "fg before": kept.fg_before, "fg after": kept.fg_after,
        "check before": card.check.iou_before, "check after": card.check.iou_after,
        "edge": card.edge, "reminded": card.reminded, "better": card.better,
    }  # fmt: skip
    if best is not None:
        row["closed"] = round((kept.iou_after - kept.iou_before) / max(best - kept.iou_before, 1e-6), 3)
    return row


def lab_pictures(lab: str, first: int, count: int) -> list[TaughtPicture]:
    """The scenes of a lab that hold so many words; of the last one only as many as are wanted."""
    pictures: list[TaughtPicture] = []
    seed, left = first, count
    while left > 0:
        scene = lab_scene(lab, seed)
        masks = with_masks(scene.words, scene.character_mask)
        words = [TaughtWord(word, found) for word, found in zip(scene.words, masks, strict=True)][:left]
        pictures.append(TaughtPicture(f"{lab} {seed}", partial(_same, scene.image), tuple(words)))
        seed, left = seed + 1, left - len(words)
    return pictures


def folder_pictures(pipeline: CharSAM, root: Path) -> list[TaughtPicture]:
    found = (taught_sample(sample, pipeline) for sample in open_dataset("native", root).samples())
    return [picture for picture in found if picture is not None and picture.count()]


def oracle(pipeline: CharSAM, pictures: list[TaughtPicture]) -> float:
    """The mean IoU of a segmenter that knows how far each letter covers every pixel of the finest strip."""
    values: list[float] = []
    for picture in pictures:
        seen = see(pipeline, picture)
        if seen is None or not isinstance(seen.trace.embedding, CompactEmbedding):
            continue
        canvas = np.zeros((*seen.shape, 1), np.uint8)
        maps, right = [], []
        for (number, _), mask in zip(seen.places, seen.masks, strict=True):
            word = seen.trace.embedding.words[number]
            view = word.views[-1]
            if mask is not None:
                shown = (covered(canvas, mask, word.frame, view.regions.zoom, 0.0) - 0.5) * np.float32(SURE)
                window = (0, 0, shown.shape[1], shown.shape[0])
                strip = view.regions.strip.shape
                maps.append(in_image(shown, window, strip, word.frame, word.image, word.window, word.coordinates()))
                right.append(mask)
        values += [iou(a, b) for a, b in zip(exclusive_masks(maps, seen.shape), right, strict=True)]
    return float(np.mean(values))


def _same(image: ImageArray) -> ImageArray:
    return image


def plot(rows: list[dict[str, Any]]) -> str:
    """The curves as SVG: a panel for each lab, IoU over corrected words, the oracle dashed."""
    labs = list(dict.fromkeys(row["lab"] for row in rows))
    width, height, left, top = 230, 170, 44, 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {3 * width + 10} {-(-len(labs) // 3) * height + 24}" '
        'font-family="sans-serif" font-size="11" fill="#333">'
    ]
    for place, lab in enumerate(labs):
        own = sorted((row for row in rows if row["lab"] == lab), key=lambda row: row["words"])
        x0, y0 = place % 3 * width + left, place // 3 * height + top
        w, h = width - left - 16, height - top - 34
        points = [(0, own[0]["before"]), *((row["words"], row["after"]) for row in own)]
        low = min(0.4, *(value for _, value in points)) - 0.02
        most = max(count for count, _ in points)

        def at(count: float, value: float) -> str:
            return f"{x0 + w * count / most:.1f},{y0 + h * (1 - (value - low) / (1 - low)):.1f}"  # noqa: B023

        parts.append(f'<text x="{x0}" y="{y0 - 10}" font-weight="bold">{lab}</text>')
        parts.append(f'<path d="M{x0},{y0}V{y0 + h}H{x0 + w}" fill="none" stroke="#999"/>')
        best = own[0]["oracle"]
        parts.append(f'<path d="M{at(0, best)}L{at(most, best)}" stroke="#666" stroke-dasharray="4 3" fill="none"/>')
        parts.append(f'<path d="M{"L".join(at(*p) for p in points)}" stroke="#0072b2" stroke-width="2" fill="none"/>')
        for count, value in points:
            x, y = at(count, value).split(",")
            parts.append(f'<circle cx="{x}" cy="{y}" r="3" fill="#0072b2"/>')
            parts.append(f'<text x="{x}" y="{float(y) - 6:.1f}" text-anchor="middle">{value:.2f}</text>')
            parts.append(f'<text x="{x}" y="{y0 + h + 14}" text-anchor="middle">{count}</text>')
        parts.append(f'<text x="{x0 + w / 2}" y="{y0 + h + 28}" text-anchor="middle">corrected words</text>')
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    main()
