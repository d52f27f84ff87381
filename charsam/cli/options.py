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
from charsam.segmenters import Precision, learned
from charsam.settings import ADDITIONS, BEYOND, IN_PAPER, PointChoice, Settings
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


def one_of(names: Sequence[str], hint: str = "", **more: Any) -> dict[str, Any]:
    """What makes an option or argument one of several names, which the shell completes. hint: what else is said of
    another name. more: its other properties.
    """

    def checked(value: str | None) -> str | None:
        if value is not None and value not in names:
            raise typer.BadParameter(f"{value!r} is not one of {', '.join(names)}.{hint and f' {hint}'}")
        return value

    return {
        "callback": checked,
        "autocompletion": lambda incomplete: [n for n in names if n.startswith(incomplete)],
        **more,
    }


_DEFAULTS: Final = Settings()
_HELP: Final = {
    "segmenter": f"what makes the masks: {', '.join(segmenters.NAMES)}, or what `charsam learn` made: its name or file",
    "prompts": f"the row of the paper's Table III: {', '.join(PromptMode)}",
    "templates": "number of fonts that vote",
    "vote_threshold": "share of the fonts that a point needs",
    "points": "most positive and most negative points of a character",
    "font_folder": "folder of fonts that vote instead of the shipped ones",
    "edge": "cut masks so many image pixels wider, or tighter if negative",
    "point_choice": f"which cells of the votes become points: {', '.join(PointChoice)}; all is the paper's",
    "tight_boxes": "draw character boxes tight around the ink",
    "ink_runs": "take runs of ink for boxes where CRAFT's are not one to one with the characters",
    "glyph_prior": "colour and compact get the votes themselves besides the points",
    "cut_far": "drop what official SAM says far outside a character's box",
    "exclusive": "give each pixel to one character at most",
    "skip_absent": "make no mask of a character that the picture seems to lack",
    "checkpoint": "official SAM with this file of your own",
    "precision": f"of official SAM: {', '.join(Precision)}",
    "multimask": "official SAM makes three masks for each prompt, and the one is taken that it thinks best of",
    "ink": "what tells the ink of words for segmenters that do not, such as official SAM: compact, colour",
    "careful": "beyond the paper: compact looks at large words in all sizes; slower",
    "weighted_votes": "beyond the paper: fonts that look like a character's first mask count for more in its votes",
    "resolve_case": "beyond the paper: give transcriptions the case that the image shows, for datasets in one case",
    "mask_prior": "beyond the paper: official SAM gets the glyph votes as mask input, besides points",
    "zoom": "beyond the paper: official SAM encodes small words from crops of the image; more encoder passes",
}
_CHOICES: Final = ("segmenter", "prompts", "templates")
"""What the rows of the paper's Tables II and III differ in."""
_NAMED: Final = {"font_folder": "--fonts"}
_NAMES: Final = {
    "prompts": tuple(str(mode) for mode in PromptMode),
    "point_choice": tuple(str(choice) for choice in PointChoice),
    "precision": tuple(str(precision) for precision in Precision),
    "ink": ("compact", "colour"),
}
_PAPER: Final = inspect.Parameter(
    "paper",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[
        bool,
        typer.Option(
            "--paper",
            help="only what the paper describes: all of the additions below are off unless they are asked for",
        ),
    ],
)


def takes_settings(*, rows: bool = True) -> Callable[[Callable[..., int]], Work]:
    """Give a command the options of a run; it gets them as `settings`, checked.

    rows: whether the settings in which the rows of the paper's tables differ can be chosen; else they are the defaults.
    """

    def decorated(work: Callable[..., int]) -> Work:
        taken = [field.name for field in fields(Settings) if rows or field.name not in _CHOICES]

        @functools.wraps(work)
        def call(**given: Any) -> int:
            paper = given.pop("paper")
            chosen = {name: given.pop(name) for name in taken}
            usual = {name: IN_PAPER[name] if paper else getattr(_DEFAULTS, name) for name in ADDITIONS}
            chosen |= {name: usual[name] for name in ADDITIONS if chosen[name] is None}
            with arguments():
                settings = checked_settings(**chosen)
            return work(**given, settings=settings)

        hints = get_type_hints(work, include_extras=True)
        own = [
            parameter.replace(annotation=hints[parameter.name])
            for parameter in inspect.signature(work).parameters.values()
            if parameter.name != "settings"
        ]
        every = [*own, _PAPER, *(_option(name) for name in taken)]
        call.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in every}
        return call

    return decorated


def checked_settings(**chosen: Any) -> Settings:
    """Raises SettingsError or WeightsError if they cannot be used here."""
    fonts, checkpoint = chosen.pop("font_folder", None), chosen.pop("checkpoint", None)
    prompts = str(chosen.pop("prompts", _DEFAULTS.prompts))
    if chosen.get("segmenter", "").endswith(learned.SUFFIX):
        chosen["segmenter"] = str(Path(chosen["segmenter"]).absolute())
    settings = Settings.checked(
        prompts=prompts,
        font_folder=None if fonts is None else fonts.absolute(),
        checkpoint=None if checkpoint is None else checkpoint.absolute(),
        **chosen,
    )
    segmenters.check(settings.segmenter, settings.checkpoint)
    if settings.font_folder is not None:
        font_files(settings.font_folder)
    return settings


def _segmenters(incomplete: str) -> list[str]:
    return [name for name in (*segmenters.NAMES, *learned.named_files()) if name.startswith(incomplete)]


def _option(name: str) -> inspect.Parameter:
    """One of the settings as an option of the command line."""
    default = getattr(_DEFAULTS, name)
    flag = f"--{name.replace('_', '-')}"
    kind: Any
    if name in BEYOND or name == "multimask":
        kind = Annotated[bool, typer.Option(flag, help=_HELP[name])]
    elif name == "segmenter":
        kind = Annotated[
            str, typer.Option(help=_HELP[name], metavar="NAME|FILE", autocompletion=_segmenters, show_default=default)
        ]
    elif name in _NAMES:
        kind, default = (
            Annotated[str, typer.Option(**one_of(_NAMES[name], help=_HELP[name], metavar="NAME"))],
            str(default),
        )
        if name in ADDITIONS:
            kind = Annotated[str | None, typer.Option(**one_of(_NAMES[name], help=_HELP[name], metavar="NAME"))]
            default = None
    elif name in ADDITIONS:
        kind, default = Annotated[bool | None, typer.Option(f"{flag}/--no-{flag[2:]}", help=_HELP[name])], None
    elif name == "checkpoint":
        kind = Annotated[Path | None, typer.Option(metavar="FILE", help=_HELP[name])]
    elif name == "font_folder":
        kind = Annotated[Path | None, typer.Option(_NAMED[name], metavar="FOLDER", help=_HELP[name])]
    else:
        kind = Annotated[type(default), typer.Option(metavar="N", help=_HELP[name])]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
