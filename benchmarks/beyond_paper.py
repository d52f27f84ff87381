"""What the options beyond the paper change: `python benchmarks/beyond_paper.py [--scenes 32] [--unseen-fonts]`.

Each row compares two runs on the same generated scenes (the benchmark's kinds, seeds apart from those that the options
were tuned on): fgIoU and mean IoU of a character, each with its change in points and the 95 % interval of that by a
paired bootstrap over the scenes, and the AUROC of `suspicion` for bad masks. `--unseen-fonts`: the scenes are set
in fonts that have no vote. Official SAM is not run; what `zoom` would cost it in encoder passes is counted.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import rankdata

from charsam.cbr.letter_case import has_case
from charsam.cgr.annotation import annotate_trace
from charsam.cgr.templates import font_files
from charsam.evaluation.benchmark import KINDS
from charsam.evaluation.bootstrap import difference_intervals
from charsam.evaluation.metrics import CharacterCounts, ImageScore, Sum, count_pixels, figures
from charsam.pipeline import CharSAM
from charsam.scenes import Scene, make_scene
from charsam.segmenters.base import Embedding, Segmenter
from charsam.segmenters.zoom import plan_zoom
from charsam.text import characters_of
from charsam.trace import Settings, Stage, Trace
from charsam.types import ImageAnnotation, ImageArray, Prompts, Segmentation, Word, WordRegions

FIRST_SEED = 8_000_000_000
VOTING = 40
"""With `--unseen-fonts` the first so many fonts vote, and the scenes are written in the others."""
SEGMENTERS = ("compact", "colour")
MASK_CELLS = 256
COMPARED = (
    ("glyph votes as prior besides points", "no prior", "plain"),
    ("weighted votes", "plain", "weighted"),
    ("all in capitals instead of the true case", "plain", "capitals"),
    ("case resolved, all given in capitals", "capitals", "resolved"),
    ("case resolved and weighted votes", "capitals", "both"),
)
"""Label, and the two runs of which the second is compared with the first."""


@dataclass
class Tally:
    """One run's score of every scene, and its characters' mask IoUs and suspicions."""

    rows: list[list[float]] = field(default_factory=list)
    ious: list[float] = field(default_factory=list)
    suspicions: list[float] = field(default_factory=list)

    def add(self, scene: Scene, annotation: ImageAnnotation) -> None:
        """Characters are compared by their place in the scene, whatever their category."""
        truth, made = scene.character_mask, annotation.character_mask()
        visible = [value for value in range(1, len(annotation.characters) + 1) if (truth == value).any()]
        ious = [float(((truth == v) & (made == v)).sum() / ((truth == v) | (made == v)).sum()) for v in visible]
        counts = CharacterCounts(len(ious), sum(ious), 0, 0)
        self.rows.append(ImageScore(count_pixels(made > 0, truth > 0), counts).sums().tolist())
        self.ious += ious
        self.suspicions += [annotation.characters[value - 1].suspicion for value in visible]

    def sums(self) -> np.ndarray:
        return np.array(self.rows, np.float64).reshape(-1, len(Sum))

    def auroc(self) -> float:
        """The chance that a bad mask (IoU < 0.5) is more suspicious than a good one; nan where one kind is missing."""
        bad = np.array(self.ious) < 0.5
        if bad.all() or not bad.any():
            return float("nan")
        ranks = rankdata(self.suspicions)
        return float((ranks[bad].sum() - bad.sum() * (bad.sum() + 1) / 2) / (bad.sum() * (~bad).sum()))


@dataclass(slots=True, eq=False)
class WithoutPrior:
    """A segmenter that is not told the glyph votes, only the points made from them."""

    inner: Segmenter
    name: str
    wants_regions: bool = True
    wants_features: bool = False
    word_wide: bool = False
    tells_ink: bool = True

    def adapted(self, *, careful: bool, zoom: bool) -> Segmenter:
        return self

    def encode(self, image: ImageArray, words: Sequence[WordRegions]) -> Embedding:
        return self.inner.encode(image, words)

    def segment(self, embedding: Embedding, prompts: Prompts) -> Segmentation:
        return self.inner.segment(embedding, Prompts(prompts.word, prompts.boxes, prompts.points, prompts.labels))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=32)
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    parser.add_argument("--unseen-fonts", action="store_true")
    args = parser.parse_args()
    fonts = font_files()[VOTING:] if args.unseen_fonts else None
    templates = VOTING if args.unseen_fonts else 80
    pipeline = CharSAM()
    tallies = {(name, run): Tally() for name in SEGMENTERS for _, *runs in COMPARED for run in runs}
    letters = {run: [0, 0] for run in ("capitals", "resolved", "true")}
    passes, small = [], [0, 0]
    for seed in range(args.seed, args.seed + args.scenes):
        scene = make_scene(seed, kind=KINDS[seed % len(KINDS)], fonts=fonts)
        traces = _runs(pipeline, scene, templates, tallies)
        for run, trace in traces.items():
            _count_letters(letters[run], scene, trace)
        plan = plan_zoom(traces["true"].frames, scene.image.shape, MASK_CELLS)
        passes.append(plan.passes)
        zoomed = [plan.windows[place] != (0, 0, *scene.image.shape[1::-1]) for place in plan.window_of]
        small = [small[0] + sum(zoomed), small[1] + len(zoomed)]
    for name in SEGMENTERS:
        for label, before, after in COMPARED:
            print(f"{name:8} {label:42} {_compared(tallies[name, after], tallies[name, before])}")
    for run, (right, cased) in letters.items():
        print(f"letters in the right case, {run}: {right / max(cased, 1):.4f} of {cased}")
    print(
        f"zoom: {np.mean(passes):.2f} encoder passes an image instead of 1 (most: {max(passes)}); "
        f"{small[0]} of {small[1]} words are encoded from crops"
    )


def _runs(pipeline: CharSAM, scene: Scene, templates: int, tallies: dict[tuple[str, str], Tally]) -> dict[str, Trace]:
    """All runs of one scene; the traces that tell how the case was resolved: of "capitals", "resolved" and "true"."""
    true = [Word(word.polygon, word.text) for word in scene.words]
    capitals = [Word(word.polygon, "".join(_capital(c) for c in characters_of(word.text or ""))) for word in true]
    found: dict[str, Trace] = {}
    for words, plans in (
        (true, {"plain": (False, False), "weighted": (True, False)}),
        (capitals, {"capitals": (False, False)}),
        (capitals, {"resolved": (False, True), "both": (True, True)}),
    ):
        trace: Trace | None = None
        for name in SEGMENTERS:
            for run, (weighted, resolve) in plans.items():
                settings = Settings(name, templates=templates, weighted_votes=weighted, resolve_case=resolve)
                trace = pipeline.run(scene.image, words, settings, previous=trace)
                assert trace.annotation is not None
                tallies[name, run].add(scene, trace.annotation)
                found[run] = trace
                if run == "plain":
                    without = annotate_trace(trace, WithoutPrior(pipeline.segmenter(name), name))
                    tallies[name, "no prior"].add(scene, without)
    resolving = Settings("colour", resolve_case=True)
    true_resolved = pipeline.run(scene.image, true, resolving, until=Stage.READ)
    return {"capitals": found["capitals"], "resolved": found["resolved"], "true": true_resolved}


def _count_letters(counts: list[int], scene: Scene, trace: Trace) -> None:
    for true, word in zip(scene.words, trace.words, strict=True):
        for a, b in zip(characters_of(true.text or ""), characters_of(word.text or ""), strict=True):
            if has_case(a):
                counts[0] += a == b
                counts[1] += 1


def _capital(character: str) -> str:
    return character.upper() if has_case(character) else character


def _compared(after: Tally, before: Tally) -> str:
    ours, theirs = figures(after.sums().sum(0)), figures(before.sums().sum(0))
    between = difference_intervals(after.sums(), before.sums())
    parts = [
        f"{title} {ours[key]:.4f} ({100 * (ours[key] - theirs[key]):+.2f}, "
        f"{100 * between[key][0]:+.2f} to {100 * between[key][1]:+.2f})"
        for key, title in (("fgiou", "fgIoU"), ("character_iou", "character IoU"))
    ]
    return "  ".join([*parts, f"AUROC {after.auroc():.3f} (before {before.auroc():.3f})"])


if __name__ == "__main__":
    main()
