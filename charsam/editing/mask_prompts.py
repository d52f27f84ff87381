"""Asking a segmenter for the masks of a document's characters, with their boxes, points and glyph votes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from charsam import segmenters
from charsam.cgr.annotation import NOTHING, glyph_prior, is_absent, quad_area
from charsam.cgr.edge import with_edge
from charsam.cgr.masks import TEXT_SIGNAL, glyph_agreement, suspicion_of, suspicion_signals
from charsam.cgr.prompts import settings_points
from charsam.cgr.templates import templates_of
from charsam.cgr.trusted_points import InkCells
from charsam.editing.document import DocumentCharacter, Points, point_array, stored_figure, stored_points
from charsam.editing.frames import box_of
from charsam.segmenters.base import Embedding, Segmenter
from charsam.trace import Settings
from charsam.types import CharacterBox, FloatArray, GlyphVotes, LogitMap, Prompts, WordFrame

Ink = Callable[[FloatArray], InkCells | None]
"""The ink under the cells of a box of a word frame."""
_NOWHERE = np.zeros(4, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PromptedMask:
    """What the segmenter says of one character. frame: of its word."""

    character: DocumentCharacter
    frame: WordFrame
    logits: LogitMap
    quality: float


def votes_for(category: str, settings: Settings) -> GlyphVotes | None:
    """The votes of the fonts for a category; None where no font has it."""
    return templates_of(settings.font_folder).votes(category, settings.templates)


def with_machine_points(
    character: DocumentCharacter, frame: WordFrame, settings: Settings, ink: Ink
) -> DocumentCharacter:
    """The character with points made from the glyph votes in its box, besides those that a person set.

    ink: tells which of them can be trusted.
    """
    votes, box = votes_for(character.category, settings), box_of(frame, character.quad)
    made = settings_points(votes, box, settings, ink(box))
    positive, clicked_positive = _joined(character, 1, stored_points(frame.to_image(made.positive)))
    negative, clicked_negative = _joined(character, 0, stored_points(frame.to_image(made.negative)))
    return replace(
        character,
        positive=positive,
        negative=negative,
        clicked_positive=clicked_positive,
        clicked_negative=clicked_negative,
        points_edited=any(clicked_positive) or any(clicked_negative),
    )


def ask(
    segmenter: Segmenter,
    embedding: Embedding,
    frame: WordFrame,
    characters: Sequence[DocumentCharacter],
    settings: Settings,
) -> tuple[PromptedMask, ...]:
    """The segmenter's answers for characters of one word, which is word 0 of the embedding: one call."""
    if not characters:
        return ()
    found = segmenter.segment(embedding, _prompts(characters, frame, settings))
    return tuple(
        PromptedMask(
            character,
            frame,
            NOTHING if _is_absent(character) else with_edge(logits, settings.edge),
            float(quality),
        )
        for character, logits, quality in zip(characters, found.logits, found.quality, strict=True)
    )


def _is_absent(character: DocumentCharacter) -> bool:
    """Whether the picture lacks it, as in `charsam.cgr.annotation.is_absent`; until a person shows where it is."""
    doubt = character.signals.get(TEXT_SIGNAL, 0.0)
    guessed = CharacterBox(character.category, _NOWHERE, character.box_source, doubt=doubt)
    return is_absent(guessed) and not character.corrected


def rated(
    character: DocumentCharacter, frame: WordFrame, shape: tuple[int, int], settings: Settings
) -> DocumentCharacter:
    """The character with the figures that follow from its mask. shape: (height, width) of the image."""
    mask, box = character.mask.mask(), box_of(frame, character.quad)
    agreement = glyph_agreement(mask, votes_for(character.category, settings), frame, box, shape)
    area = max(quad_area(point_array(character.quad)), 1.0)
    told = character.category_edited or character.box_edited
    probability = 1.0 if character.category_edited else character.probability
    doubt = 0.0 if told else character.signals.get(TEXT_SIGNAL, 0.0)
    signals = suspicion_signals(
        box=CharacterBox(character.category, box, character.box_source, character.recognised, probability, doubt),
        mask=mask,
        quality=character.quality,
        agreement=agreement,
        covered=mask.area / area,
    )
    return replace(
        character,
        glyph_agreement=None if agreement is None else stored_figure(agreement),
        suspicion=stored_figure(suspicion_of(signals, segmenters.doubtful_of(settings.segmenter))),
        signals={name: stored_figure(value) for name, value in signals.items()},
    )


def _joined(character: DocumentCharacter, label: int, made: Points) -> tuple[Points, tuple[bool, ...]]:
    points = character.positive if label else character.negative
    kept = tuple(point for point, clicked in zip(points, character.clicks(label), strict=True) if clicked)
    flags = (False,) * len(made) + (True,) * len(kept)
    return made + kept, flags if kept else ()


def _prompts(characters: Sequence[DocumentCharacter], frame: WordFrame, settings: Settings) -> Prompts:
    most = max(len(one.positive) + len(one.negative) for one in characters)
    count = len(characters)
    points = np.zeros((count, most, 2), np.float32)
    labels = np.full((count, most), -1, np.int8)
    clicks = np.zeros((count, most), np.bool_)
    priors = []
    for row, one in enumerate(characters):
        positive, negative = (frame.to_frame(point_array(found)) for found in (one.positive, one.negative))
        both = len(positive) + len(negative)
        points[row, :both] = np.concatenate([positive, negative])
        labels[row, : len(positive)], labels[row, len(positive) : both] = 1, 0
        clicks[row, :both] = (*one.clicks(1), *one.clicks(0))
        priors.append(glyph_prior(votes_for(one.category, settings), settings))
    boxes = np.stack([box_of(frame, one.quad) for one in characters])
    by_hand = clicks if clicks.any() else None
    return Prompts(
        np.zeros(count, np.int64),
        boxes,
        points,
        labels,
        tuple(priors),
        by_hand,
        votes_as_mask=settings.mask_prior,
        multimask=settings.multimask,
        uncut=not settings.cut_far,
    )
