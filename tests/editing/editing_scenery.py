"""A scene that was annotated once, and ways to edit it and to look at what came of it."""

import functools
import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from charsam.editing.changes import apply_change, change_from_json, change_to_json, inverse
from charsam.editing.commands import command_from_json
from charsam.editing.conversion import from_words
from charsam.editing.document import Document, DocumentCharacter
from charsam.editing.document_json import document_from_json, document_to_json
from charsam.editing.editor import Edit, Editor
from charsam.pipeline import CharSAM
from charsam.scenes import Scene, make_scene
from charsam.trace import Settings
from charsam.types import ImageArray, Word

SIZE = (320, 240)


@functools.cache
def scene() -> Scene:
    """The words 80, BROAD and 8."""
    return make_scene(1, size=SIZE, kind="holes")


@dataclass(frozen=True)
class Scenery:
    """An image with its annotated document, and a way to edit it that checks what must hold after every edit."""

    editor: Editor
    image: ImageArray
    document: Document
    settings: Settings

    def edit(self, document: Document, **command: Any) -> Edit:
        edit = self.editor.apply("scene", self.image, document, command_from_json(command), self.settings)
        after = apply_change(document, edit.change)
        assert apply_change(after, inverse(edit.change)) == document
        assert change_from_json(json.loads(json.dumps(change_to_json(edit.change)))) == edit.change
        assert document_from_json(json.loads(json.dumps(document_to_json(after)))) == after
        assert owners(after).max(initial=0) <= 1
        return edit

    def done(self, document: Document, **command: Any) -> Document:
        return apply_change(document, self.edit(document, **command).change)


def owners(document: Document) -> np.ndarray:
    """(H, W) int: how many characters each pixel belongs to."""
    counts = np.zeros(document.shape, int)
    for character in document.characters():
        mask = character.mask.mask()
        h, w = mask.pixels.shape
        counts[mask.y : mask.y + h, mask.x : mask.x + w] += mask.pixels
    return counts


def pixels(document: Document, character_id: str) -> np.ndarray:
    """(H, W) bool: a character's mask in the image."""
    mask = character(document, character_id).mask.mask()
    drawn = np.zeros(document.shape, bool)
    h, w = mask.pixels.shape
    drawn[mask.y : mask.y + h, mask.x : mask.x + w] = mask.pixels
    return drawn


def unannotated() -> Document:
    return from_words([Word(word.polygon, word.text) for word in scene().words], SIZE)


def character(document: Document, character_id: str) -> DocumentCharacter:
    place, index = document.character_at(character_id)
    return document.words[place].characters[index]


def middle(one: DocumentCharacter) -> list[float]:
    return [round(float(value), 2) for value in np.mean(one.quad, axis=0)]


@functools.cache
def annotated(pipe: CharSAM, segmenter: str) -> Scenery:
    editor, settings = Editor(pipe), Settings(segmenter=segmenter)
    scenery = Scenery(editor, scene().image, unannotated(), settings)
    bare = scenery.document
    return replace(scenery, document=scenery.done(bare, do="annotate"))


def shifted(points: object, by: object) -> np.ndarray:
    """(P, 2): the points, each moved by its share of `by`."""
    return np.add(np.array(points, float), np.array(by, float))
