"""Whatever the server says to people is in the catalogue of the interface, in Chinese, and nothing else."""

import json
import re

from said import PACKAGE, said

from charsam.server.languages import interface
from charsam.trace import Stage

CATALOGUE = json.loads((PACKAGE / "static" / "shared" / "zh.json").read_text(encoding="utf-8"))
OURS = {text[1:]: other for text, other in CATALOGUE.items() if text.startswith("@")}
FOR_PROGRAMS = re.compile(r"\bexpected\b|^the login page asks|^not global$|^the image$|^charsam labeling$")
"""What is wrong with the JSON of a request, which this page never sends."""
REQUESTS = ("server", "workspace", "editing")
COMPOSED = {"{0}: {1}: expected {2}", "expected {0}; it is {1}", "{0}: {1}; it is {2}"}
"""What the page puts together of "{0}: {1}", "{0}; it is {1}" and "expected {0}"."""


def test_every_sentence_of_the_server_is_in_the_catalogue() -> None:
    sentences = said()
    assert len(sentences) > 180
    missing = {
        text: file
        for text, file in sentences.items()
        if text not in OURS.keys() | CATALOGUE.keys() | COMPOSED
        and not (file.startswith(REQUESTS) and FOR_PROGRAMS.search(text))
    }
    assert not missing


def test_every_stage_is_in_the_catalogue() -> None:
    assert not [stage for stage in Stage if stage.value not in OURS]


def test_the_catalogue_says_nothing_that_the_server_does_not() -> None:
    sentences = said()
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")))
    parts = {text: [part for part in re.split(r"\{\d\}", text) if re.search(r"\w\w", part)] for text in OURS}
    stale = [
        text
        for text in OURS
        if text not in sentences and not all(part.strip(" ,;:.") in source for part in parts[text])
    ]
    assert not stale


def test_every_value_has_its_place() -> None:
    for text, other in OURS.items():
        places = set(re.findall(r"\{(\d)", text))
        shown = set(re.findall(r"\{(\d)~?\}", other))
        assert shown <= places, text
        assert all(
            text.rstrip(".")[text.index(f"{{{place}}}") - 1 :].startswith(("e{", "d{", "r{"))
            for place in places - shown
        ), text  # only the s of a plural is left out


def test_a_page_without_scripts_translates_what_stands_within_a_sentence_too() -> None:
    said_so = interface("zh")("words.json: images[0].text: expected a text; it is 3")
    assert said_so == "words.json：images[0].text：应为文本；实际为 3"
