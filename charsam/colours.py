"""The colour of a character: the same letter has the same one in every view, on every picture and in every export."""

from __future__ import annotations

from typing import Final

OKABE_ITO: Final = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
"""Okabe and Ito's palette for the colour-blind, without its black."""


def colour_index(category: str) -> int:
    """The place of a category's colour in OKABE_ITO; `colourOf` in static/shared/colours.js says the same."""
    return sum(map(ord, category)) % len(OKABE_ITO)


def rgb(colour: str) -> tuple[int, int, int]:
    """(r, g, b) of "#RRGGBB"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
