"""The settings of a run of the pipeline, as every command that runs it takes them."""

from __future__ import annotations

import argparse
from pathlib import Path

from charsam import segmenters
from charsam.cgr.templates import font_files
from charsam.trace import Settings
from charsam.types import PromptMode

BEYOND_THE_PAPER = {
    "careful": "compact: look at large words in all sizes and weigh what is seen; slower",
    "weighted_votes": "fonts that look like a character's first mask count for more in its votes; asks the segmenter "
    "twice",
    "resolve_case": "give transcriptions the case that the image shows, for datasets that write all in one case",
    "mask_prior": "official SAM: glyph votes as mask input, besides points",
    "zoom": "official SAM: encode small words from crops of the image; more encoder passes",
}
"""The help of each name of `charsam.trace.BEYOND`."""


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Add what the rows of the paper's Tables II and III differ in: segmenter, prompts, templates."""
    parser.add_argument("--segmenter", choices=segmenters.NAMES, default=segmenters.DEFAULT)
    parser.add_argument("--prompts", choices=[str(mode) for mode in PromptMode], default=str(PromptMode.P_CHAR_POS_NEG))
    parser.add_argument("--templates", type=int, default=80, help="number of fonts that vote (default 80)")


def add_details(parser: argparse.ArgumentParser) -> None:
    """Add what all rows share: how fonts vote, how many points, the options beyond the paper."""
    parser.add_argument("--vote-threshold", type=float, default=0.6, help="share of fonts a point needs (default 0.6)")
    parser.add_argument("--points", type=int, default=4, help="most positive and most negative points (default 4)")
    parser.add_argument(
        "--fonts", type=Path, default=None, help="folder of fonts that vote instead of the shipped ones"
    )
    parser.add_argument(
        "--edge",
        type=float,
        default=0.0,
        help="cut masks so many image pixels wider, or tighter if negative (default 0)",
    )
    group = parser.add_argument_group("beyond the paper")
    for name, text in BEYOND_THE_PAPER.items():
        group.add_argument(f"--{name.replace('_', '-')}", action="store_true", help=text)


def settings_of(args: argparse.Namespace, segmenter: str, prompts: str, templates: int) -> Settings:
    """The settings that were chosen. Raises SettingsError where they cannot be used here."""
    settings = Settings.checked(
        segmenter=segmenter,
        prompts=prompts,
        vote_threshold=args.vote_threshold,
        templates=templates,
        points=args.points,
        edge=args.edge,
        font_folder=None if args.fonts is None else args.fonts.absolute(),
        **{name: getattr(args, name) for name in BEYOND_THE_PAPER},
    )
    segmenters.check(segmenter)
    if settings.font_folder is not None:
        font_files(settings.font_folder)
    return settings
