"""One edit's workplace: the image, the models, and the ways in which masks are made anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from charsam.cgr.masks import TEXT_SIGNAL
from charsam.cgr.trusted_points import InkCells, ink_under
from charsam.checks import usable_words
from charsam.editing.conversion import Ids
from charsam.editing.document import Document, DocumentCharacter, DocumentWord, point_array, stored_figure
from charsam.editing.document_json import LONGEST_TEXT
from charsam.editing.embeddings import Embeddings, Encoded
from charsam.editing.frames import box_of, frame_of, quad_of, usable_frame
from charsam.editing.mask_ownership import masks_of, without
from charsam.editing.mask_prompts import Ink, PromptedMask, ask, rated, with_machine_points
from charsam.errors import ImageError, WordsError
from charsam.pipeline import CharSAM
from charsam.sampling import image_window
from charsam.settings import PointChoice
from charsam.trace import Settings, Stage, Trace
from charsam.types import FloatArray, ImageArray, Word, WordFrame

REACH = 16.0
"""Pixels of the word frame beyond a character's box in which a click may win pixels from a neighbour."""


@dataclass(frozen=True, slots=True)
class EditResult:
    """What an edit makes of a document, what it is called in the history, and what the person is told."""

    document: Document
    label: str
    message: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class EditContext:
    """image: (H, W, 3) uint8 RGB. key: names the image among all that are worked on."""

    pipe: CharSAM
    embeddings: Embeddings
    key: str
    image: ImageArray
    settings: Settings

    @property
    def _encoded_by(self) -> str:
        return f"{self.settings.segmenter}{', careful' if self.settings.careful else ''}"

    def ask(self, word: DocumentWord, wanted: Iterable[str]) -> tuple[PromptedMask, ...]:
        """The segmenter's answers for those characters of a word, in one call on the word's embedding."""
        chosen = set(wanted)
        if not chosen:
            return ()
        segmenter = self.pipe.segmenter(self.settings.segmenter)
        asked = [one for one in word.characters if one.id in chosen or segmenter.word_wide]
        encoded = self.encoded(word)
        answers = ask(segmenter, encoded.embedding, encoded.regions.frame, asked, self.settings)
        return tuple(answer for answer in answers if answer.character.id in chosen)

    def encoded(self, word: DocumentWord) -> Encoded:
        """The word as CRAFT and the segmenter see it. Raises EditError where its polygon encloses no area."""
        return self._encoded(usable_frame(word), self.settings.segmenter, self._encoded_by)

    def ink_of(self, frame: WordFrame) -> Ink:
        """The ink of the word of that frame, by the segmenter, or by what tells it in its stead; encoded when it is
        asked for.
        """

        def ink(box: FloatArray) -> InkCells | None:
            if self.settings.point_choice != PointChoice.TRUSTED:
                return None
            for name, encoded_by in ((self.settings.segmenter, self._encoded_by), (self.settings.ink,) * 2):
                text = self._encoded(frame, name, encoded_by).embedding.word_text(0)
                if text is not None:
                    return ink_under(text, box, name)
            return None

        return ink

    def _encoded(self, frame: WordFrame, name: str, encoded_by: str) -> Encoded:
        def encode() -> Encoded:
            return Encoded(*self.pipe.encode(self.image, frame, name, careful=self.settings.careful))

        return self.embeddings.get(self.key, encoded_by, frame, encode)

    def after_click(self, document: Document, character_id: str) -> Document:
        """The document with the mask of one character made anew; others only lose what a higher logit takes."""
        place, index = document.character_at(character_id)
        word = document.words[place]
        character = word.characters[index]
        near = self._neighbours(word, character)
        answers = self.ask(word, {character_id, *near})
        mine = [answer for answer in answers if answer.character.id == character_id]
        rivals = [answer for answer in answers if answer.character.id != character_id]
        return self.settled(document, masks_of(document, mine, rivals))

    def resegmented(self, document: Document, word_id: str, changed: Iterable[str] = ()) -> Document:
        """The document with the masks of one word made anew: of the changed characters, and of all that no person
        painted or accepted.
        """
        word = document.words[document.word_at(word_id)]
        chosen = {one.id for one in word.characters if not one.judged} | set(changed)
        return self.settled(document, masks_of(document, self.ask(word, chosen)))

    def settled(self, document: Document, changed: Sequence[DocumentCharacter]) -> Document:
        """The document with changed characters in place; the others lose the pixels that are these now."""
        new = {one.id: one for one in changed}
        taken = [one.mask.mask() for one in changed]
        words = []
        for word in document.words:
            characters = []
            for character in word.characters:
                now = new.get(character.id, character)
                if character.id not in new:
                    for mask in taken:
                        now = without(now, mask)
                characters.append(now)
            altered = [now is not old for now, old in zip(characters, word.characters, strict=True)]
            if any(altered):
                frame = usable_frame(word)
                shape = document.shape
                characters = [
                    rated(now, frame, shape, self.settings) if moved else now
                    for now, moved in zip(characters, altered, strict=True)
                ]
                word = replace(word, characters=tuple(characters))  # noqa: PLW2901
            words.append(word)
        return replace(document, words=tuple(words))

    def found(self, word: DocumentWord, ids: Ids) -> DocumentWord:
        """A word with the boxes of its characters sought and points made, or with the problem that there is.

        The characters have no masks yet. Where there are as many as before, they keep their ids.
        """
        problem, trace = self._traced(Word(point_array(word.polygon), word.text or None), self._begun(word))
        if trace is None:
            return replace(word, problem=problem, characters=(), reads="")
        frame, boxes = trace.frames[0], trace.boxes[0]
        names = [one.id for one in word.characters]
        if len(names) != len(boxes):
            names = [ids.character() for _ in boxes]
        characters = tuple(
            DocumentCharacter(
                id=name,
                category=box.category,
                quad=quad_of(frame, box.box),
                box_source=box.source,
                recognised=box.recognised,
                probability=stored_figure(min(max(box.probability, 0.0), 1.0)),
                signals={TEXT_SIGNAL: stored_figure(box.doubt)} if box.doubt else {},
            )
            for name, box in zip(names, boxes, strict=True)
        )
        text = trace.words[0].text or ""
        done = replace(
            word,
            text=word.text or text,
            text_read=word.text_read if word.text else True,
            problem="",
            characters=characters,
            reads=trace.readings[0].reads[:LONGEST_TEXT],
        )
        chosen = frame_of(done)
        if trace.embedding is not None:
            self.embeddings.put(self.key, self._encoded_by, frame, Encoded(trace.regions[0], trace.embedding))
        return self.pointed(done, chosen)

    def pointed(self, word: DocumentWord, frame: WordFrame | None = None) -> DocumentWord:
        """The word, all of whose characters that nobody corrected have points made anew."""
        frame = frame or usable_frame(word)
        ink = self.ink_of(frame)
        characters = tuple(
            one if one.corrected else with_machine_points(one, frame, self.settings, ink) for one in word.characters
        )
        return replace(word, characters=characters)

    def _begun(self, word: DocumentWord) -> Trace | None:
        """What is known of a word before it is run: how it was encoded, which another text leaves as it is."""
        if not word.characters:
            return None
        frame = usable_frame(word)
        from charsam.cbr.regions import region_boxes  # with PyTorch, for which the app's start need not wait

        known = self.embeddings.find(self.key, self._encoded_by, frame)
        if known is None or known.embedding.word_text(0) is None:
            return None
        return Trace(
            self.image,
            self.settings,
            frames=(frame,),
            regions=(known.regions,),
            craft_boxes=(region_boxes(known.regions),),
            embedding=known.embedding,
            ink=known.embedding,
            timings={Stage.REGIONS: 0.0, Stage.ENCODE: 0.0},
        )

    def _traced(self, word: Word, begun: Trace | None) -> tuple[str, Trace | None]:
        """The run of one word up to its boxes; or why there is none."""
        try:
            chosen, problems = usable_words([word], self.image.shape)
            if not chosen:
                return _sentence(problems[0], word), None
            trace = self.pipe.run(self.image, [word], self.settings, until=Stage.SPLIT, previous=begun)
        except (WordsError, ImageError) as error:
            return str(error), None
        if trace.problems:
            return _sentence(trace.problems[0], word), None
        return "", trace

    def _neighbours(self, word: DocumentWord, character: DocumentCharacter) -> list[str]:
        """The characters of the word whose pixels a click on this one may win."""
        frame = usable_frame(word)
        box = box_of(frame, character.quad) + np.array([-REACH, -REACH, REACH, REACH], np.float32)
        x0, y0, x1, y1 = image_window(frame, self.image.shape, box)
        return [
            one.id
            for one in word.characters
            if one.id != character.id
            and not one.judged
            and max(one.mask.x, x0) < min(one.mask.x + one.mask.width, x1)
            and max(one.mask.y, y0) < min(one.mask.y + one.mask.height, y1)
        ]


def _sentence(problem: str, word: Word) -> str:
    """A problem of the only word of a run, without its number."""
    named = f"word 1 ({word.text[:40]}): " if word.text else "word 1: "
    return problem.removeprefix(named).removeprefix("word 1: ")
