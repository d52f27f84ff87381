"""The page "why did this fail": docs/why_masks_fail.md and its pictures in assets/why, one for each kind of failure.

    python tools/planted_failures.py make DATA --images 60 --seed 1
    charsam annotate DATA/images --words DATA/words.json --out RESULT
    python tools/why_pictures.py DATA RESULT

Each picture is of the character of that dataset for which most speaks for the kind, and which truth says has it: its
photo, the masks a colour each, and its true (blue), false (vermilion) and missed (yellow) pixels.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from charsam.atomic import write_atomically
from charsam.inspection.failures import EXPLANATIONS, FailureKind, slug
from charsam.inspection.findings import CharacterFinding, WordFinding
from charsam.inspection.results import Results
from charsam.inspection.sheets import MASK_COLOURS, TRUTH_COLOURS, mask_indices, truth_indices
from charsam.paths import ASSETS_DIR
from charsam.types import ImageArray

PAGE: Final = ASSETS_DIR.parent / "docs" / "why_masks_fail.md"
HEIGHT: Final = 240
GAP: Final = 8
OPACITY: Final = 0.7
INTRODUCTION: Final = """# Why did this fail?

The typical ways in which a character's mask goes wrong, what they come from, and what mends them. `charsam inspect`
and the tab Inspect name the kind that they suspect; with true masks they name the kind that it is. *Filled hole* is
what the paper calls over-segmentation, *missing strokes* its under-segmentation.

Each picture shows a photo of the generated dataset with planted failures (`tools/planted_failures.py`), the masks that
were made, a colour each, and their true (blue), false (vermilion) and missed (yellow) pixels.
"""


def examples(data: Path, result: Path) -> dict[FailureKind, tuple[WordFinding, CharacterFinding]]:
    """For each kind the character that shows it best."""
    notes = {note["file"]: note for note in json.loads((data / "planted.json").read_text())}
    best: dict[FailureKind, tuple[float, WordFinding, CharacterFinding]] = {}
    for image in Results(result, data / "images", ("native", data / "truth.json")):
        note = notes.get(image.file, {})
        for word in image.findings:
            for one in word.characters:
                whole = note.get("kind") == str(FailureKind.LOW_CONTRAST) and note.get("word") == word.index
                kind = FailureKind.LOW_CONTRAST if whole and one.failure is not None else one.failure
                if kind is None or one.match is None or one.size < 24 or not one.character.category.isalnum():
                    continue
                score = one.clues.kinds[kind] + 0.3 * (one.suspected is kind)
                if kind in (
                    FailureKind.MISSING,
                    FailureKind.SPILLED,
                ):  # the plainest, of words in which nothing was planted
                    score += 2 * (1 - one.match.comparison.iou) - 5 * (note.get("word") == word.index)
                score -= 0.3 * (one.character.mask.area < 60)
                if kind not in best or score > best[kind][0]:
                    best[kind] = score, word, one
    return {kind: (word, one) for kind, (_, word, one) in best.items()}


def picture(word: WordFinding, one: CharacterFinding) -> Image.Image:
    """Photo, masks, and true, false and missed pixels around a character, side by side."""
    strip = word.strip
    x0, _, x1, _ = strip.box(one.character.box)
    h, w = strip.labels.shape
    span = slice(max(0, x0 - h), min(w, x1 + h))
    photo, labels = strip.photo[:, span], strip.labels[:, span]
    panes = [
        photo,
        _over(photo, mask_indices(labels, [item.character.category for item in word.characters]), MASK_COLOURS),
    ]
    if word.true is not None:
        panes.append(_over(photo, truth_indices(labels, word.true[:, span]), TRUTH_COLOURS))
    scale = HEIGHT / h
    width = round(photo.shape[1] * scale)
    whole = Image.new("RGB", (len(panes) * width + (len(panes) - 1) * GAP, HEIGHT), (255, 255, 255))
    for number, pane in enumerate(panes):
        sized = Image.fromarray(pane).resize((width, HEIGHT), Image.Resampling.NEAREST)
        whole.paste(sized, (number * (width + GAP), 0))
    return whole


def page(shown: set[FailureKind]) -> str:
    """The page in Markdown. shown: the kinds that have a picture."""
    parts = [INTRODUCTION]
    for kind, text in EXPLANATIONS.items():
        image = f"![{text.looks}](../assets/why/{slug(kind)}.webp)\n\n" if kind in shown else ""
        title = str(kind)[0].upper() + str(kind)[1:]
        parts.append(
            f"## {title}\n\n{text.looks}\n\n{image}**Typical causes.** {text.causes}\n\n**To fix it.** {text.mend}\n"
        )
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("result", type=Path)
    args = parser.parse_args()
    found = examples(args.data, args.result)
    folder = ASSETS_DIR / "why"
    folder.mkdir(exist_ok=True)
    PAGE.parent.mkdir(exist_ok=True)
    for kind, (word, one) in found.items():
        with write_atomically(folder / f"{slug(kind)}.webp") as file:
            picture(word, one).save(file, "WEBP", quality=80, method=6)
        print(f"{kind}: {one.character.category} in {word.text}")
    with write_atomically(PAGE) as file:
        file.write(page(set(found)).encode())


def _over(photo: ImageArray, indices: NDArray[np.uint8], colours: tuple[tuple[int, int, int], ...]) -> ImageArray:
    """The photo with colours laid over it where the index is not 0."""
    table = np.array([(0, 0, 0), *colours], np.float32)
    share = np.where(indices > 0, OPACITY, 0.0).astype(np.float32)[..., None]
    return np.asarray(photo * (1 - share) + table[indices] * share, np.uint8)


if __name__ == "__main__":
    main()
