"""The text of a whole word as a segmenter sees it, without any prompt: what CBR draws its boxes tight around."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from charsam.segmenters.base import Embedding
from charsam.segmenters.colour import ColourEmbedding
from charsam.segmenters.compact import CompactEmbedding
from charsam.types import FloatArray

COMPACT_SCALE: Final = 2.0
"""Pixels per frame pixel at which the compact segmenter's text is given: its edges lie between the strip's pixels."""
COMPACT_BIAS: Final = 0.5
"""Added to it: without, the boxes around it are a little tight."""


def tells_text(embedding: Embedding) -> bool:
    """Whether the embedding knows the text of its words; official SAM's knows nothing but the image."""
    return isinstance(embedding, (ColourEmbedding, CompactEmbedding))


def word_text(embedding: Embedding, word: int) -> tuple[FloatArray, float]:
    """(h, w) float32 logits of the text over the strip of a word, and their pixels per pixel of the word frame.

    Raises TypeError for an embedding that does not tell it.
    """
    if isinstance(embedding, ColourEmbedding):
        found = embedding.words[word]
        return found.logits, found.scale
    if isinstance(embedding, CompactEmbedding):
        view, frame = embedding.words[word].views[0], embedding.words[word].frame
        height, width = view.regions.strip.shape[:2]
        logits = view.embedding.text[0, :height, :width].numpy() + np.float32(COMPACT_BIAS)
        size = (round(frame.width * COMPACT_SCALE), round(frame.height * COMPACT_SCALE))
        return np.asarray(cv2.resize(logits, size, interpolation=cv2.INTER_LINEAR), np.float32), COMPACT_SCALE
    raise TypeError(f"an embedding of {type(embedding).__name__} does not tell the text of its words")


def embedding_bytes(embedding: Embedding) -> int:
    """The memory that an embedding of words takes up; 0 for one that it does not know."""
    if isinstance(embedding, ColourEmbedding):
        return sum(w.pixels.nbytes + w.even.nbytes + w.heat.nbytes + w.logits.nbytes for w in embedding.words)
    if isinstance(embedding, CompactEmbedding):
        views = [v for w in embedding.words for v in w.views]
        tensors = [t for v in views for t in (v.embedding.half, v.embedding.full, v.embedding.text)]
        closer = [v.regions for v in views if v.regions.zoom != 1]
        seen = sum(r.strip.nbytes + sum(f.nbytes for f in r.features) for r in closer)
        return sum(t.nbytes for t in tensors) + sum(w.coordinates.nbytes for w in embedding.words) + seen
    return 0
