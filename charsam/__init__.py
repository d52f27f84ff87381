"""charsam: pixel-accurate masks of every character of scene text, training-free (after the paper Char-SAM).

`charsam.annotate` is the library's front door. Nothing heavy is imported before it is first used.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

from charsam.cpu import tune_malloc, wait_without_spinning

__version__ = "0.1.0"
__all__ = ["CharSAM", "ImageAnnotation", "PromptMode", "Settings", "Word", "annotate", "load_image", "read_words"]

# Before torch and onnxruntime are first imported, by whomever: one takes its memory as it finds malloc set and
# lets its threads spin, the other reports home by default.
tune_malloc()
wait_without_spinning()
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from charsam.datasets.native import read_words
    from charsam.images import load_image
    from charsam.library import annotate
    from charsam.pipeline import CharSAM
    from charsam.trace import Settings
    from charsam.types import ImageAnnotation, PromptMode, Word

_HOMES = {
    "CharSAM": "charsam.pipeline",
    "ImageAnnotation": "charsam.types",
    "PromptMode": "charsam.types",
    "Settings": "charsam.trace",
    "Word": "charsam.types",
    "annotate": "charsam.library",
    "load_image": "charsam.images",
    "read_words": "charsam.datasets.native",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'charsam' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
