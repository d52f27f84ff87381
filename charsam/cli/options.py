"""Options that several commands take. Those of a run of the pipeline are made of `Settings`, which has the defaults."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Final, get_type_hints

import typer

from charsam import segmenters
from charsam.cgr.templates import font_files
from charsam.cli.command import Work, arguments
from charsam.trace import BEYOND, Settings
from charsam.types import PromptMode

Out = Annotated[Path, typer.Option(metavar="FOLDER", help="folder for the results; made if it is missing")]
Root = Annotated[Path, typer.Option(metavar="FOLDER", help="folder that holds the dataset")]
Split = Annotated[
    str | None, typer.Option(metavar="NAME", help="train, val or test, if the dataset has them (default: all)")
]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="only the first N images")]
Strict = Annotated[bool, typer.Option("--strict", help="stop at the first malformed file instead of skipping it")]
Processes = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        metavar="N",
        help="processes that share the work (default: one a processor, or two a GPU, for every ten images); 1: this "
        "one alone",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        help="a Ray cluster that does the work (HOST:PORT, auto, or local); needs charsam[ray]. Its machines see the "
        "images and the results under the same paths; --workers is then how many actors",
    ),
]
Encoding = Annotated[
    str | None, typer.Option(metavar="NAME", help="of text files that are not UTF-8, such as gb18030 or cp1252")
]
WithoutRejected = Annotated[
    bool,
    typer.Option(
        "--without-rejected",
        help="without characters that somebody rejected; their pixels are ignored if the format can say so",
    ),
]
WorkspaceFolder = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="where images and annotations lie (default: CHARSAM_WORKSPACE or ~/.local/share/charsam/workspace)",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="SQLAlchemy URL of the database (default: CHARSAM_DATABASE or a file in the workspace's folder)",
    ),
]


def one_of(names: Sequence[str], **more: Any) -> dict[str, Any]:
    """What makes an option or argument one of several names, which the shell completes. more: its other properties."""

    def checked(value: str | None) -> str | None:
        if value is not None and value not in names:
            raise typer.BadParameter(f"{value!r} is not one of {', '.join(names)}.")
        return value

    return {
        "callback": checked,
        "autocompletion": lambda incomplete: [n for n in names if n.startswith(incomplete)],
        **more,
    }


_DEFAULTS: Final = Settings()
_HELP: Final = {
    "segmenter": f"what makes the masks: {', '.join(segmenters.NAMES)}",
    "prompts": f"the row of the paper's Table III: {', '.join(PromptMode)}",
    "templates": "number of fonts that vote",
    "vote_threshold": "share of the fonts that a point needs",
    "points": "most positive and most negative points of a character",
    "font_folder": "folder of fonts that vote instead of the shipped ones",
    "edge": "cut masks so many image pixels wider, or tighter if negative",
    "careful": "beyond the paper: compact looks at large words in all sizes; slower",
    "weighted_votes": "beyond the paper: fonts that look like a character's first mask count for more in its votes",
    "resolve_case": "beyond the paper: give transcriptions the case that the image shows, for datasets in one case",
    "mask_prior": "beyond the paper: official SAM gets the glyph votes as mask input, besides points",
    "zoom": "beyond the paper: official SAM encodes small words from crops of the image; more encoder passes",
}
_CHOICES: Final = ("segmenter", "prompts", "templates")
"""What the rows of the paper's Tables II and III differ in."""
_NAMED: Final = {"font_folder": "--fonts"}


def takes_settings(*, rows: bool = True) -> Callable[[Callable[..., int]], Work]:
    """Give a command the options of a run; it gets them as `settings`, checked.

    rows: whether the settings in which the rows of the paper's tables differ can be chosen; else they are the defaults.
    """

    def decorated(work: Callable[..., int]) -> Work:
        taken = [field.name for field in fields(Settings) if rows or field.name not in _CHOICES]

        @functools.wraps(work)
        def call(**given: Any) -> int:
            chosen = {name: given.pop(name) for name in taken}
            with arguments():
                settings = checked_settings(**chosen)
            return work(**given, settings=settings)

        hints = get_type_hints(work, include_extras=True)
        own = [
            parameter.replace(annotation=hints[parameter.name])
            for parameter in inspect.signature(work).parameters.values()
            if parameter.name != "settings"
        ]
        every = own + [_option(name) for name in taken]
        call.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in every}
        return call

    return decorated


def checked_settings(**chosen: Any) -> Settings:
    """Raises SettingsError or WeightsError if they cannot be used here."""
    fonts = chosen.pop("font_folder", None)
    prompts = str(chosen.pop("prompts", _DEFAULTS.prompts))
    settings = Settings.checked(prompts=prompts, font_folder=None if fonts is None else fonts.absolute(), **chosen)
    segmenters.check(settings.segmenter)
    if settings.font_folder is not None:
        font_files(settings.font_folder)
    return settings


def _option(name: str) -> inspect.Parameter:
    """One of the settings as an option of the command line."""
    default = getattr(_DEFAULTS, name)
    flag = f"--{name.replace('_', '-')}"
    kind: Any
    if name in BEYOND:
        kind = Annotated[bool, typer.Option(flag, help=_HELP[name])]
    elif name in ("segmenter", "prompts"):
        names = segmenters.NAMES if name == "segmenter" else [str(mode) for mode in PromptMode]
        kind, default = Annotated[str, typer.Option(**one_of(names, help=_HELP[name], metavar="NAME"))], str(default)
    elif name == "font_folder":
        kind = Annotated[Path | None, typer.Option(_NAMED[name], metavar="FOLDER", help=_HELP[name])]
    else:
        kind = Annotated[type(default), typer.Option(metavar="N", help=_HELP[name])]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
