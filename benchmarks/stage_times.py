"""Seconds by stage on one photograph-like scene: `python benchmarks/stage_times.py [--segmenter NAME] [--runs 5]`.

640 x 480 pixels, 5 words, 30 characters, models loaded and warm; the median of the runs, as a Markdown table. The last
column is a change of the vote threshold alone, with the earlier stages reused. Then what the segmenter itself takes:
embedding the words, masks of all characters, a new mask of one; with the processor time in brackets, which counts all
cores and drifts less on a busy machine. `--beside-sam` times official SAM's ViT-B on the same prompts in the same run,
with random weights where there is no checkpoint: they cost the same.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from charsam import weights
from charsam.cgr.annotation import character_prompts, places_of
from charsam.pipeline import CharSAM
from charsam.scenes import make_scene
from charsam.segmenters import DEFAULT, NAMES, load
from charsam.segmenters.base import Segmenter
from charsam.trace import Settings, Stage, Trace
from charsam.types import Prompts, Word

WORDS = ("GOLDEN", "Harbour", "BAKERY", "Coffee", "OPEN8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segmenter", choices=NAMES, default=DEFAULT)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--beside-sam", action="store_true")
    args = parser.parse_args()
    scene = make_scene(7, size=(640, 480), words=WORDS)
    words = [Word(word.polygon, word.text) for word in scene.words]
    count = sum(len(word.text or "") for word in words)
    pipeline = CharSAM()
    settings = Settings(segmenter=args.segmenter)
    first = pipeline.run(scene.image, words, settings)
    whole = [pipeline.run(scene.image, words, settings) for _ in range(args.runs)]
    late = [
        pipeline.run(scene.image, words, Settings(segmenter=args.segmenter, vote_threshold=0.7), previous=first)
        for _ in range(args.runs)
    ]
    print(f"{args.segmenter}: 640 x 480, {len(words)} words, {count} characters, {os.cpu_count()} cores\n")
    print("| stage | seconds | after a change of the vote threshold |\n|---|---|---|")
    for stage in Stage:
        if stage is not Stage.FIND:
            print(f"| {stage} | {_median(whole, stage):.2f} | {_median(late, stage):.2f} |")
    print(f"| all | {_total(whole):.2f} | {_total(late):.2f} |\n")
    seen = pipeline.run(scene.image, words, settings, until=Stage.REGIONS)  # a whole run lets CRAFT's features go
    first = replace(first, regions=seen.regions)
    own = segmenter_times(pipeline.segmenter(args.segmenter), first, args.runs)
    print("| segmenter | embed | masks of all characters | one mask again |\n|---|---|---|---|")
    print(_row(args.segmenter, own))
    if args.beside_sam:
        beside = segmenter_times(_sam(), first, 1)
        print(_row("sam_vit_b", beside))
        ratios = [(beside[0][i] + beside[1][i]) / (own[0][i] + own[1][i]) for i in range(2)]
        print(
            f"\nsam_vit_b, embedding and masks: {ratios[0]:.0f} times as long, {ratios[1]:.0f} times the processor time"
        )


Seconds = tuple[float, float]
"""By the clock, and of the processor."""


def segmenter_times(segmenter: Segmenter, trace: Trace, runs: int) -> tuple[Seconds, Seconds, Seconds]:
    """For embedding a trace's words, for the masks of all its characters, and for one character's mask."""
    prompts = character_prompts(trace, places_of(trace))
    rows = slice(0, 1)
    one = Prompts(
        prompts.word[rows], prompts.boxes[rows], prompts.points[rows], prompts.labels[rows], prompts.votes[rows]
    )
    embedded = segmenter.encode(trace.image, trace.regions)
    segmenter.segment(embedded, one)
    again = _timed(lambda: segmenter.segment(embedded, one), max(runs, 3))
    masks = _timed(lambda: segmenter.segment(embedded, prompts), runs)
    # Changed in one pixel at a time, for SAM remembers the images it has embedded.
    images = [trace.image.copy() for _ in range(runs)]
    for number, image in enumerate(images, start=1):
        image[0, 0] = number
    left = iter(images)
    return _timed(lambda: segmenter.encode(next(left), trace.regions), runs), masks, again


def _timed(work: Callable[[], object], runs: int) -> Seconds:
    spent = []
    for _ in range(runs):
        start = time.perf_counter(), time.process_time()
        work()
        spent.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    return statistics.median(clock for clock, _ in spent), statistics.median(used for _, used in spent)


def _sam() -> Segmenter:
    if weights.find("sam_vit_b"):
        return load("sam_vit_b")
    from segment_anything import sam_model_registry

    from charsam.segmenters.sam import SamSegmenter

    return SamSegmenter(sam_model_registry["vit_b"](), "sam_vit_b")


def _row(name: str, times: tuple[Seconds, Seconds, Seconds]) -> str:
    return f"| {name} | " + " | ".join(f"{clock:.3f} ({used:.3f})" for clock, used in times) + " |"


def _median(traces: list[Trace], stage: Stage) -> float:
    return statistics.median(trace.timings[stage] for trace in traces)


def _total(traces: list[Trace]) -> float:
    return statistics.median(sum(trace.timings.values()) for trace in traces)


if __name__ == "__main__":
    main()
