"""Finding words: seconds by stage, and quality on generated scenes: `python benchmarks/detection.py [--scenes 40]`.

First a scene of 640 x 480 pixels and the same enlarged to 4000 x 3000, models loaded and warm, median of the runs: from
the photo to its words by stage, and to its masks, by the clock and, in brackets, of the processor (which counts all
cores, and drifts less on a busy machine); with the memory that the process takes at most. `--small-only` leaves the
large photo out. Then, for `--scenes` generated scenes, precision, recall and F at polygon IoU 0.5, how many curved
words were found, and the words read right.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.cbr.recogniser import Recogniser
from charsam.cbr.regions import RegionDetector
from charsam.evaluation.word_scores import WordCounts, count_words, match_words
from charsam.finding import letters
from charsam.finding.duplicates import chosen_words
from charsam.finding.finder import WordFinder
from charsam.finding.word_ends import with_ends
from charsam.pipeline import CharSAM
from charsam.scenes import make_scene
from charsam.types import FloatArray, ImageArray
from charsam.weights import locate

WORDS = ("GOLDEN", "Harbour", "BAKERY", "Coffee", "OPEN8")
FIRST_SEED = 10_000
T = TypeVar("T")
Spent = NDArray[np.float64]
"""(2,): seconds by the clock and of the processor."""


class TimedSight:
    """CRAFT that counts the seconds it takes."""

    def __init__(self, sight: RegionDetector) -> None:
        self.sight, self.spent = sight, np.zeros(2)

    def heat(self, image: ImageArray) -> tuple[FloatArray, FloatArray]:
        heat, spent = timed(lambda: self.sight.heat(image))
        self.spent += spent
        return heat


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--small-only", action="store_true")
    args = parser.parse_args()
    sight, recogniser = TimedSight(RegionDetector(locate("craft"))), Recogniser()
    finder, pipeline = WordFinder(sight), CharSAM()
    scene = make_scene(7, size=(640, 480), words=WORDS).image
    large = np.asarray(cv2.resize(scene, (4000, 3000), interpolation=cv2.INTER_CUBIC), np.uint8)
    columns = []
    for image in (scene,) if args.small_only else (scene, large):
        runs = [stages(finder, sight, recogniser, image) for _ in range(args.runs + 1)][1:]
        masks = [timed(partial(pipeline.run, image))[1] for _ in range(args.runs + 1)][1:]
        column: dict[str, Spent] = {name: np.median([run[name] for run in runs], axis=0) for name in runs[0]}
        everything = np.sum(list(column.values()), axis=0)
        columns.append({**column, "words, all": everything, "photo to masks": np.median(masks, axis=0)})
    names = ("640 x 480", "4000 x 3000")[: len(columns)]
    print(f"| stage | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for name in columns[0]:
        cells = (f"{column[name][0]:.2f} ({column[name][1]:.2f})" for column in columns)
        print(f"| {name} | {' | '.join(cells)} |")
    print(f"\nmemory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB\n")
    quality(pipeline, range(args.seed, args.seed + args.scenes))


def stages(finder: WordFinder, sight: TimedSight, recogniser: Recogniser, image: ImageArray) -> dict[str, Spent]:
    """What each stage of one search takes."""
    sight.spent = np.zeros(2)
    seen, seeing = timed(lambda: finder.seen_words(image))
    read, reading = timed(lambda: letters.read_words(image, seen, recogniser))
    lines, lining = timed(lambda: finder.lines.find_words(image, recogniser))
    ends, ending = timed(lambda: with_ends(image, [*read, *lines], recogniser))
    _, choosing = timed(lambda: chosen_words(ends))
    return {
        "CRAFT": sight.spent,
        "characters, words, outlines": seeing - sight.spent,
        "reading": reading,
        "PP-OCR's lines, read": lining,
        "ends": ending,
        "choice": choosing,
    }


def quality(pipeline: CharSAM, seeds: range) -> None:
    """Print the scores on generated scenes."""
    total, curved, curved_found = WordCounts(), 0, 0
    for seed in seeds:
        scene = make_scene(seed, kind="hard" if seed % 2 else None)
        found = pipeline.find_words(scene.image)
        total += count_words(scene.words, found)
        matches, _ = match_words(scene.words, found)
        curved += sum(len(word.polygon) > 4 for word in scene.words)
        curved_found += sum(len(scene.words[index].polygon) > 4 for index, _ in matches)
    if not len(seeds):
        return
    print(
        f"{len(seeds)} scenes, {total.true} words: recall {total.recall:.3f}, precision {total.precision:.3f}, "
        f"F {total.f_score:.3f}; curved {curved_found} of {curved}; read right {total.accuracy:.3f}, "
        f"case ignored {total.accuracy_folded:.3f}"
    )


def timed(work: Callable[[], T]) -> tuple[T, Spent]:
    start = np.array([time.perf_counter(), time.process_time()])
    result = work()
    return result, np.array([time.perf_counter(), time.process_time()]) - start


if __name__ == "__main__":
    main()
