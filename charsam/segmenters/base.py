"""The one protocol of every promptable segmenter, with SAM's semantics (design: encode once, prompt often)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from charsam.types import ImageArray, Prompts, Segmentation, WordRegions

Embedding = Any
"""What `encode` returns: opaque to callers, immutable, and valid for as long as they keep it."""


class Segmenter(Protocol):
    """A promptable segmenter. Stateless for its callers, so that several users can share one."""

    name: str
    wants_features: bool
    """Whether `encode` needs CRAFT's inner feature maps (`WordRegions.features`)."""

    def encode(self, image: ImageArray, words: Sequence[WordRegions]) -> Embedding:
        """Do once per image what does not depend on the prompts.

        image: (H, W, 3) uint8, RGB. words: the word frames that prompts will refer to by index, with what CRAFT
        saw in them.
        """
        ...

    def segment(self, embedding: Embedding, prompts: Prompts) -> Segmentation:
        """Answer N prompts: for each, mask logits over a crop of the image that holds its box, and a quality."""
        ...
