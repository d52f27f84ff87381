"""The settings of a run: what a user can choose, what this project adds to the paper, and the paper's own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from charsam.errors import SettingsError
from charsam.segmenters import Precision, default_segmenter
from charsam.types import PromptMode

MAX_POINTS = 16
WIDEST = 4.0
"""Image pixels: the largest edge preference, either way."""


class PointChoice(StrEnum):
    """Which of the cells that the votes retain become points."""

    TRUSTED = "trusted"
    SPREAD = "spread"
    ALL = "all"


BEYOND = ("careful", "weighted_votes", "resolve_case", "mask_prior", "zoom")
"""The settings that go beyond the paper, all off unless asked for."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user can choose about a run.

    segmenter: a name of `charsam.segmenters.NAMES`, or the name or file of a learned one; default:
    CHARSAM_SEGMENTER in the environment, else `compact`.
    checkpoint: a file of the user's own for official SAM, instead of the known one. precision: what it computes in.
    multimask: it makes three masks for each prompt, and the one is taken that it thinks best of.
    prompts: the row of the paper's Table III.
    vote_threshold: the share of glyph templates that a pixel needs to be retained, 0..1 (paper: 0.6).
    templates: number of fonts that vote, 1..the number of fonts (paper: 40 and 80).
    points: most positive points a character gets, and most negative points, each 0..16.
    font_folder: the user's own fonts, which then vote instead of the shipped ones.
    edge: how much wider masks are cut at each edge, in image pixels, -4..4; negative: tighter.

    What this project adds to the paper, on unless it is switched off (`as_in_paper`):
    point_choice: which retained cells become points: "trusted", those on which the ink of the photo agrees with the
    fonts; "spread", few that lie far from each other and deep; "all" (paper).
    tight_boxes: CBR draws boxes tight around the ink. ink_runs: where CRAFT's boxes are not one to one with the
    characters, but the word's runs of ink are, these are the boxes.
    glyph_prior: `colour` and `compact` get the votes themselves besides the points.
    cut_far: what official SAM says far outside a character's box is dropped.
    exclusive: a pixel belongs to one character at most.
    skip_absent: characters that the picture seems to lack get no mask.
    ink: the segmenter that tells the ink of a word for those that do not tell it, such as official SAM.

    Beyond the paper:
    careful: `compact` looks at large words in strips of every height, at several times the cost for these words.
    weighted_votes: fonts whose templates look like the first mask of a character count for more; asks the segmenter
    twice.
    resolve_case: a given transcription gets the case that the image shows, for datasets that write all in one case.
    mask_prior: official SAM gets the glyph votes as its mask input, too; `colour` and `compact` always use the votes.
    zoom: official SAM encodes small words from crops of the image, each at the cost of another encoder pass.
    """

    segmenter: str = field(default_factory=default_segmenter)
    prompts: PromptMode = PromptMode.P_CHAR_POS_NEG
    vote_threshold: float = 0.6
    templates: int = 80
    points: int = 4
    font_folder: Path | None = None
    edge: float = 0.0
    point_choice: PointChoice = PointChoice.TRUSTED
    tight_boxes: bool = True
    ink_runs: bool = True
    glyph_prior: bool = True
    cut_far: bool = True
    exclusive: bool = True
    skip_absent: bool = True
    checkpoint: Path | None = None
    precision: Precision = Precision.AUTO
    multimask: bool = False
    ink: str = "compact"
    careful: bool = False
    weighted_votes: bool = False
    resolve_case: bool = False
    mask_prior: bool = False
    zoom: bool = False

    @property
    def beyond(self) -> tuple[str, ...]:
        """The settings beyond the paper that are on."""
        return tuple(name for name in BEYOND if getattr(self, name))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Which of this project's additions to the paper are off."""
        return tuple(name for name in ADDITIONS if getattr(self, name) != getattr(_USUAL, name))

    def without(self, *additions: str) -> Settings:
        """These settings with some of `ADDITIONS` as the paper has them."""
        return replace(self, **{name: IN_PAPER[name] for name in additions})

    def as_in_paper(self) -> Settings:
        """The method as the paper describes it: all of this project's additions off, and no setting beyond the paper;
        the segmenter, the row of Table III and the number of fonts stay.
        """
        usual: dict[str, Any] = {"vote_threshold": _USUAL.vote_threshold, "edge": 0.0, **dict.fromkeys(BEYOND, False)}
        return replace(self.without(*ADDITIONS), **usual)

    @classmethod
    def checked(cls, *, prompts: str, font_folder: Path | str | None, **others: Any) -> Settings:
        """Settings from what a user typed. Raises SettingsError, naming the setting, for what is not allowed."""
        try:
            mode = PromptMode(prompts)
        except ValueError as error:
            names = ", ".join(PromptMode)
            raise SettingsError(f"prompts is {prompts!r}; it must be one of {names}") from error
        for name, kind in (("point_choice", PointChoice), ("precision", Precision)):
            if name in others and others[name] not in tuple(kind):
                raise SettingsError(f"{name} is {others[name]!r}; it must be one of {', '.join(kind)}")
            if name in others:
                others[name] = kind(others[name])
        return cls(prompts=mode, font_folder=None if font_folder is None else Path(font_folder), **others)

    def __post_init__(self) -> None:
        if not 0.0 <= self.vote_threshold <= 1.0:
            raise SettingsError(f"vote_threshold is {self.vote_threshold}; it must lie between 0 and 1")
        if self.templates < 1:
            raise SettingsError(f"templates is {self.templates}; at least one font must vote")
        if not 0 <= self.points <= MAX_POINTS:
            raise SettingsError(f"points is {self.points}; it must lie between 0 and {MAX_POINTS}")
        if not -WIDEST <= self.edge <= WIDEST:
            raise SettingsError(f"edge is {self.edge}; it must lie between {-WIDEST:g} and {WIDEST:g} pixels")


_USUAL: Final = Settings()
IN_PAPER: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "point_choice": PointChoice.ALL,
        "tight_boxes": False,
        "ink_runs": False,
        "glyph_prior": False,
        "cut_far": False,
        "exclusive": False,
        "skip_absent": False,
    }
)
"""What this project adds to the paper, by the setting that switches it off and that setting's value then."""
ADDITIONS: Final = tuple(IN_PAPER)
