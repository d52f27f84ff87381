"""A generated dataset with planted failures of each kind, and whether inspection ranks them first.

    python tools/planted_failures.py make OUT [--images 300] [--seed 0]
    charsam annotate OUT/images --words OUT/words.json --out RESULT
    python tools/planted_failures.py measure OUT RESULT

`make` writes OUT/images, OUT/words.json (what the annotator is given), OUT/truth.json (the true masks, native format)
and OUT/planted.json. Every image has one failure: in its words (a wrong letter, a shifted polygon, two letters in one
box) or in its photo (a hole painted over, a word faded into its ground).
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from PIL import Image
from scipy import ndimage

from charsam.atomic import write_atomically
from charsam.cgr.templates import shipped_templates
from charsam.datasets.native import image_entry, words_json
from charsam.evaluation.benchmark import truth_annotation
from charsam.inspection.failures import FailureKind
from charsam.inspection.findings import WordFinding
from charsam.inspection.results import Results
from charsam.scenes import Scene, make_scene
from charsam.types import BoolArray, FloatArray, GivenCharacter, ImageArray, Word

FIRST_SEED: Final = 9_000_000_000
"""Far from the seeds of training, of its held-out scenes and of the benchmark."""
KINDS: Final = (
    FailureKind.WRONG_TEXT,
    FailureKind.SHIFTED,
    FailureKind.MERGED,
    FailureKind.FILLED,
    FailureKind.LOW_CONTRAST,
)
WHOLE_WORD: Final = frozenset({FailureKind.SHIFTED, FailureKind.LOW_CONTRAST})
"""Kinds that are of a word, not of one of its characters."""
KEPT_CONTRAST: Final = 0.12
LEAST_SIZE: Final = 14.0
"""Pixels that a character with a planted failure is high at least."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A failure: of the `character` of a `word` (their places in what the annotator is given), or of the whole word."""

    kind: FailureKind
    word: int
    character: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One image with its failure. words: what the annotator is given."""

    image: ImageArray
    words: tuple[Word, ...]
    planted: Planted


Plant = Callable[[np.random.Generator, Scene, int], Case | None]


def cases(count: int, seed: int = 0, most_words: int = 100) -> Iterator[tuple[str, Scene, Case]]:
    """(name, scene, case) of each image of the dataset; the kinds take turns. most_words: of a scene."""
    number = made = 0
    while made < count:
        scene_seed = FIRST_SEED + seed * 1_000_000 + number
        number += 1
        scene = make_scene(scene_seed)
        if len(scene.words) > most_words:
            continue
        case = planted(np.random.default_rng(scene_seed), scene, KINDS[made % len(KINDS)])
        if case is not None:
            yield f"case{made:05d}", scene, case
            made += 1


def planted(rng: np.random.Generator, scene: Scene, kind: FailureKind) -> Case | None:
    """A scene with one failure of that kind; None where no word of it will do."""
    for word in rng.permutation(len(scene.words)).tolist():
        case = _PLANTS[kind](rng, scene, int(word))
        if case is not None:
            return case
    return None


def wrong_letter(rng: np.random.Generator, scene: Scene, word: int) -> Case | None:
    """One letter of the transcription is another, which looks unlike it."""
    text = scene.words[word].text or ""
    for place in rng.permutation(len(text)).tolist():
        letter = text[place]
        pool = [
            c for c in ("ABCDEFGHKLMNPRSTUVWXYZ" if letter.isupper() else "abcdeghkmnprstuvwxyz") if _unlike(c, letter)
        ]
        if letter.isascii() and letter.isalpha() and pool and len(text) >= 3:
            wrong = text[:place] + str(rng.choice(pool)) + text[place + 1 :]
            words = _given(scene, {word: Word(scene.words[word].polygon, wrong)})
            return Case(scene.image, words, Planted(FailureKind.WRONG_TEXT, word, place))
    return None


def shifted_polygon(rng: np.random.Generator, scene: Scene, word: int) -> Case | None:
    """The word's polygon lies half a letter's height beside it."""
    polygon = scene.words[word].polygon
    if len(polygon) != 4 or len(scene.words[word].text or "") < 3:
        return None
    down = ((polygon[3] - polygon[0]) + (polygon[2] - polygon[1])) / 2
    moved = polygon + down * np.float32(rng.choice([-1, 1]) * rng.uniform(0.4, 0.55))
    height, width = scene.image.shape[:2]
    if moved.min() < 0 or (moved > [width, height]).any():
        return None
    words = _given(scene, {word: Word(moved.astype(np.float32), scene.words[word].text)})
    return Case(scene.image, words, Planted(FailureKind.SHIFTED, word))


def merged_letters(rng: np.random.Generator, scene: Scene, word: int) -> Case | None:
    """Two letters share one box, and the transcription has the first of them only."""
    given = scene.words[word]
    if len(given.characters) < 4 or len(given.polygon) != 4:
        return None
    place = int(rng.integers(0, len(given.characters) - 1))
    first, second = given.characters[place], given.characters[place + 1]
    if not (first.category.isalnum() and second.category.isalnum()):
        return None
    quad = np.stack([first.polygon[0], second.polygon[1], second.polygon[2], first.polygon[3]])
    characters = (
        *given.characters[:place],
        GivenCharacter(first.category, quad.astype(np.float32)),
        *given.characters[place + 2 :],
    )
    text = "".join(one.category for one in characters)
    words = _given(scene, {word: Word(given.polygon, text, characters=characters)})
    return Case(scene.image, words, Planted(FailureKind.MERGED, word, place))


def filled_hole(rng: np.random.Generator, scene: Scene, word: int) -> Case | None:
    """The hole of a letter is painted over in the letter's own colour."""
    before = sum(len(one.characters) for one in scene.words[:word])
    for place in rng.permutation(len(scene.words[word].characters)).tolist():
        mask = scene.character_mask == before + place + 1
        hole = ndimage.binary_fill_holes(mask) & ~mask
        if (
            hole.sum() >= max(12, 0.06 * mask.sum())
            and _height(scene.words[word].characters[place].polygon) >= LEAST_SIZE
        ):
            return Case(_painted(scene.image, mask, hole), _given(scene, {}), Planted(FailureKind.FILLED, word, place))
    return None


def faded_word(rng: np.random.Generator, scene: Scene, word: int) -> Case | None:
    """The word is nearly as its ground is."""
    before = sum(len(one.characters) for one in scene.words[:word])
    values = np.arange(before + 1, before + 1 + len(scene.words[word].characters))
    letters = np.isin(scene.character_mask, values)
    if len(values) < 3 or letters.sum() < 100:
        return None
    around = cv2.dilate(letters.astype(np.uint8), np.ones((9, 9), np.uint8))
    ground = cv2.inpaint(scene.image, around, 5, cv2.INPAINT_TELEA).astype(np.float32)
    faded = ground + KEPT_CONTRAST * (scene.image.astype(np.float32) - ground)
    soft = cv2.GaussianBlur(around.astype(np.float32), (0, 0), 1.5)[..., None]
    noise = rng.normal(0, 2.0, scene.image.shape).astype(np.float32)
    image = scene.image + soft * (faded + noise - scene.image)
    return Case(np.clip(image, 0, 255).astype(np.uint8), _given(scene, {}), Planted(FailureKind.LOW_CONTRAST, word))


def write(out: Path, count: int, seed: int = 0, most_words: int = 100) -> None:
    """Write the dataset into a folder. Raises OSError where that fails."""
    (out / "images").mkdir(parents=True, exist_ok=True)
    given, truth, notes = [], [], []
    for name, scene, case in cases(count, seed, most_words):
        file = f"{name}.jpg"
        buffer = io.BytesIO()
        Image.fromarray(case.image).save(buffer, "JPEG", quality=95, subsampling=0)
        (out / "images" / file).write_bytes(buffer.getvalue())
        given.append(_words_entry(file, case))
        truth.append(image_entry(file, replace(truth_annotation(scene), problems=())))
        notes.append(
            {
                "file": file,
                "kind": str(case.planted.kind),
                "word": case.planted.word,
                "character": case.planted.character,
            }
        )
    for name, data in (
        ("words.json", words_json(given)),
        ("truth.json", words_json(truth)),
        ("planted.json", json.dumps(notes, indent=1).encode()),
    ):
        with write_atomically(out / name) as file_:
            file_.write(data)


@dataclass(frozen=True, slots=True)
class Rank:
    """Where a planted failure comes among all of its sort (characters or words), 0 first and 1 last.

    by_kind: by how much speaks for its kind of failure; by_suspicion: by plain suspicion.
    """

    file: str
    kind: FailureKind
    by_kind: float
    by_suspicion: float
    told: bool


def ranks(out: Path, result: Path) -> list[Rank]:
    """The rank of every planted failure in the results of annotating the dataset."""
    notes = {note["file"]: note for note in json.loads((out / "planted.json").read_text())}
    words: list[tuple[str, WordFinding]] = []
    for image in Results(result, out / "images", ("native", out / "truth.json")):
        words += [(image.file, word) for word in image.findings]
    characters = [(file, word, one) for file, word in words for one in word.characters]
    found = []
    for file, note in notes.items():
        kind = FailureKind(note["kind"])
        if kind in WHOLE_WORD:
            own = next((w for f, w in words if f == file and w.index == note["word"]), None)
            if own is None:
                continue
            by_kind = _place([_mean(w, kind) for _, w in words], _mean(own, kind))
            by_suspicion = _place([_suspicion(w) for _, w in words], _suspicion(own))
            told = any(one.suspected is kind for one in own.characters)
        else:
            one_ = next(
                (c for f, w, c in characters if f == file and w.index == note["word"] and c.index == note["character"]),
                None,
            )
            if one_ is None:
                continue
            by_kind = _place([c.clues.kinds[kind] for _, _, c in characters], one_.clues.kinds[kind])
            by_suspicion = _place([c.suspicion for _, _, c in characters], one_.suspicion)
            told = one_.suspected is kind
        found.append(Rank(file, kind, by_kind, by_suspicion, told))
    return found


def table(found: Sequence[Rank]) -> str:
    """The ranks by kind of failure, as lines of text."""
    lines = ["kind               planted  first tenth by kind  by suspicion  worst rank  kind named"]
    for kind in KINDS:
        own = [rank for rank in found if rank.kind is kind]
        if own:
            first = sum(rank.by_kind <= 0.1 for rank in own)
            plain = sum(rank.by_suspicion <= 0.1 for rank in own)
            worst = max(rank.by_kind for rank in own)
            named = sum(rank.told for rank in own)
            lines.append(f"{kind:18} {len(own):7} {first:20} {plain:13} {worst:11.3f} {named:11}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(required=True, dest="action")
    make = actions.add_parser("make")
    make.add_argument("out", type=Path)
    make.add_argument("--images", type=int, default=300)
    make.add_argument("--seed", type=int, default=0)
    measure = actions.add_parser("measure")
    measure.add_argument("out", type=Path)
    measure.add_argument("result", type=Path)
    measure.add_argument("--late", action="store_true", help="list the failures that are not in the first tenth")
    args = parser.parse_args()
    if args.action == "make":
        write(args.out, args.images, args.seed)
        return
    found = ranks(args.out, args.result)
    print(table(found))
    if args.late:
        for rank in sorted(found, key=lambda r: -r.by_kind):
            if rank.by_kind > 0.1:
                print(f"{rank.file} {rank.kind}: {rank.by_kind:.3f} by kind, {rank.by_suspicion:.3f} by suspicion")


def _given(scene: Scene, changed: dict[int, Word]) -> tuple[Word, ...]:
    """The scene's words as a detection dataset gives them, but for those that are changed."""
    return tuple(changed.get(index, Word(word.polygon, word.text)) for index, word in enumerate(scene.words))


def _words_entry(file: str, case: Case) -> dict[str, Any]:
    height, width = case.image.shape[:2]
    words = []
    for word in case.words:
        entry: dict[str, Any] = {"polygon": _points(word.polygon), "text": word.text}
        if word.characters:
            entry["chars"] = [{"category": c.category, "polygon": _points(c.polygon)} for c in word.characters]
        words.append(entry)
    return {"file": file, "width": width, "height": height, "words": words}


def _points(points: FloatArray) -> list[list[float]]:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in points]


def _unlike(a: str, b: str) -> bool:
    """Whether two letters' glyphs differ much, in either case of the second."""
    templates = shipped_templates()
    own = templates.votes(a, 80)
    others = [votes for case in (b.lower(), b.upper()) if (votes := templates.votes(case, 80)) is not None]
    if own is None:
        return False
    return all(
        np.minimum(own.foreground, o.foreground).sum() / np.maximum(own.foreground, o.foreground).sum() < 0.5
        for o in others
    )


def _painted(image: ImageArray, ink: BoolArray, hole: BoolArray) -> ImageArray:
    """The image with a hole in the colour of the nearest ink, softened as the photo is."""
    core = ndimage.binary_erosion(ink) if ndimage.binary_erosion(ink).any() else ink
    wide = ndimage.binary_dilation(hole, iterations=2) & ~core
    nearest = ndimage.distance_transform_edt(~core, return_distances=False, return_indices=True)
    filled = image[tuple(nearest)]
    soft = cv2.GaussianBlur((hole | (wide & ndimage.binary_fill_holes(ink))).astype(np.float32), (0, 0), 0.6)[..., None]
    return np.asarray(np.round(image + soft * (filled.astype(np.float32) - image)), np.uint8)


def _height(quad: FloatArray) -> float:
    return float(np.linalg.norm(quad[3] - quad[0]))


def _mean(word: WordFinding, kind: FailureKind) -> float:
    return float(np.mean([one.clues.kinds[kind] for one in word.characters]))


def _suspicion(word: WordFinding) -> float:
    return float(np.mean([one.suspicion for one in word.characters]))


def _place(values: Sequence[float], own: float) -> float:
    """The share of values that are greater, those that are equal counted half."""
    array = np.array(values)
    return float(((array > own).sum() + 0.5 * ((array == own).sum() - 1)) / max(len(array), 1))


_PLANTS: Final[dict[FailureKind, Plant]] = {
    FailureKind.WRONG_TEXT: wrong_letter,
    FailureKind.SHIFTED: shifted_polygon,
    FailureKind.MERGED: merged_letters,
    FailureKind.FILLED: filled_hole,
    FailureKind.LOW_CONTRAST: faded_word,
}

if __name__ == "__main__":
    main()
