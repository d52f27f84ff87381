"""What faulty transcriptions and differently drawn polygons do: `python benchmarks/transcriptions.py FOLDER…`.

Each FOLDER holds a words.json (the native format) whose words are upright and exact, and its images. Words of three
letters or more get one fault each, at random places: of the text (a letter missing, one or two extra or wrong,
punctuation, case or accents dropped) or of the polygon (another start corner, the other orientation, extra vertices, a
ring closed a few pixels off; the photo turned with upright boxes around the words). For each kind the words that run
the other way than before are counted; of texts those in which a character is marked to check, of polygons those whose
characters keep their masks (mean IoU of the word's characters at least 0.9).
"""

from __future__ import annotations

import argparse
import json
import random
import string
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from charsam.images import load_image
from charsam.pipeline import CharSAM
from charsam.text import characters_of
from charsam.trace import Trace
from charsam.types import Character, FloatArray, ImageArray, Word, WordFrame

SAME = 0.9
"""Mean IoU of a word's characters from which its masks count as the same."""


def _missing(text: list[str], dice: random.Random) -> str:
    del text[dice.randrange(len(text))]
    return "".join(text)


def _extra(text: list[str], dice: random.Random) -> str:
    text.insert(dice.randrange(len(text) + 1), dice.choice(string.ascii_letters))
    return "".join(text)


def _wrong(text: list[str], dice: random.Random) -> str:
    return _wrongs(text, dice, 1)


def _two_wrong(text: list[str], dice: random.Random) -> str:
    return _wrongs(text, dice, 2)


def _wrongs(text: list[str], dice: random.Random, count: int) -> str:
    for place in dice.sample(range(len(text)), count):
        letters = string.ascii_uppercase if text[place].isupper() else string.ascii_lowercase
        text[place] = dice.choice([letter for letter in letters if letter.lower() != text[place].lower()])
    return "".join(text)


def _punctuation(text: list[str], dice: random.Random) -> str:
    return "".join(character for character in text if character.isalnum())


def _case(text: list[str], dice: random.Random) -> str:
    return "".join(text).swapcase()


def _accents(text: list[str], dice: random.Random) -> str:
    return "".join(code for code in unicodedata.normalize("NFD", "".join(text)) if not unicodedata.combining(code))


TEXTS: dict[str, Callable[[list[str], random.Random], str]] = {
    "exact": lambda text, dice: "".join(text),
    "one missing": _missing,
    "one extra": _extra,
    "one wrong": _wrong,
    "two wrong": _two_wrong,
    "no punctuation": _punctuation,
    "other case": _case,
    "no accents": _accents,
}


def _with_vertices(points: FloatArray, dice: random.Random) -> FloatArray:
    """One to three more vertices on every side."""
    result = []
    for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
        shares = [0.0, *sorted(dice.uniform(0.1, 0.9) for _ in range(dice.randint(1, 3)))]
        result += [start + share * (end - start) for share in shares]
    return np.array(result, np.float32)


def _ring(points: FloatArray, dice: random.Random) -> FloatArray:
    """Closed by a last point a few pixels beside the first."""
    off = np.array([dice.uniform(-3, 3), dice.uniform(-3, 3)], np.float32)
    return np.concatenate([points, points[:1] + off])


def _starting(corner: int, orientation: int) -> Callable[[FloatArray, random.Random], FloatArray]:
    def drawn(points: FloatArray, dice: random.Random) -> FloatArray:
        place = [0, len(points) // 2 - 1, len(points) // 2, len(points) - 1][corner]
        turned = np.roll(points, -place, axis=0)
        return turned if orientation > 0 else np.roll(turned[::-1], 1, axis=0)

    return drawn


POLYGONS: dict[str, Callable[[FloatArray, random.Random], FloatArray]] = {
    **{
        f"from {name}, {'clockwise' if way > 0 else 'counter-clockwise'}": _starting(corner, way)
        for corner, name in enumerate(("top left", "top right", "bottom right", "bottom left"))
        for way in (1, -1)
        if corner or way < 0
    },
    "more vertices": _with_vertices,
    "ring not closed": _ring,
}
TURNS = (1, 2, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--draws", type=int, default=5, help="of every random fault (default 5)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", default="", help="only the kinds whose name holds this")
    parser.add_argument("--details", action="store_true", help="name every word that turned or was not marked")
    args = parser.parse_args()
    pipeline = CharSAM()
    pipeline.load()
    tallies: dict[str, Counter[str]] = defaultdict(Counter)
    for name, image, words in _images(args.folders):
        plain = pipeline.run(image, words)
        for kind, counted in _measured(pipeline, image, words, plain, args.draws, args.seed, args.kinds):
            tallies[kind].update(counted[0])
            if args.details:
                for line in counted[1]:
                    print(f"{kind}: {name}: {line}", flush=True)
    print(f"{'kind':36} words  turned        marked        same masks    characters to check")
    for kind, tally in tallies.items():
        count = max(tally["words"], 1)
        cells = [
            f"{tally[key]:5} {tally[key] / count:6.1%}" if key in tally or key == "turned" else " " * 12
            for key in ("turned", "marked", "same")
        ]
        print(f"{kind:36} {tally['words']:5} {'  '.join(cells)}  {tally['doubts'] / max(tally['letters'], 1):6.1%}")


def _images(folders: list[Path]) -> Iterator[tuple[str, ImageArray, list[Word]]]:
    for folder in folders:
        for entry in json.loads((folder / "words.json").read_text())["images"]:
            paths = [folder / entry["file"], folder / "image" / Path(entry["file"]).name]
            path = next(path for path in paths if path.exists())
            words = [
                Word(np.array(word["polygon"], np.float32), word["text"])
                for word in entry["words"]
                if not word.get("ignore") and len(characters_of(word.get("text") or "")) >= 3
            ]
            if words:
                yield path.name, load_image(path), words


def _measured(
    pipeline: CharSAM, image: ImageArray, words: list[Word], plain: Trace, draws: int, seed: int, only: str
) -> Iterator[tuple[str, tuple[Counter[str], list[str]]]]:
    for kind, change in TEXTS.items():
        if only not in kind:
            continue
        for draw in range(1 if kind in ("exact", "no punctuation", "other case", "no accents") else draws):
            dice = random.Random(f"{seed} {kind} {draw}")
            changed = [replace(w, text=change(list(characters_of(w.text or "")), dice)) for w in words]
            faulty = [
                len(now := characters_of(a.text or "")) > 1 and (kind == "exact" or now != characters_of(b.text or ""))
                for a, b in zip(changed, words, strict=True)
            ]
            if any(faulty):
                yield kind, _texts(pipeline.run(image, changed), words, faulty)
    for kind, drawn in POLYGONS.items():
        if only in kind:
            dice = random.Random(f"{seed} {kind}")
            changed = [replace(w, polygon=np.asarray(drawn(w.polygon, dice), np.float32)) for w in words]
            yield kind, _polygons(pipeline.run(image, changed), plain)
    for turns in TURNS:
        kind = f"photo turned by {90 * turns} degrees, upright boxes"
        if only in kind:
            yield kind, _turned(pipeline, image, words, turns)


def _texts(trace: Trace, words: list[Word], faulty: list[bool]) -> tuple[Counter[str], list[str]]:
    tally: Counter[str] = Counter()
    told = []
    assert trace.annotation is not None
    for index, (word, found) in enumerate(zip(words, trace.annotation.words, strict=True)):
        if not faulty[index]:
            continue
        turned = _runs_against(_ends(word.polygon), trace.frames[index])
        marked = any(character.to_check for character in found.characters)
        tally.update(words=1, turned=turned, marked=marked, letters=len(found.characters))
        tally["doubts"] += sum(character.to_check for character in found.characters)
        if turned or not marked:
            told.append(f"{word.text} given as {found.text}{': turned' if turned else ': not marked'}")
    return tally, told


def _polygons(trace: Trace, plain: Trace) -> tuple[Counter[str], list[str]]:
    tally: Counter[str] = Counter()
    told = []
    assert trace.annotation is not None
    assert plain.annotation is not None
    for index, (found, before) in enumerate(zip(trace.annotation.words, plain.annotation.words, strict=True)):
        turned = _runs_against(_ends_of(plain.frames[index]), trace.frames[index])
        overlaps = [_iou(a, b) for a, b in zip(found.characters, before.characters, strict=False)]
        same = len(found.characters) == len(before.characters) and float(np.mean(overlaps)) >= SAME
        tally.update(words=1, turned=turned, same=same, letters=len(found.characters))
        tally["doubts"] += sum(character.to_check for character in found.characters)
        if turned or not same:
            overlap = np.mean(overlaps) if overlaps else 0.0
            told.append(f"{before.text}: {'turned' if turned else f'overlap {overlap:.2f}'}")
    return tally, told


def _turned(pipeline: CharSAM, image: ImageArray, words: list[Word], turns: int) -> tuple[Counter[str], list[str]]:
    """The photo turned, with the polygons turned along (plain), and with upright boxes around these."""
    photo = np.ascontiguousarray(np.rot90(image, -turns))
    along = [replace(word, polygon=_rotated(word.polygon, image.shape, turns)) for word in words]
    boxed = [replace(word, polygon=_upright_box(word.polygon)) for word in along]
    plain, found = pipeline.run(photo, along), pipeline.run(photo, boxed)
    tally, told = _polygons(found, plain)
    tally["same"] = 0  # a box around a slanted word is another polygon
    del tally["same"]
    return tally, told


def _rotated(polygon: FloatArray, shape: tuple[int, ...], turns: int) -> FloatArray:
    points = polygon.copy()
    height, width = shape[:2]
    for _ in range(turns):
        points = np.stack([height - points[:, 1], points[:, 0]], axis=1)
        height, width = width, height
    return np.asarray(points, np.float32)


def _upright_box(polygon: FloatArray) -> FloatArray:
    (x0, y0), (x1, y1) = polygon.min(0), polygon.max(0)
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def _runs_against(ends: FloatArray, frame: WordFrame) -> bool:
    """Whether a word does not run from the first of two points to the second, (2, 2)."""
    found = _ends_of(frame)
    return bool(np.linalg.norm(found - ends, axis=1).sum() >= np.linalg.norm(found[::-1] - ends, axis=1).sum())


def _ends(polygon: FloatArray) -> FloatArray:
    """(2, 2): the middles of the two ends of a polygon that starts at its top left."""
    half = len(polygon) // 2
    return np.stack([(polygon[0] + polygon[-1]) / 2, (polygon[half - 1] + polygon[half]) / 2])


def _ends_of(frame: WordFrame) -> FloatArray:
    """The same of a frame."""
    m, w, h = frame.margin, frame.width, frame.height
    ends = [[w / 2, m], [w / 2, h - m]] if frame.stacked else [[m, h / 2], [w - m, h / 2]]
    return frame.to_image(np.array(ends, np.float32))


def _iou(a: Character, b: Character) -> float:
    if not a.mask.area or not b.mask.area:
        return float(a.mask.area == b.mask.area)
    x0, y0 = min(a.mask.x, b.mask.x), min(a.mask.y, b.mask.y)
    x1 = max(m.x + m.pixels.shape[1] for m in (a.mask, b.mask))
    y1 = max(m.y + m.pixels.shape[0] for m in (a.mask, b.mask))
    drawn = [_placed(one.mask.pixels, one.mask.x - x0, one.mask.y - y0, (y1 - y0, x1 - x0)) for one in (a, b)]
    return float((drawn[0] & drawn[1]).sum() / (drawn[0] | drawn[1]).sum())


def _placed(pixels: NDArray[np.bool_], x: int, y: int, shape: tuple[int, int]) -> NDArray[np.bool_]:
    whole = np.zeros(shape, np.bool_)
    whole[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
    return whole


if __name__ == "__main__":
    main()
