"""The native words format: what is written is read back, and what is malformed is named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from charsam import rle
from charsam.datasets.native import ImageWords, image_entry, match_images, parse_words, read_words, words_json
from charsam.errors import WordsError
from charsam.types import AnnotatedWord, BoxSource, Character, CharacterMask, ImageAnnotation, PromptMode

QUAD = [[10, 10], [60, 12], [60, 40], [10, 38]]


def words_of(*words: Any) -> str:
    return json.dumps({"charsam": 1, "images": [{"file": "a.jpg", "words": list(words)}]})


def parsed(text: str) -> ImageWords:
    (image,) = parse_words(text, name="words.json")
    return image


def character(category: str, x: float, *, agreement: float | None = 0.8125) -> Character:
    """A ring of 6 x 8 pixels at x, 12."""
    pixels = np.ones((8, 6), bool)
    pixels[2:6, 2:4] = False
    quad = np.float32([[x, 12], [x + 6, 12], [x + 6, 20], [x, 20]])
    return Character(
        category=category,
        quad=quad,
        box=np.float32([8, 8, 40, 56]),
        box_source=BoxSource.WATERSHED,
        recognised="0",
        probability=0.75,
        positive=quad[:2] + np.float32(0.5),
        negative=np.zeros((0, 2), np.float32),
        mask=CharacterMask(pixels, int(x), 12),
        quality=0.9,
        glyph_agreement=agreement,
        suspicion=0.125,
    )


def annotation() -> ImageAnnotation:
    word = AnnotatedWord(
        np.float32(QUAD), "Oé", (character("O", 20), character("é", 30, agreement=None)), text_read=True
    )
    ignored = AnnotatedWord(np.float32(QUAD) + 40, "", (), ignore=True)
    return ImageAnnotation(120, 90, (word, ignored), "colour", PromptMode.P_CHAR_POS, problems=("word 3: too small",))


def written(annotated: ImageAnnotation) -> dict[str, Any]:
    return json.loads(words_json([image_entry("street/a.jpg", annotated)]))


def test_written_words_are_read_back() -> None:
    (image,) = parse_words(words_json([image_entry("street/a.jpg", annotation())]).decode(), name="words.json")

    assert (image.file, image.width, image.height) == ("street/a.jpg", 120, 90)
    word, ignored = image.words
    assert (word.text, word.ignore, ignored.ignore) == ("Oé", False, True)
    np.testing.assert_allclose(word.polygon, QUAD)
    assert [found.category for found in word.characters] == ["O", "é"]
    np.testing.assert_allclose(word.characters[1].polygon, annotation().words[0].characters[1].quad)


def test_entry_has_the_fields_of_the_format() -> None:
    (image,) = written(annotation())["images"]
    first = image["words"][0]["chars"][0]

    assert {key: image[key] for key in ("segmenter", "prompts", "problems")} == {
        "segmenter": "colour",
        "prompts": "P_char+pos",
        "problems": ["word 3: too small"],
    }
    assert image["words"][0]["text_read"] is True
    assert "text_read" not in image["words"][1]
    del first["mask"]
    assert first == {
        "category": "O",
        "polygon": [[20, 12], [26, 12], [26, 20], [20, 20]],
        "box_source": "watershed",
        "recognised": "0",
        "probability": 0.75,
        "points": {"positive": [[20.5, 12.5], [26.5, 12.5]], "negative": []},
        "quality": 0.9,
        "glyph_agreement": 0.8125,
        "suspicion": 0.125,
        "mask_value": 1,
    }


def test_mask_values_run_through_the_image_and_masks_are_exact() -> None:
    annotated = annotation()
    (image,) = written(annotated)["images"]

    for found in image["words"][0]["chars"]:
        pixels = rle.decode(tuple(found["mask"]["size"]), found["mask"]["counts"])
        np.testing.assert_array_equal(pixels, annotated.character_mask() == found["mask_value"])


def test_agreement_that_is_not_known_is_null() -> None:
    assert written(annotation())["images"][0]["words"][0]["chars"][1]["glyph_agreement"] is None


def test_file_is_utf_8_and_letters_are_not_escaped() -> None:
    assert "Oé".encode() in words_json([image_entry("a.jpg", annotation())])


def test_example_words_are_read() -> None:
    from charsam.paths import ASSETS_DIR

    images = read_words(ASSETS_DIR / "examples" / "words.json")

    assert {image.file for image in images} >= {"tight_letters.jpg", "curved_line.jpg"}
    assert [word.text for word in images[0].words] == ["Movie", "Palace"]


def test_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "words.json"
    path.write_bytes(b"\xef\xbb\xbf" + words_of({"polygon": QUAD, "text": "TEA"}).encode())
    (image,) = read_words(path)
    assert image.words[0].text == "TEA"


def test_optional_fields_may_be_absent() -> None:
    image = parsed(words_of({"polygon": QUAD}))
    (word,) = image.words
    assert (image.width, image.height, word.text, word.ignore, word.characters) == (None, None, None, False, ())


def test_null_is_the_same_as_absent() -> None:
    (word,) = parsed(words_of({"polygon": QUAD, "text": None, "ignore": None, "chars": None})).words
    assert (word.text, word.ignore, word.characters) == (None, False, ())


def test_unknown_fields_are_passed_over() -> None:
    (word,) = parsed(words_of({"polygon": QUAD, "text": "TEA", "language": "en"})).words
    assert word.text == "TEA"


def test_character_may_be_given_as_a_box() -> None:
    (word,) = parsed(words_of({"polygon": QUAD, "chars": [{"category": "T", "box": [10, 12, 20, 40]}]})).words
    assert word.characters[0].polygon.tolist() == [[10, 12], [20, 12], [20, 40], [10, 40]]


def test_polygon_of_a_character_goes_before_its_box() -> None:
    given = {"category": "T", "box": [10, 12, 20, 40], "polygon": [[0, 0], [5, 0], [5, 5]]}
    (word,) = parsed(words_of({"polygon": QUAD, "chars": [given]})).words
    assert len(word.characters[0].polygon) == 3


WORD = {"polygon": QUAD, "text": "TEA"}
PLACE = r"words\.json: images\[0\]\.words\[0\]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"words\.json is not valid JSON"),
        ("{", r"words\.json is not valid JSON"),
        ("[" * 100_000, r"words\.json is not valid JSON"),
        ("[]", r"words\.json: expected an object"),
        ("{}", r"words\.json: the field 'charsam' is missing"),
        ('{"charsam": 2, "images": []}', r"words\.json: charsam: expected 1.*it is 2"),
        ('{"charsam": true, "images": []}', r"words\.json: charsam: expected 1"),
        ('{"charsam": 1}', "the field 'images' is missing"),
        ('{"charsam": 1, "images": {}}', r"words\.json: images: expected a list"),
        ('{"charsam": 1, "images": [3]}', r"words\.json: images\[0\]: expected an object; it is 3"),
        ('{"charsam": 1, "images": [{"words": []}]}', r"images\[0\]: the field 'file' is missing"),
        ('{"charsam": 1, "images": [{"file": 5, "words": []}]}', r"images\[0\]\.file: expected a text; it is 5"),
        ('{"charsam": 1, "images": [{"file": " ", "words": []}]}', r"images\[0\]\.file: expected the name"),
        ('{"charsam": 1, "images": [{"file": "a"}]}', r"images\[0\]: the field 'words' is missing"),
        (
            '{"charsam": 1, "images": [{"file": "a", "width": "9", "words": []}]}',
            r"images\[0\]\.width: expected a number",
        ),
        (words_of({"text": "TEA"}), f"{PLACE}: the field 'polygon' is missing"),
        (words_of("TEA"), f'{PLACE}: expected an object; it is "TEA"'),
        (words_of({**WORD, "text": 5}), rf"{PLACE}\.text: expected a text; it is 5"),
        (words_of({**WORD, "ignore": 1}), rf"{PLACE}\.ignore: expected true or false; it is 1"),
        (words_of({"polygon": "here"}), rf"{PLACE}\.polygon: expected a list"),
        (words_of({"polygon": QUAD[:3]}), rf"{PLACE}\.polygon: expected at least 4 points, there are 3"),
        (words_of({"polygon": [*QUAD[:3], [1]]}), rf"{PLACE}\.polygon\[3\]: expected x and y"),
        (words_of({"polygon": [*QUAD[:3], [1, 2, 3]]}), rf"{PLACE}\.polygon\[3\]: expected x and y"),
        (words_of({"polygon": [*QUAD[:3], [1, "2"]]}), rf"{PLACE}\.polygon\[3\]\[1\]: expected a number"),
        (words_of({"polygon": [*QUAD[:3], [1, True]]}), rf"{PLACE}\.polygon\[3\]\[1\]: expected a number"),
        (words_of({"polygon": [*QUAD[:3], [1, None]]}), rf"{PLACE}\.polygon\[3\]\[1\]: expected a number"),
        (words_of({"polygon": [*QUAD[:3], [1, 1e12]]}), rf"{PLACE}\.polygon\[3\]\[1\]: expected a number"),
        (words_of({**WORD, "chars": 5}), rf"{PLACE}\.chars: expected a list"),
        (words_of({**WORD, "chars": [{}]}), rf"{PLACE}\.chars\[0\]: the field 'category' is missing"),
        (
            words_of({**WORD, "chars": [{"category": " ", "box": [1, 1, 2, 2]}]}),
            rf"{PLACE}\.chars\[0\]\.category: expected a",
        ),
        (words_of({**WORD, "chars": [{"category": "T"}]}), rf"{PLACE}\.chars\[0\]: the field 'polygon' is missing"),
        (
            words_of({**WORD, "chars": [{"category": "T", "box": [5, 1, 2, 2]}]}),
            rf"{PLACE}\.chars\[0\]\.box: expected x0",
        ),
        (words_of({**WORD, "chars": [{"category": "T", "box": [1, 2, 3]}]}), rf"{PLACE}\.chars\[0\]\.box: expected x0"),
    ],
)
def test_malformed_field_is_named(text: str, message: str) -> None:
    with pytest.raises(WordsError, match=message):
        parse_words(text, name="words.json")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_number_that_json_does_not_have_is_refused(number: str) -> None:
    text = words_of(WORD).replace("[60, 12]", f"[{number}, 12]")
    with pytest.raises(WordsError, match=f"{number} is not a number that JSON has"):
        parse_words(text, name="words.json")


def test_number_too_large_for_a_float_is_refused() -> None:
    with pytest.raises(WordsError, match=rf"{PLACE}\.polygon\[1\]\[0\]: expected a number"):
        parse_words(words_of(WORD).replace("[60, 12]", "[1e999, 12]"), name="words.json")


def test_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.json"
    path.write_bytes(words_of(WORD).encode().replace(b"TEA", b"T\xe9A"))
    with pytest.raises(WordsError, match=r"latin\.json is not UTF-8"):
        read_words(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WordsError, match=r"nowhere\.json cannot be read \(No such file"):
        read_words(tmp_path / "nowhere.json")


def test_entries_are_matched_by_file_name() -> None:
    found = ("b.jpg", "a.jpg")
    matches, strays = match_images(found, [Path("/photos/a.jpg"), Path("/photos/b.jpg")])
    assert matches == {Path("/photos/a.jpg"): 1, Path("/photos/b.jpg"): 0}
    assert strays == {}


def test_same_names_are_told_apart_by_their_folders() -> None:
    found = ("day/a.jpg", "night/a.jpg")
    matches, strays = match_images(found, [Path("/p/night/a.jpg"), Path("/p/day/a.jpg")])
    assert matches == {Path("/p/night/a.jpg"): 1, Path("/p/day/a.jpg"): 0}
    assert strays == {}


def test_windows_paths_are_matched_too() -> None:
    found = ("photos\\day\\a.jpg",)
    matches, _ = match_images(found, [Path("/p/day/a.jpg")])
    assert matches == {Path("/p/day/a.jpg"): 0}


def test_entry_without_an_image_is_reported() -> None:
    _, strays = match_images(("a.jpg", "lost.jpg"), [Path("/p/a.jpg")])
    assert list(strays) == [1]


def test_image_without_an_entry_has_no_words() -> None:
    matches, _ = match_images(("a.jpg",), [Path("/p/a.jpg"), Path("/p/b.jpg")])
    assert list(matches) == [Path("/p/a.jpg")]


def test_entry_of_one_folder_is_not_taken_for_the_same_name_in_another() -> None:
    found = ("day/a.jpg",)
    matches, strays = match_images(found, [Path("/p/day/a.jpg"), Path("/p/night/a.jpg")])
    assert matches == {Path("/p/day/a.jpg"): 0}
    assert strays == {}


def test_of_two_entries_for_one_image_the_second_is_refused() -> None:
    matches, strays = match_images(("a.jpg", "a.jpg"), [Path("/p/a.jpg")])
    assert matches == {Path("/p/a.jpg"): 0}
    assert strays == {1: "there is another entry for the image a.jpg."}
