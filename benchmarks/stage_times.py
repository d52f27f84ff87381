"""Seconds by stage on one photograph-like scene: `python benchmarks/stage_times.py [--segmenter NAME] [--runs 5]`.

640 x 480 pixels, 5 words, 30 characters, models loaded and warm; the median of the runs, as a Markdown table. The last
column is a change of the vote threshold alone, with the earlier stages reused.
"""

from __future__ import annotations

import argparse
import os
import statistics

from charsam.pipeline import CharSAM
from charsam.scenes import make_scene
from charsam.segmenters import DEFAULT, NAMES
from charsam.trace import Settings, Stage, Trace
from charsam.types import Word

WORDS = ("GOLDEN", "Harbour", "BAKERY", "Coffee", "OPEN8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segmenter", choices=NAMES, default=DEFAULT)
    parser.add_argument("--runs", type=int, default=5)
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
    print(f"| all | {_total(whole):.2f} | {_total(late):.2f} |")


def _median(traces: list[Trace], stage: Stage) -> float:
    return statistics.median(trace.timings[stage] for trace in traces)


def _total(traces: list[Trace]) -> float:
    return statistics.median(sum(trace.timings.values()) for trace in traces)


if __name__ == "__main__":
    main()
