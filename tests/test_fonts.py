"""The shipped fonts: enough of them, all of use as glyph templates, each with its origin and its licence."""

import re
from pathlib import Path

import pytest
from PIL import ImageFont

FOLDER = Path(__file__).parent.parent / "fonts"
FILES = sorted(path for path in FOLDER.iterdir() if path.suffix in {".ttf", ".otf"})
ROWS = {
    match[1]: match[2]
    for match in re.finditer(r"^\| `([^`]+)` \|.*\]\((licences/[^)]+)\)", (FOLDER / "README.md").read_text(), re.M)
}
PRINTABLE = [chr(code) for code in range(ord("!"), ord("~") + 1)]


def bitmap(font: ImageFont.FreeTypeFont, character: str) -> bytes:
    return bytes(font.getmask(character))


def test_there_are_at_least_eighty_fonts() -> None:
    assert len(FILES) >= 80


def test_every_font_has_a_row_in_the_table_and_no_row_is_left_over() -> None:
    assert set(ROWS) == {path.name for path in FILES}


def test_every_licence_text_named_in_the_table_is_there() -> None:
    missing = [name for name in ROWS.values() if not (FOLDER / name).is_file()]
    assert missing == []


def test_the_numbers_that_order_the_votes_are_unique() -> None:
    numbers = [path.name[:4] for path in FILES]
    assert all(re.fullmatch(r"\d{3}-", number) for number in numbers)
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_printable_ascii_character_has_ink_and_is_not_the_missing_glyph(path: Path) -> None:
    font = ImageFont.truetype(str(path), 32)
    missing_glyph = bitmap(font, "\U0010fffd")
    without_ink = [c for c in PRINTABLE if not any(bitmap(font, c)) or bitmap(font, c) == missing_glyph]
    assert without_ink == []


def test_most_fonts_have_the_latin_1_letters() -> None:
    letters = [chr(code) for code in range(0xC0, 0x100) if code not in (0xD7, 0xF7)]
    complete = 0
    for path in FILES:
        font = ImageFont.truetype(str(path), 24)
        missing_glyph = bitmap(font, "\U0010fffd")
        complete += all(any(bitmap(font, c)) and bitmap(font, c) != missing_glyph for c in letters)
    assert complete >= 0.9 * len(FILES)


def test_few_fonts_draw_capitals_for_lower_case() -> None:
    capitals_only = []
    for path in FILES:
        font = ImageFont.truetype(str(path), 24)
        if sum(bitmap(font, c) == bitmap(font, c.upper()) for c in "abdefghijk") > 5:
            capitals_only.append(path.name)
    assert len(capitals_only) <= 3
