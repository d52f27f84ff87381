"""The settings of a run as its results name them."""

from __future__ import annotations

import hashlib
from typing import Any

import charsam
from charsam import segmenters
from charsam.errors import CharsamError, sentence
from charsam.runs.identity import settings_json
from charsam.settings import Settings


def settings_names(settings: Settings) -> dict[str, Any]:
    """The settings of a run as they are written into its results, with the version and what weights it ran on."""
    return {
        "charsam": charsam.__version__,
        **settings_json(settings),
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
