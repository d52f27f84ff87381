"""The one protocol of every promptable segmenter, with SAM's semantics: encode once, prompt often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from charsam.types import FloatArray, ImageArray, Prompts, Segmentation, WordRegions


class Embedding(Protocol):
    """What `encode` returns: immutable, and valid for as long as its callers keep it."""

    def word_text(self, word: int) -> tuple[FloatArray, float] | None:
        """(h, w) float32 logits of the text over the strip of a word, seen without any prompt, and their pixels per
        pixel of the word frame; None where the segmenter does not tell it. CBR draws its boxes tight around it.
        """
        ...


class Segmenter(Protocol):
    """A promptable segmenter. Stateless for its callers, so that several users can share one."""

    name: str
    wants_regions: bool
    """Whether `encode` needs what CRAFT saw in the words; else their frames are enough."""
    wants_features: bool
    """Whether it needs CRAFT's inner feature maps (`WordRegions.features`), too."""
    word_wide: bool
    """Whether the answer to one prompt depends on the other prompts of its word."""
    tells_ink: bool
    """Whether what it encodes tells the text of whole words (`Embedding.word_text`)."""

    def adapted(self, *, careful: bool, zoom: bool) -> Segmenter:
        """The same segmenter as the settings beyond the paper want it; itself where they do not concern it."""
        ...

    def encode(self, image: ImageArray, words: Sequence[WordRegions]) -> Embedding:
        """Do once per image what does not depend on the prompts.

        image: (H, W, 3) uint8, RGB. words: the word frames that prompts will refer to by index, with what CRAFT
        saw in them.
        """
        ...

    def segment(self, embedding: Any, prompts: Prompts) -> Segmentation:
        """Answer N prompts: for each, mask logits over a crop of the image that holds its box, and a quality.

        embedding: what this segmenter's own `encode` has returned.
        """
        ...
