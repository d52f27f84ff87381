"""The figures of the compact segmenter's model card: held-out generated scenes with true boxes, compared in the image.

    python tools/measure_compact.py --held-out FOLDERS [--scenes 64] [--segmenters compact colour]

FOLDERS hold fonts and photographs that were never trained on (see tools/train_compact.py). Prints a table of the prompt
modes, with the score of an oracle that knows how far each letter covers every pixel of the strip, which is
the bound of this resolution; the scores by kind of scene and by size of the text; what points do for characters that
fail without them, what a correcting click does, how often a click opens a wrongly filled hole, how often the watershed
parts two characters under one box, and how well the predicted IoU ranks the bad masks.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from compact_clicks import correcting_click, fault_at
from compact_data import sampled_coverage, scene_kind
from compact_material import held_material
from compact_prompts import true_points
from numpy.typing import NDArray
from scipy.ndimage import label
from scipy.stats import rankdata

from charsam import segmenters, weights
from charsam.cbr.regions import RegionDetector
from charsam.cbr.watershed import split_box
from charsam.cgr.masks import exclusive_masks
from charsam.cgr.prompts import character_points
from charsam.cgr.templates import shipped_templates
from charsam.cpu import tune_malloc
from charsam.directions import candidate_frames
from charsam.geometry import TEXT_HEIGHT, pixels_per_frame_pixel
from charsam.sampling import sample_map
from charsam.scenes import Scene, make_scene
from charsam.segmenters.base import Segmenter
from charsam.segmenters.compact_words import CompactEmbedding
from charsam.segmenters.placing import bias_at, in_image
from charsam.types import BoolArray, CharacterMask, FloatArray, GlyphVotes, LogitMap, PromptMode, Prompts, WordFrame

SEED = 7_000_000
HEIGHTS = (16, 24, 40, 72)
"""Heights of word polygons, in image pixels, by which words are grouped."""
FAILS_BELOW = 0.5
LEAST_HOLE = 8
LEAST_DEPTH = 1.5
"""Image pixels from a hole's middle to its rim."""
LONGEST = 25.0
"""Most times the square of that depth of a hole's area: the seams of striped letters run on, and are no holes to click
on."""
FILLED, EMPTIED = 0.5, 0.2
ROWS = ("P_char", "P_char+pos", "P_char+pos+neg", "true pos", "true pos+neg")


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One character of a scene: its word, true box in the word frame, votes, and the points of each row of ROWS."""

    value: int
    word: int
    box: FloatArray
    votes: GlyphVotes | None
    points: dict[str, tuple[FloatArray, FloatArray]]


@dataclass(slots=True)
class Tally:
    """Sums over all scenes for one segmenter. Scores by row of ROWS, parallel over the characters."""

    counts: dict[str, list[int]] = field(default_factory=dict)
    groups: dict[str, list[int]] = field(default_factory=dict)
    scores: dict[str, list[float]] = field(default_factory=lambda: {row: [] for row in ROWS})
    quality: list[float] = field(default_factory=list)
    clicked: list[tuple[float, float, float]] = field(default_factory=list)
    holes: list[bool] = field(default_factory=list)
    pairs: list[tuple[float, float]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def targets_of(scene: Scene, frames: list[WordFrame], rng: np.random.Generator) -> list[Target]:
    templates = shipped_templates()
    found = []
    value = 0
    for index, (word, frame) in enumerate(zip(scene.words, frames, strict=True)):
        for character in word.characters:
            value += 1
            corners = frame.to_frame(character.polygon)
            box = np.concatenate([corners.min(0), corners.max(0)]).astype(np.float32)
            votes = templates.votes(character.category, 80)
            coverage = sampled_coverage(scene.character_mask == value, frame)
            points = {
                str(mode): (made.positive, made.negative)
                for mode in (PromptMode.P_CHAR, PromptMode.P_CHAR_POS, PromptMode.P_CHAR_POS_NEG)
                for made in [character_points(votes, box, mode, 0.6, 4)]
            }
            positive, negative = true_points(rng, coverage >= 128, box, 2, 2)
            points |= {"true pos": (positive, negative[:0]), "true pos+neg": (positive, negative)}
            found.append(Target(value, index, box, votes, points))
    return found


def prompts_of(targets: list[Target], row: str) -> Prompts:
    most = max(len(p) + len(n) for p, n in (t.points[row] for t in targets))
    points, labels = np.zeros((len(targets), most, 2), np.float32), np.full((len(targets), most), -1, np.int8)
    votes: list[GlyphVotes | None] = []
    for i, target in enumerate(targets):
        positive, negative = target.points[row]
        points[i, : len(positive) + len(negative)] = np.concatenate([positive, negative])
        labels[i, : len(positive)], labels[i, len(positive) : len(positive) + len(negative)] = 1, 0
        prior = target.votes if row in ROWS[1:3] and len(positive) else None
        if prior is not None and row == "P_char+pos":
            prior = replace(prior, hole=np.zeros_like(prior.hole))
        votes.append(prior)
    words = np.array([t.word for t in targets], np.int64)
    clicks = np.full(labels.shape, row.startswith("true"))
    return Prompts(words, np.stack([t.box for t in targets]), points, labels, tuple(votes), clicks)


def with_click(prompts: Prompts, row: int, place: FloatArray, label_: int) -> Prompts:
    """Prompt `row` alone, with one more point, by hand."""
    points = np.concatenate([prompts.points[row], place[None]])[None].astype(np.float32)
    labels = np.append(prompts.labels[row], np.int8(label_))[None]
    clicks = (np.arange(labels.shape[1]) == labels.shape[1] - 1)[None]
    alone = slice(row, row + 1)
    return Prompts(prompts.word[alone], prompts.boxes[alone], points, labels, (prompts.votes[row],), clicks)


def overlap(a: BoolArray, b: BoolArray) -> float:
    return float((a & b).sum() / max(int((a | b).sum()), 1))


def drawn(mask: CharacterMask, shape: tuple[int, ...]) -> BoolArray:
    canvas = np.zeros(shape, np.bool_)
    h, w = mask.pixels.shape
    canvas[mask.y : mask.y + h, mask.x : mask.x + w] = mask.pixels
    return canvas


def measure(
    segmenter: Segmenter, kind: str | None, scene: Scene, frames: list[WordFrame], encoded: object, tally: Tally
) -> None:
    truth = scene.character_mask
    targets = targets_of(scene, frames, np.random.default_rng(0))
    inner = [np.array([f.margin, f.margin, f.width - f.margin, f.height - f.margin], np.float32) for f in frames]
    whole = Prompts(
        np.arange(len(frames)), np.stack(inner), np.zeros((len(frames), 0, 2), np.float32),
        np.zeros((len(frames), 0), np.int8),
    )  # fmt: skip
    text = [drawn(m, truth.shape) for m in exclusive_masks(segmenter.segment(encoded, whole).logits, truth.shape)]
    _count(tally.counts, "B", np.logical_or.reduce(text), truth > 0)
    if isinstance(encoded, CompactEmbedding):
        logits = _oracle(encoded, truth, targets)
        masks = [drawn(m, truth.shape) for m in exclusive_masks(logits, truth.shape)]
        _count(tally.counts, "oracle", np.logical_or.reduce(masks), truth > 0)
    for row in ROWS:
        prompts = prompts_of(targets, row)
        answer = segmenter.segment(encoded, prompts)
        masks = [drawn(m, truth.shape) for m in exclusive_masks(answer.logits, truth.shape)]
        _count(tally.counts, row, np.logical_or.reduce(masks), truth > 0)
        tally.scores[row] += [overlap(m, truth == t.value) for m, t in zip(masks, targets, strict=True)]
        if row == "P_char+pos+neg":
            tally.quality += [float(q) for q in answer.quality]
            _count(tally.groups, f"scenes of kind {kind or 'mixture'}", np.logical_or.reduce(masks), truth > 0)
            _by_height(tally, frames, truth, targets, masks)
            _clicks(segmenter, encoded, frames, truth, targets, prompts, answer.logits, masks, tally)
    _pairs(segmenter, encoded, frames, targets, tally)


def _count(counts: dict[str, list[int]], row: str, mask: BoolArray, truth: BoolArray) -> None:
    both = counts.setdefault(row, [0, 0])
    both[0] += int((mask & truth).sum())
    both[1] += int((mask | truth).sum())


def _by_height(
    tally: Tally, frames: list[WordFrame], truth: NDArray[np.uint16], targets: list[Target], masks: list[BoolArray]
) -> None:
    """Every word's pixels, counted by the height of its polygon."""
    for index, frame in enumerate(frames):
        height = TEXT_HEIGHT * pixels_per_frame_pixel(frame)
        group = next((f"words lower than {h} px" for h in HEIGHTS if height < h), f"words of {HEIGHTS[-1]} px or more")
        mine = [i for i, target in enumerate(targets) if target.word == index]
        own = np.isin(truth, [targets[i].value for i in mine])
        _count(tally.groups, group, np.logical_or.reduce([masks[i] for i in mine]), own)


def _oracle(encoded: CompactEmbedding, truth: NDArray[np.uint16], targets: list[Target]) -> list[LogitMap]:
    """What a network would answer that knew how far each character covers every pixel of its strip."""
    found = []
    for target in targets:
        word = encoded.words[target.word]
        view = word.views[-1]
        share = sampled_coverage(truth == target.value, word.frame, view.regions.zoom).astype(np.float32) / 255
        share = np.clip(share, 0.002, 0.998)
        h, w = share.shape
        logits = np.asarray(np.log(share / (1 - share)) + bias_at(view.scale), np.float32)
        window = (0, 0, w, h)
        found.append(in_image(logits, window, (h, w), word.frame, word.image, word.window, word.coordinates()))
    return found


def _clicks(
    segmenter: Segmenter, encoded: object, frames: list[WordFrame], truth: NDArray[np.uint16], targets: list[Target],
    prompts: Prompts, logits: Sequence[LogitMap], masks: list[BoolArray], tally: Tally,
) -> None:  # fmt: skip
    """A correcting click on each faulty mask, and a click into each wrongly filled hole. What is told of the first is
    the IoU before it, after it, and if it mended the fault that it is on, and nothing else.
    """

    def asked(row: int, place: NDArray[np.floating], label_: int) -> BoolArray:
        at = frames[targets[row].word].to_frame(np.asarray(place, np.float32)[None])[0]
        start = time.perf_counter()
        answer = segmenter.segment(encoded, with_click(prompts, row, at, label_))
        tally.seconds.append(time.perf_counter() - start)
        others = [answer.logits[0] if index == row else own for index, own in enumerate(logits)]
        return drawn(exclusive_masks(others, truth.shape)[row], truth.shape)

    for row, (target, mask) in enumerate(zip(targets, masks, strict=True)):
        own = truth == target.value
        click = correcting_click(mask, own)
        if click is not None:
            mended = mask ^ fault_at(mask, own, *click)
            tally.clicked.append((overlap(mask, own), overlap(asked(row, *click), own), overlap(mended, own)))
        regions, count = label(~own)
        outside = set(np.unique(np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]])))
        for number in set(range(1, count + 1)) - outside:
            hole = regions == number
            if hole.sum() < LEAST_HOLE or mask[hole].mean() <= FILLED:
                continue
            depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
            if depth.max() < LEAST_DEPTH or hole.sum() > LONGEST * depth.max() ** 2:
                continue
            y, x = np.unravel_index(int(depth.argmax()), depth.shape)
            tally.holes.append(bool(asked(row, np.array([x + 0.5, y + 0.5]), 0)[hole].mean() < EMPTIED))


def _pairs(segmenter: Segmenter, encoded: object, frames: list[WordFrame], targets: list[Target], tally: Tally) -> None:
    """Two neighbours under one box, split by the watershed; and, to compare with, cut half-way between them."""
    for left, right in itertools.pairwise(targets):
        frame = frames[left.word]
        if left.word != right.word or frame.stacked:
            continue
        box = np.concatenate([np.minimum(left.box[:2], right.box[:2]), np.maximum(left.box[2:], right.box[2:])])
        none = np.zeros((1, 0, 2), np.float32)
        prompt = Prompts(np.array([left.word]), box[None], none, np.zeros((1, 0), np.int8))
        found = segmenter.segment(encoded, prompt).logits[0]
        logits = sample_map(found.values, (found.x, found.y), frame, box, -12.0)
        scale = logits.shape[1] / max(float(box[2] - box[0]), 1e-6)
        centres = np.array([(b[0] + b[2]) / 2 - box[0] for b in (left.box, right.box)], np.float32)
        if centres[1] - centres[0] < 2:
            continue
        parts = split_box(logits, np.asarray(centres * scale, np.float32)) / np.float32(scale) + np.tile(box[:2], 2)
        middle = box[0] + centres.mean()
        halves = (np.array([box[0], box[1], middle, box[3]]), np.array([middle, box[1], box[2], box[3]]))
        split = min(_box_iou(part, t.box) for part, t in zip(parts, (left, right), strict=True))
        tally.pairs.append((split, min(_box_iou(part, t.box) for part, t in zip(halves, (left, right), strict=True))))


def _box_iou(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    shared = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return float(shared / max((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared, 1e-9))


def report(name: str, tally: Tally) -> None:
    print(
        f"\n{name}: {len(tally.quality)} characters\n\n| prompts | fgIoU | mean IoU of a character | of the failing |"
    )
    print("|---|---|---|---|")
    alone = np.array(tally.scores["P_char"])
    failing = alone < FAILS_BELOW
    for row in ("B", *ROWS, "oracle"):
        if row not in tally.counts:
            continue
        hit, union = tally.counts[row]
        scores = np.array(tally.scores[row]) if row in ROWS else None
        mean = "–" if scores is None else f"{scores.mean():.3f}"
        of_failing = "–" if scores is None or not failing.any() else f"{scores[failing].mean():.3f}"
        print(f"| {row} | {hit / union:.3f} | {mean} | {of_failing} |")
    print("\n| with P_char+pos+neg | fgIoU |\n|---|---|")
    for group, (hit, union) in sorted(tally.groups.items()):
        print(f"| {group} | {hit / max(union, 1):.3f} |")
    print(f"\n{failing.sum()} characters fail (IoU < {FAILS_BELOW}) with their box alone; of these")
    for before, after in (("P_char", "P_char+pos"), ("P_char+pos", "P_char+pos+neg"), ("P_char", "true pos"),
                          ("true pos", "true pos+neg")):  # fmt: skip
        change = (np.array(tally.scores[after]) - np.array(tally.scores[before]))[failing]
        print(f"  {before} -> {after}: {(change > 0.02).sum()} better, {(change < -0.02).sum()} worse")
    clicks = np.array(tally.clicked)
    poor = clicks[:, 0] < FAILS_BELOW
    for which, kind in ((slice(None), "faulty masks"), (poor, "of them failing")):
        first, then, mended = clicks[which].mean(0) if len(clicks[which]) else (np.nan,) * 3
        harmed = int((clicks[which, 1] < clicks[which, 0] - 0.01).sum())
        print(
            f"one correcting click, {len(clicks[which])} {kind}: {first:.3f} -> {then:.3f}, {harmed} made worse "
            f"(with its fault mended and nothing else: {mended:.3f})"
        )
    print(f"wrongly filled holes emptied by a click: {sum(tally.holes)} of {len(tally.holes)}")
    pairs = np.array(tally.pairs)
    for least in (0.5, 0.7):
        share, halves = (pairs >= least).mean(0)
        print(f"pairs parted, both boxes at IoU {least}: {share:.3f} (cut half-way: {halves:.3f}; {len(pairs)} pairs)")
    bad = np.array(tally.scores["P_char+pos+neg"]) < FAILS_BELOW
    ranks = rankdata(-np.array(tally.quality))
    auroc = (ranks[bad].sum() - bad.sum() * (bad.sum() + 1) / 2) / max(bad.sum() * (~bad).sum(), 1)
    print(f"predicted IoU ranks the {bad.sum()} bad masks first: AUROC {auroc:.3f}")
    print(f"one prompt with a click: median {1000 * np.median(tally.seconds):.0f} ms")


def held_out_scenes(folders: Sequence[Path], count: int) -> Iterator[tuple[str | None, Scene, list[WordFrame]]]:
    """Scenes of the folders' fonts and photographs, with their kinds and the frames of their words."""
    held = held_material(folders)
    for seed in range(SEED, SEED + count):
        kind = scene_kind(np.random.default_rng([seed, 7]))
        scene = make_scene(seed, fonts=held.fonts["latin"], photographs=held.photographs, kind=kind)
        yield kind, scene, [candidate_frames(word.polygon, len(word.characters))[0] for word in scene.words]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held-out", type=Path, nargs="+", required=True, help="folders of fonts and photographs")
    parser.add_argument("--scenes", type=int, default=64)
    parser.add_argument("--segmenters", nargs="+", default=["compact", "colour"])
    args = parser.parse_args()
    tune_malloc()
    detector = RegionDetector(weights.locate("craft"))
    loaded = {name: segmenters.load(name) for name in args.segmenters}
    tallies = {name: Tally() for name in loaded}
    for kind, scene, frames in held_out_scenes(args.held_out, args.scenes):
        regions = detector.detect(scene.image, frames, features=True)
        for name, segmenter in loaded.items():
            measure(segmenter, kind, scene, frames, segmenter.encode(scene.image, regions), tallies[name])
    for name, tally in tallies.items():
        report(name, tally)


if __name__ == "__main__":
    main()
