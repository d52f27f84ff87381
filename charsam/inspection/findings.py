"""One image inspected: for every word and character what is known of it, how suspicious it is, and why, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam.cgr.annotation import quad_area
from charsam.cgr.masks import TEXT_SIGNAL, suspicion_of, suspicion_signals
from charsam.datasets.base import TruthMask
from charsam.editing.conversion import to_annotation
from charsam.editing.document import Document, DocumentWord
from charsam.editing.frames import frame_of
from charsam.errors import WordsError
from charsam.inspection.clues import FAINT, Clues, word_clues
from charsam.inspection.failures import FailureKind
from charsam.inspection.strips import Strip, sample_labels, word_strip
from charsam.inspection.truth import Match, failure_of, matched
from charsam.types import BoxSource, Character, CharacterBox, ImageArray

SUSPECTED: Final = 0.5
"""From this score on a kind of failure is suspected."""
TOLD: Final = 0.25
"""From this strength on a signal is told in words."""


@dataclass(frozen=True, slots=True, eq=False)
class CharacterFinding:
    """One character. index: its place in its word. suspicion: as annotated; signals: its parts by name.

    size: the height of its box in image pixels. clues: what can be seen without truth. suspected: the kind of failure
    for which most speaks. match: what truth says; failure: the kind of failure by truth, None also where there is no
    truth (`match` is None then). reasons: sentences, the weightiest first.
    """

    index: int
    character: Character
    suspicion: float
    signals: dict[str, float]
    size: float
    clues: Clues
    suspected: FailureKind | None
    match: Match | None
    failure: FailureKind | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class WordFinding:
    """One word. index: its place in the image. rotation: degrees clockwise, -180..180, of its reading direction.

    true: (h, w) int32 like `strip.labels`: n where truth has the match of the word's n-th character, -1 for other
    text; None without truth.
    """

    index: int
    text: str
    text_read: bool
    rotation: float
    strip: Strip
    characters: tuple[CharacterFinding, ...]
    true: NDArray[np.int32] | None = None


def inspect_image(
    image: ImageArray,
    document: Document,
    truth: TruthMask | None = None,
    categories: Sequence[str] | None = None,
    *,
    only: int | None = None,
) -> tuple[WordFinding, ...]:
    """Every word of a document that has characters, inspected.

    image: (H, W, 3) uint8. truth: the true masks; categories: of its characters, in their order. only: the place of
    the one word that is wanted.
    Raises DatasetError where the truth is not of the image's size, EditError for a word whose polygon is of no use.
    """
    annotation = to_annotation(document)
    labels = annotation.character_mask()
    matches: tuple[Match | None, ...] = (None,) * len(annotation.characters)
    if truth is not None:
        matches = matched(annotation, truth, categories)
    found = []
    first = 1
    for index, (word, stored) in enumerate(zip(annotation.words, document.words, strict=True)):
        count = len(word.characters)
        if count and not word.ignore and only in (None, index):
            try:
                strip = word_strip(image, labels, frame_of(stored))
            except WordsError:
                first += count
                continue
            clues = word_clues(strip, word.characters, first)
            characters = tuple(
                _character(place, *one)
                for place, one in enumerate(
                    zip(word.characters, clues, matches[first - 1 : first - 1 + count], strict=True)
                )
            )
            true = None if truth is None else sample_labels(truth_labels(truth), strip.frame, strip.scale)
            own = _renumbered(strip, first, count)
            found.append(WordFinding(index, word.text, word.text_read, rotation(stored), own, characters, true))
        first += count
    return tuple(found)


def truth_labels(truth: TruthMask) -> NDArray[np.int32]:
    """(H, W) int32: 1 where there is true text, 2 where truth is not to be counted, 0 elsewhere."""
    return np.where(truth.ignored, 2, truth.text.astype(np.int32)).astype(np.int32)


def rotation(word: DocumentWord) -> float:
    """The direction in which the word is read, in degrees clockwise from the image's x axis, -180..180."""
    frame = frame_of(word)
    middle = frame.height / 2
    ends = frame.to_image(np.array([[frame.margin, middle], [frame.width - frame.margin, middle]], np.float32))
    x, y = (ends[1] - ends[0]).tolist()
    return float(np.degrees(np.arctan2(y, x)))


def signals_of(character: Character) -> dict[str, float]:
    """The parts of a character's suspicion: as annotated, or, where a stored result has left them out, made again."""
    if character.signals:
        return dict(character.signals)
    box = CharacterBox(
        character.category, character.box, character.box_source, character.recognised, character.probability
    )
    covered = character.mask.area / max(quad_area(character.quad), 1.0)
    return suspicion_signals(
        box=box, mask=character.mask, quality=character.quality, agreement=character.glyph_agreement, covered=covered
    )


def reasons(character: Character, signals: dict[str, float], clues: Clues) -> tuple[str, ...]:
    """What speaks against a character's mask, in sentences, the weightiest first."""
    category = character.category
    told: list[tuple[float, str]] = []
    contradicted = signals.get(TEXT_SIGNAL, 0)

    def tell(strength: float, text: str) -> None:
        if strength >= TOLD:
            told.append((strength, text))

    if character.mask.area == 0:
        tell(2.0, "It has no mask at all.")
    kinds = clues.kinds
    tell(contradicted, "The whole word reads otherwise here: the text may have a letter too many, too few, or wrong.")
    tell(signals.get("quality", 0), f"The segmenter itself is unsure of it (quality {character.quality:.2f}).")
    if character.glyph_agreement is None:
        tell(signals.get("glyph", 0), f"No font here has {category}, so the glyph votes cannot confirm it.")
    else:
        tell(
            signals.get("glyph", 0),
            f"It looks unlike the fonts' {category} (agreement {character.glyph_agreement:.2f}).",
        )
    if character.recognised and character.recognised != category:
        tell(signals.get("reading", 0), f"The recogniser reads “{character.recognised}” in its box, not “{category}”.")
    else:
        tell(
            signals.get("reading", 0),
            f"The recogniser gives {category} a probability of only {character.probability:.2f}.",
        )
    if character.box_source is BoxSource.EVEN:
        tell(1.0, "Its box is a guess: spread along the word by the fonts' widths.")
    elif character.box_source is BoxSource.ALIGNED:
        tell(0.7, "CRAFT saw no region here; its box comes from the recogniser's time steps.")
    elif character.box_source is BoxSource.WATERSHED:
        tell(0.35, "CRAFT saw it and its neighbour as one region; the watershed parted them.")
    if clues.looks_like:
        tell(kinds[FailureKind.WRONG_TEXT], f"Its mask looks more like {clues.looks_like} than like {category}.")
    tell(kinds[FailureKind.SHIFTED], "The letters lie to one side of the word's polygon.")
    tell(kinds[FailureKind.MERGED] - 0.1, "It seems to cover part of a neighbouring letter.")
    tell(
        kinds[FailureKind.FILLED],
        f"{kinds[FailureKind.FILLED]:.0%} of the place where the fonts' {category} has its hole is filled.",
    )
    if character.mask.area:
        tell(kinds[FailureKind.MISSING], "It leaves out strokes on which nearly all fonts agree.")
    tell(kinds[FailureKind.SPILLED] - 0.1, "It covers places where no font has a stroke.")
    if clues.contrast is not None:
        here, clear = f"{clues.contrast:.0f}", f"{FAINT:.0f}"
        tell(
            kinds[FailureKind.LOW_CONTRAST],
            f"Letter and ground differ little in colour (contrast {here}; from {clear} on it is clear).",
        )
    return tuple(text for _, text in sorted(told, key=lambda one: -one[0]))


def suspected_kind(clues: Clues, suspicion: float) -> FailureKind | None:
    """The kind of failure for which most speaks; None where nothing does."""
    kind, score = max(clues.kinds.items(), key=lambda item: item[1])
    return kind if score >= SUSPECTED or suspicion >= SUSPECTED else None


def _character(index: int, character: Character, clues: Clues, match: Match | None) -> CharacterFinding:
    signals = signals_of(character)
    suspicion = character.suspicion if character.suspicion or character.signals else suspicion_of(signals)
    size = float(np.linalg.norm(character.quad[3] - character.quad[0]))
    failure = None if match is None else failure_of(match, character.category)
    return CharacterFinding(
        index,
        character,
        suspicion,
        signals,
        size,
        clues,
        suspected_kind(clues, suspicion),
        match,
        failure,
        reasons(character, signals, clues),
    )


def _renumbered(strip: Strip, first: int, count: int) -> Strip:
    """The strip with the word's characters as 1, 2, … and those of other words as -1."""
    own = (strip.labels >= first) & (strip.labels < first + count)
    labels = np.where(own, strip.labels - first + 1, np.where(strip.labels > 0, -1, 0)).astype(np.int32)
    return Strip(strip.frame, strip.scale, strip.photo, labels)
