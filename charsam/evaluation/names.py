"""The settings of a run as its results name them."""

from __future__ import annotations

import hashlib
from typing import Any

import charsam
from charsam import segmenters
from charsam.errors import CharsamError, sentence
from charsam.trace import Settings


def settings_names(settings: Settings) -> dict[str, Any]:
    """The settings of a run as they are written into its results, with the version and what weights it ran on."""
    return {
        "charsam": charsam.__version__,
        "segmenter": settings.segmenter,
        "prompts": str(settings.prompts),
        "vote_threshold": settings.vote_threshold,
        "templates": settings.templates,
        "points": settings.points,
        "edge": settings.edge,
        "beyond": list(settings.beyond),
        "point_choice": str(settings.point_choice),
        "left_out": list(settings.left_out),
        "ink": settings.ink,
        "precision": str(settings.precision),
        "multimask": settings.multimask,
        "fonts": None if settings.font_folder is None else str(settings.font_folder),
        "weights": segmenter_checksum(settings),
    }


def segmenter_checksum(settings: Settings) -> str | None:
    """SHA-256 of the segmenter's weights; None where it has none."""
    path = segmenters.weights_of(settings.segmenter, settings.checkpoint)
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CharsamError(sentence(error)) from error
