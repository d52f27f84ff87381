"""The options beyond the paper, as every command that runs the pipeline takes them."""

from __future__ import annotations

import argparse

_HELP = {
    "weighted_votes": "fonts that look like a character's first mask count for more in its votes; asks the segmenter "
    "twice",
    "resolve_case": "give transcriptions the case that the image shows, for datasets that write all in one case",
    "mask_prior": "official SAM: glyph votes as mask input, besides points",
    "zoom": "official SAM: encode small words from crops of the image; more encoder passes",
}


def add_beyond(parser: argparse.ArgumentParser) -> None:
    """Add a switch for each name of `charsam.trace.BEYOND`."""
    group = parser.add_argument_group("beyond the paper")
    for name, text in _HELP.items():
        group.add_argument(f"--{name.replace('_', '-')}", action="store_true", help=text)


def beyond_of(args: argparse.Namespace) -> dict[str, bool]:
    """What was chosen, as the keyword arguments of `Settings`."""
    return {name: getattr(args, name) for name in _HELP}
