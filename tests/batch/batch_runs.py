"""A tiny dataset in MLT17's layout, an annotator that needs no models, and jobs of both: for the tests of batch runs.

Imported by the processes that a run starts, so it imports little.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from charsam.batch.job import Annotator, Job
from charsam.segmenters import DEFAULT
from charsam.trace import Settings
from charsam.types import (
    AnnotatedWord,
    BoxSource,
    Character,
    CharacterMask,
    ImageAnnotation,
    ImageArray,
    PromptMode,
    Word,
)

TRAINING = ("ch8_training_images", "ch8_training_localization_transcription_gt_v2")
VALIDATION = ("ch8_validation_images", "ch8_validation_localization_transcription_gt_v2")
WIDTH, HEIGHT = 96, 64
SCRIPTS = (("Latin", "AB"), ("Latin", "one, two"), ("Chinese", "文字"), ("Latin", "###"))


def make_mlt17(root: Path, training: int, validation: int = 0) -> Path:
    """Photographs of dark marks on a light ground, with three or four words each, one of them Chinese."""
    for number in range(training + validation):
        folders = TRAINING if number < training else VALIDATION
        image = Image.new("RGB", (WIDTH, HEIGHT), (200 + number, 210, 220))
        draw = ImageDraw.Draw(image)
        lines = []
        for row, (script, text) in enumerate(SCRIPTS[: 3 + number % 2]):
            top = 2 + 15 * row
            draw.rectangle((8 + number, top + 3, 40, top + 9), fill=(20, 10 * row, 30))
            lines.append(f"4,{top},80,{top},80,{top + 13},4,{top + 13},{script},{text}")
        write_photo(root / folders[0] / f"img_{number:02d}.png", image)
        annotation = root / folders[1] / f"gt_img_{number:02d}.txt"
        annotation.parent.mkdir(parents=True, exist_ok=True)
        annotation.write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    return root


def write_photo(path: Path, image: Image.Image) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    path.write_bytes(buffer.getvalue())
    return path


def dark_pixels(settings: Settings) -> Annotator:
    """Takes the dark pixels of equal parts of a word's bounds for its characters; no votes for what is not ASCII."""

    def annotate(image: ImageArray, words: Sequence[Word]) -> ImageAnnotation:
        dark = image.mean(axis=2) < 100
        annotated = []
        for word in words:
            text = "" if word.ignore else (word.text or "").replace(" ", "")
            x0, y0, x1, y1 = (int(v) for v in (*word.polygon.min(0), *word.polygon.max(0)))
            edges = np.linspace(x0, x1, len(text) + 1).astype(int)
            characters = tuple(
                _character(letter, dark[y0:y1, a:b], int(a), y0)
                for letter, a, b in zip(text, edges[:-1], edges[1:], strict=True)
            )
            annotated.append(AnnotatedWord(word.polygon, word.text or "", characters, word.ignore))
        height, width = dark.shape
        return ImageAnnotation(width, height, tuple(annotated), settings.segmenter, PromptMode.P_CHAR_POS_NEG)

    return annotate


def filling_the_disk(settings: Settings) -> Annotator:
    """Leaves no room for files of more than a few bytes once it comes to image 3."""
    import resource  # which Windows does not have

    annotate = dark_pixels(settings)

    def fill(image: ImageArray, words: Sequence[Word]) -> ImageAnnotation:
        if int(image[0, 0, 0]) - 200 == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (16, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        return annotate(image, words)

    return fill


def job(root: Path, out: Path, **fields: object) -> Job:
    """A run over a dataset in MLT17's layout by `dark_pixels`, three images to a shard."""
    values = {"settings": Settings(segmenter=DEFAULT), "shard_size": 3, "annotator": dark_pixels, **fields}
    return Job(dataset="mlt17", root=root, out=out, **values)  # type: ignore[arg-type]


def results(out: Path) -> dict[str, bytes]:
    """Every file of a folder of results by its path, the log of when what was done left out."""
    files = (path for path in out.rglob("*") if path.is_file() and path.relative_to(out).parts[0] != "log")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def _character(letter: str, pixels: np.ndarray, x: int, y: int) -> Character:
    h, w = pixels.shape
    quad = np.float32([[x, y], [x + w, y], [x + w, y + h], [x, y + h]])
    points = quad[:1] if letter.isascii() else np.zeros((0, 2), np.float32)
    return Character(
        category=letter,
        quad=quad,
        box=np.float32([0, 0, w, h]),
        box_source=BoxSource.EVEN,
        recognised=letter,
        probability=0.5,
        positive=points,
        negative=np.zeros((0, 2), np.float32),
        mask=CharacterMask(pixels.copy(), x, y),
        quality=0.5,
        glyph_agreement=0.5 if letter.isascii() else None,
        suspicion=float(pixels.mean()),
    )
