"""What reading a little further does to the ends of words."""

from dataclasses import replace

import numpy as np
from lettering import FONT, GROUND, INK
from PIL import Image, ImageDraw

from charsam.finding.found_word import FoundWord, Witness
from charsam.finding.outlines import Band
from charsam.finding.word_ends import with_ends
from charsam.pipeline import CharSAM
from charsam.types import ImageArray

LEFT, TOP, BOTTOM = 40, 62, 112


def drawn(text: str) -> ImageArray:
    image = Image.new("RGB", (640, 180), GROUND)
    ImageDraw.Draw(image).text((LEFT, 60), text, font=FONT, fill=INK)
    return np.asarray(image)


def part(text: str, found: str, witness: Witness = Witness.CRAFT) -> FoundWord:
    """One part of a drawn text, as a witness may have found it."""
    start = text.index(found)
    x0, x1 = (LEFT + FONT.getlength(text[:end]) for end in (start, start + len(found)))
    band = Band(np.array([[x0, TOP], [x1, TOP]]), np.array([[x0, BOTTOM], [x1, BOTTOM]]))
    sure = np.ones(len(found), np.float32)
    return FoundWord(band.polygon, found, sure, 0.9, witness, len(found), band if witness is Witness.CRAFT else None)


def ends(pipeline: CharSAM, image: ImageArray, *found: FoundWord) -> list[str]:
    recogniser = pipeline.models.recogniser
    return [word.text for word in with_ends(image, found, recogniser)]


def test_a_letter_that_was_missed_is_won(pipeline: CharSAM):
    text = "BRIDGES"

    assert ends(pipeline, drawn(text), part(text, "BRIDGE")) == ["BRIDGES"]


def test_a_fragment_at_the_end_is_taken_in(pipeline: CharSAM):
    text = "BRIDGES"

    assert ends(pipeline, drawn(text), part(text, "RIDGES"), part(text, "B"))[0] == "BRIDGES"


def test_one_end_is_won_though_another_word_stands_at_the_other(pipeline: CharSAM):
    text = "BRIDGESNORTH"

    assert ends(pipeline, drawn(text), part(text, "RIDGES"), part(text, "NORTH"))[0] == "BRIDGES"


def test_a_doubtful_character_that_a_line_does_not_read_is_cut_off(pipeline: CharSAM):
    sure, line = part("KELUAR", "KELUAR"), part("KELUAR", "KELUAR", Witness.LINES)
    arrow = np.array([0.3, 1, 1, 1, 1, 1, 1], np.float32)

    found = replace(sure, text="CKELUAR", confidences=arrow, letters=7)

    assert ends(pipeline, drawn("KELUAR"), found, line)[0] == "KELUAR"


def test_a_sure_character_that_a_line_does_not_read_stays(pipeline: CharSAM):
    text = "BRIDGES"

    assert ends(pipeline, drawn(text), part(text, text), part(text, "BRIDGE", Witness.LINES))[0] == "BRIDGES"
