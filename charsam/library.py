"""The library's front door: `charsam.annotate`."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from charsam.errors import ImageError
from charsam.images import load_image
from charsam.pipeline import CharSAM
from charsam.segmenters import default_segmenter
from charsam.trace import Settings
from charsam.types import ImageAnnotation, ImageArray, PromptMode, Word


@functools.cache
def shared_pipeline() -> CharSAM:
    """The pipeline that every call of `annotate` shares; its models are loaded by the first."""
    return CharSAM()


def annotate(
    image: ImageArray | Path | str,
    words: Sequence[Word] | None = None,
    *,
    segmenter: str | None = None,
    prompts: PromptMode | str = PromptMode.P_CHAR_POS_NEG,
    vote_threshold: float = 0.6,
    templates: int = 80,
    points: int = 4,
    font_folder: Path | str | None = None,
    edge: float = 0.0,
    careful: bool = False,
    paper: bool = False,
) -> ImageAnnotation:
    """Make the masks of every character of a scene image (Char-SAM).

    image: (H, W, 3) uint8 RGB, or the path of an image file. words: the image's words, a polygon and, where it is
    known, a transcription each; None to have them found and read. segmenter: a name of `charsam.segmenters.NAMES`, or
    the name or file of a learned one; None: CHARSAM_SEGMENTER in the environment, else `compact`.
    prompts: the row of the paper's Table III. vote_threshold, templates, points, font_folder, edge, careful: see
    `charsam.Settings`. paper: only what the paper describes, without this project's additions.

    Raises ImageError for an image that cannot be used, SettingsError for a setting out of range, WeightsError where
    a segmenter's weights are missing. A word that cannot be worked on is named in the result's `problems`.

    >>> annotation = annotate("hotel.jpg", [Word(np.array([[124, 228], [517, 219], [518, 287], [124, 294]]), "HOTEL")])
    >>> annotation.text_mask().shape
    (480, 640)
    """
    settings = Settings.checked(
        segmenter=segmenter or default_segmenter(),
        prompts=str(prompts),
        vote_threshold=vote_threshold,
        templates=templates,
        points=points,
        font_folder=font_folder,
        edge=edge,
        careful=careful,
    )
    settings = settings.as_in_paper() if paper else settings
    pixels = load_image(image) if isinstance(image, Path | str) else _checked(image)
    annotation = shared_pipeline().run(pixels, words, settings).annotation
    assert annotation is not None
    return annotation


def _checked(image: ImageArray) -> ImageArray:
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ImageError(f"an image must be (H, W, 3) uint8 RGB; this one is {image.shape} {image.dtype}")
    return image
