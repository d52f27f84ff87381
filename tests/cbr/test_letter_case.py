"""The case of a transcription follows what the image shows."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from charsam.cbr.letter_case import has_case, resolved_case, with_case_of
from charsam.cbr.recogniser import Reading, Recogniser
from charsam.paths import FONTS_DIR
from charsam.pipeline import CharSAM
from charsam.scenes import make_scene
from charsam.text import characters_of
from charsam.trace import Settings, Stage
from charsam.types import GivenCharacter, Word

FONT = ImageFont.truetype(FONTS_DIR / "020-arimo-bold.ttf", 48)


def drawn(text: str) -> np.ndarray:
    image = Image.new("RGB", (int(FONT.getlength(text)) + 24, 72), (210, 214, 200))
    ImageDraw.Draw(image).text((12, 8), text, font=FONT, fill=(60, 20, 30))
    return np.asarray(image)


def seen(*steps: str, certainty: float = 0.9) -> Reading:
    """A reading in which each step shows one character, or nothing where it is empty; blanks between them."""
    spread = [step for one in steps for step in (one, "")]
    characters = "".join(sorted(set("".join(steps))))
    table = np.array([[certainty * (c == step) for c in characters] for step in spread], np.float32)
    table = table.reshape(len(spread), len(characters))
    nothing = np.zeros(0)
    return Reading(
        "", 1.0, 8 * len(spread), 8.0, 1 - table.sum(1), characters, table, nothing.astype(np.int64), nothing
    )


@pytest.mark.parametrize("text", ["Harbour", "HOTEL", "coffee", "iPhone", "Açaí", "COSX"])
@pytest.mark.parametrize("given", [str.upper, str.lower])
def test_drawn_words_get_the_case_they_are_written_in(recogniser: Recogniser, text: str, given) -> None:
    (reading,) = recogniser.read([drawn(text)])

    assert "".join(resolved_case(reading, characters_of(given(text)))) == text


def test_digits_and_signs_stay_as_they_are(recogniser: Recogniser) -> None:
    (reading,) = recogniser.read([drawn("Open 24h!")])

    assert "".join(resolved_case(reading, characters_of("OPEN 24H!"))) == "Open24h!"


def test_letter_that_was_not_seen_follows_the_others() -> None:
    assert "".join(resolved_case(seen("c", "", "f", "e"), tuple("COFE"))) == "cofe"
    assert "".join(resolved_case(seen("C", "", "F", "E"), tuple("cofe"))) == "COFE"


def test_nothing_changes_where_no_letter_was_seen() -> None:
    assert resolved_case(seen("", "", ""), tuple("oNe")) == tuple("oNe")


def test_text_that_cannot_be_aligned_stays() -> None:
    assert resolved_case(seen("a"), tuple("ABCDEFGHIJ")) == tuple("ABCDEFGHIJ")
    assert resolved_case(seen("a"), ()) == ()


def test_faint_sign_of_another_case_does_not_make_a_mixture() -> None:
    steps = seen("H", "O", "t", "E", "L", certainty=0.6)
    faint = steps.steps.copy()
    faint[4, steps.characters.index("t")] = 0.002
    reading = Reading("", 1.0, steps.width, 8.0, 1 - faint.sum(1), steps.characters, faint, steps.positions, faint[:0])

    assert "".join(resolved_case(reading, tuple("hotel"))) == "HOTEL"


@pytest.mark.parametrize(("character", "cased"), [("a", True), ("É", True), ("ß", False), ("7", False), ("字", False)])
def test_letters_with_two_forms_have_case(character: str, cased: bool) -> None:
    assert has_case(character) is cased


@pytest.mark.parametrize(
    ("text", "characters", "expected"),
    [("NEW YORK", "NewYork", "New York"), ("CAFE\u0301 1", "café1", "café 1"), ("", "", "")],
)
def test_white_space_survives_a_change_of_case(text: str, characters: str, expected: str) -> None:
    assert with_case_of(text, tuple(characters)) == expected


@pytest.fixture(scope="module")
def signs():
    return make_scene(3, size=(400, 300), words=["Harbour", "coffee"])


def capitals(signs) -> list[Word]:
    return [Word(word.polygon, word.text.upper()) for word in signs.words]


def test_option_gives_the_result_the_true_text(pipeline: CharSAM, signs) -> None:
    trace = pipeline.run(signs.image, capitals(signs), Settings("colour", resolve_case=True))

    assert trace.annotation is not None
    assert [word.text for word in trace.annotation.words] == [word.text for word in signs.words]
    for word in trace.annotation.words:
        assert "".join(character.category for character in word.characters) == word.text


def test_transcription_stays_without_the_option_and_when_it_is_switched_off(pipeline: CharSAM, signs) -> None:
    resolved = pipeline.run(signs.image, capitals(signs), Settings("colour", resolve_case=True), until=Stage.READ)
    plain = pipeline.run(signs.image, capitals(signs), Settings("colour"), previous=resolved, until=Stage.READ)
    again = pipeline.run(
        signs.image, capitals(signs), Settings("colour", resolve_case=True), previous=plain, until=Stage.READ
    )

    assert [word.text for word in plain.words] == ["HARBOUR", "COFFEE"]
    assert [word.text for word in again.words] == ["Harbour", "coffee"]


def test_characters_that_are_given_keep_their_case(pipeline: CharSAM, signs) -> None:
    word = signs.words[0]
    given = tuple(GivenCharacter(c.category.upper(), c.polygon) for c in word.characters)
    trace = pipeline.run(
        signs.image,
        [Word(word.polygon, word.text.upper(), characters=given)],
        Settings("colour", resolve_case=True),
        until=Stage.READ,
    )

    assert trace.words[0].text == "HARBOUR"
