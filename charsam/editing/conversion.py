"""Between documents and what the other rooms speak of: words, and the annotation of an image."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from charsam.checks import UNREAD
from charsam.datasets.fields import MOST_VERTICES
from charsam.editing.document import (
    Document,
    DocumentCharacter,
    DocumentWord,
    Points,
    StoredMask,
    point_array,
    stored_figure,
    stored_points,
)
from charsam.editing.document_json import LONGEST_PROBLEM, LONGEST_TEXT
from charsam.editing.frames import box_of, frame_of, quad_of
from charsam.errors import EditError, WordsError
from charsam.geometry import word_frame
from charsam.segmenters import default_segmenter
from charsam.text import characters_of
from charsam.types import (
    AnnotatedWord,
    BoxSource,
    Character,
    FloatArray,
    GivenCharacter,
    ImageAnnotation,
    PromptMode,
    Word,
)


def from_words(words: Sequence[Word], size: tuple[int, int], next_id: int = 1) -> Document:
    """A document of these words, not annotated yet; characters that they bring have no masks yet.

    size: width and height of the image. next_id: the number of the first id.
    Raises EditError for a polygon that no document can hold.
    """
    ids = Ids(next_id)
    kept = tuple(_from_word(word, ids, number) for number, word in enumerate(words, start=1))
    return Document(size[0], size[1], ids.next, kept)


def to_words(document: Document) -> tuple[Word, ...]:
    """The document's words for a run of the pipeline; where boxes must stay, they are given with their characters."""
    return tuple(to_word(word) for word in document.words)


def to_word(word: DocumentWord) -> Word:
    """A word of a document as the pipeline takes it."""
    given = (
        tuple(GivenCharacter(character.category, point_array(character.quad)) for character in word.characters)
        if keeps_boxes(word)
        else ()
    )
    text = word.text or ("" if word.problem == UNREAD else None)
    return Word(point_array(word.polygon), text, word.ignore, given, word.text_read)


def keeps_boxes(word: DocumentWord) -> bool:
    """Whether a new annotation leaves the word's boxes: a person, or the import, set some of them."""
    given = bool(word.characters) and all(one.box_source is BoxSource.GIVEN for one in word.characters)
    return bool(word.characters) and (word.corrected or given)


def to_annotation(
    document: Document, segmenter: str | None = None, prompts: PromptMode = PromptMode.P_CHAR_POS_NEG
) -> ImageAnnotation:
    """The document as a result, for exports and views. Raises EditError for a word whose polygon is of no use."""
    words = tuple(
        AnnotatedWord(point_array(word.polygon), word.text, _characters(word), word.ignore, word.text_read, word.reads)
        for word in document.words
    )
    problems = tuple(f"word {n}: {word.problem}" for n, word in enumerate(document.words, start=1) if word.problem)
    return ImageAnnotation(
        document.width, document.height, words, segmenter or default_segmenter(), prompts, problems=problems
    )


def merge_annotation(document: Document, annotation: ImageAnnotation) -> Document:
    """The document with what a run of the pipeline found; what a person corrected stays exactly as it is.

    The run was given `to_words(document)`, or found the words of a document that has none. A word that was edited or
    deleted since then is left alone. A pixel that is a corrected character's is nobody else's.
    """
    ids = Ids(document.next_id)
    if not document.words:
        words = [_from_annotated(word, ids) for word in annotation.words]
    else:
        found = {stored_points(word.polygon): word for word in annotation.words}
        words = [_merged(word, found.get(word.polygon), ids) for word in document.words]
    words = _with_problems(words, annotation)
    return cleared(replace(document, words=tuple(words), next_id=ids.next), document)


def cleared(document: Document, before: Document) -> Document:
    """The document without the pixels that characters unchanged since `before` hold already."""
    owned = np.zeros(document.shape, np.bool_)
    old = {character.id: character for character in before.characters()}
    for character in document.characters():
        if old.get(character.id) == character:
            area, pixels = _placed(character)
            owned[area] |= pixels
    words = []
    for word in document.words:
        characters = []
        for character in word.characters:
            area, pixels = _placed(character)
            if old.get(character.id) != character and (owned[area] & pixels).any():
                mask = replace(character.mask.mask(), pixels=pixels & ~owned[area])
                characters.append(replace(character, mask=StoredMask.of(mask)))
            else:
                characters.append(character)
        words.append(replace(word, characters=tuple(characters)))
    return replace(document, words=tuple(words))


class Ids:
    """Hands out a document's ids."""

    def __init__(self, first: int) -> None:
        self.next = first

    def word(self) -> str:
        return self._named("w")

    def character(self) -> str:
        return self._named("c")

    def _named(self, kind: str) -> str:
        self.next += 1
        return f"{kind}{self.next - 1}"


def _placed(character: DocumentCharacter) -> tuple[tuple[slice, slice], np.ndarray]:
    mask = character.mask.mask()
    h, w = mask.pixels.shape
    return np.s_[mask.y : mask.y + h, mask.x : mask.x + w], mask.pixels


def _from_word(word: Word, ids: Ids, number: int) -> DocumentWord:
    polygon = np.asarray(word.polygon, np.float32)
    if not 4 <= len(polygon) <= MOST_VERTICES or not np.isfinite(polygon).all():
        raise EditError(f"word {number}: its polygon must have 4 to {MOST_VERTICES} points with finite coordinates")
    text = unicodedata.normalize("NFC", word.text or "").strip()
    problem = f"its text has {len(text)} characters; a word may have {LONGEST_TEXT}" if len(text) > LONGEST_TEXT else ""
    named = ids.word()
    characters = () if problem else tuple(_given(one, polygon, ids) for one in word.characters)
    return DocumentWord(
        named,
        stored_points(polygon),
        text[:LONGEST_TEXT] or "".join(one.category for one in characters),
        word.ignore,
        word.text_read,
        problem,
        () if word.ignore else characters,
    )


def _given(character: GivenCharacter, word: FloatArray, ids: Ids) -> DocumentCharacter:
    category = "".join(characters_of(character.category)) or character.category
    return DocumentCharacter(ids.character(), category, quad_around(character.polygon, word))


def quad_around(polygon: FloatArray, word: FloatArray) -> Points:
    """The quad of a character's polygon: itself where it has four points, else its bounds in the word's frame."""
    if len(polygon) == 4:
        return stored_points(polygon)
    try:
        frame = word_frame(word)
    except WordsError:
        (x0, y0), (x1, y1) = polygon.min(0), polygon.max(0)
        return stored_points(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32))
    return quad_of(frame, box_of(frame, stored_points(polygon)))


def _characters(word: DocumentWord) -> tuple[Character, ...]:
    if not word.characters:
        return ()
    try:
        frame = frame_of(word)
    except WordsError as error:
        raise EditError(f"the word {word.text or word.id}: {error}") from error
    return tuple(
        Character(
            category=one.category,
            quad=point_array(one.quad),
            box=box_of(frame, one.quad),
            box_source=one.box_source,
            recognised=one.recognised,
            probability=one.probability,
            positive=point_array(one.positive),
            negative=point_array(one.negative),
            mask=one.mask.mask(),
            quality=one.quality,
            glyph_agreement=one.glyph_agreement,
            suspicion=one.suspicion,
            signals=dict(one.signals),
            review=one.review,
        )
        for one in word.characters
    )


def _from_annotated(word: AnnotatedWord, ids: Ids) -> DocumentWord:
    named = ids.word()
    characters = tuple(_from_character(one, ids.character()) for one in word.characters)
    return DocumentWord(
        named,
        stored_points(word.polygon),
        word.text,
        word.ignore,
        word.text_read,
        characters=characters,
        reads=word.reads[:LONGEST_TEXT],
    )


def _from_character(found: Character, named: str) -> DocumentCharacter:
    return DocumentCharacter(
        id=named,
        category=found.category,
        quad=stored_points(found.quad),
        box_source=found.box_source,
        recognised=found.recognised,
        probability=stored_figure(found.probability),
        positive=stored_points(found.positive),
        negative=stored_points(found.negative),
        quality=stored_figure(found.quality),
        glyph_agreement=None if found.glyph_agreement is None else stored_figure(found.glyph_agreement),
        suspicion=stored_figure(found.suspicion),
        signals={name: stored_figure(value) for name, value in found.signals.items()},
        mask=StoredMask.of(found.mask),
    )


def _merged(word: DocumentWord, found: AnnotatedWord | None, ids: Ids) -> DocumentWord:
    """A word with its annotation; as it is where that is not of this word as it is now."""
    if found is None or word.ignore or found.ignore or (word.edited and word.characters):
        return word
    if word.text and word.text != found.text:
        return word
    text, read = (word.text, word.text_read) if word.text else (found.text, found.text_read)
    if not keeps_boxes(word):
        same = [one.category for one in word.characters] == [one.category for one in found.characters]
        names = [one.id for one in word.characters] if same else [ids.character() for _ in found.characters]
        characters = [_from_character(one, name) for one, name in zip(found.characters, names, strict=True)]
    elif [one.category for one in word.characters] != [one.category for one in found.characters]:
        return word
    else:
        characters = [
            one if one.corrected else _refreshed(one, new)
            for one, new in zip(word.characters, found.characters, strict=True)
        ]
    reads = found.reads[:LONGEST_TEXT]
    return replace(word, text=text, text_read=read, problem="", characters=tuple(characters), reads=reads)


def _refreshed(character: DocumentCharacter, found: Character) -> DocumentCharacter:
    """A character with a new mask for the box that it had."""
    return replace(
        _from_character(found, character.id),
        quad=character.quad,
        box_source=character.box_source,
        recognised=character.recognised,
        probability=character.probability,
    )


def _with_problems(words: Sequence[DocumentWord], annotation: ImageAnnotation) -> list[DocumentWord]:
    """The words with the sentence that says why one has no characters."""
    places = {stored_points(word.polygon): number for number, word in enumerate(annotation.words, start=1)}
    result = []
    for word in words:
        number = places.get(word.polygon)
        said = None if number is None else _problem(annotation.problems, number)
        fits = said is not None and not word.characters and not word.ignore
        result.append(replace(word, problem=said[:LONGEST_PROBLEM]) if fits and said is not None else word)
    return result


def _problem(problems: Sequence[str], number: int) -> str | None:
    for sentence in problems:
        if sentence.startswith((f"word {number}:", f"word {number} (")):
            return sentence.split(": ", 1)[-1]
    return None
