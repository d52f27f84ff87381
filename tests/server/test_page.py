"""The page as a whole, and its endpoints for programs, over the real pipeline."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from charsam.datasets.native import parse_words
from charsam.images import load_image
from charsam.library import shared_pipeline
from charsam.page.page import App, launch_options
from charsam.server.engine import Engine
from charsam.server.examples import examples
from charsam.server.static_files import STATIC, files
from charsam.trace import Settings
from charsam.types import PromptMode

pytestmark = pytest.mark.heavy

WORDS_OF_NONE = '{"charsam": 1, "images": []}'


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    app = App(Engine())
    yield Client(app.launch(quiet=True), verbose=False)
    app.close()


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest of the examples as a file of its own."""
    example = min(examples(), key=lambda item: len(item.words))
    path = tmp_path_factory.mktemp("photo") / "sign.png"
    Image.fromarray(example.image).save(path)
    return path


@pytest.fixture(scope="module")
def words(photo: Path) -> str:
    """Its words in the native format."""
    example = min(examples(), key=lambda item: len(item.words))
    entries = [{"polygon": word.polygon.tolist(), "text": word.text} for word in example.words]
    return json.dumps({"charsam": 1, "images": [{"file": "sign.png", "words": entries}]})


def test_only_the_two_endpoints_are_open_to_programs_annotate_first(client: Client) -> None:
    endpoints = list(client.view_api(return_format="dict", print_info=False)["named_endpoints"])
    assert endpoints == ["/annotate", "/find_words"]


@pytest.mark.parametrize("prompts", [PromptMode.P_CHAR, PromptMode.P_CHAR_POS_NEG])
def test_annotate_answers_with_the_librarys_masks_bit_by_bit(
    client: Client, photo: Path, words: str, prompts: PromptMode
) -> None:
    text, characters, found = client.predict(
        image=handle_file(photo), words_json=words, segmenter="colour", prompts=prompts.value, api_name="/annotate"
    )
    given = parse_words(words, name="words")[0].words
    annotation = (
        shared_pipeline().run(load_image(photo), given, Settings(segmenter="colour", prompts=prompts)).annotation
    )
    assert annotation is not None
    assert np.array_equal(np.array(Image.open(text)), annotation.text_mask())
    assert np.array_equal(np.array(Image.open(characters)).astype(np.uint16), annotation.character_mask())
    entry = found["images"][0]
    assert entry["file"] == "sign.png"
    categories = [item["category"] for word in entry["words"] for item in word["chars"]]
    assert categories == [character.category for character in annotation.characters]


def test_annotate_finds_the_words_itself(client: Client, photo: Path) -> None:
    _, _, found = client.predict(image=handle_file(photo), api_name="/annotate")
    assert found["images"][0]["words"]


def test_found_words_can_be_given_back_to_annotate(client: Client, photo: Path) -> None:
    found = client.predict(image=handle_file(photo), api_name="/find_words")
    assert found["charsam"] == 1
    _, _, answer = client.predict(image=handle_file(photo), words_json=json.dumps(found), api_name="/annotate")
    texts = [word["text"] for word in found["images"][0]["words"]]
    assert [word["text"] for word in answer["images"][0]["words"]] == texts


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"segmenter": "magic"}, "magic"),
        ({"prompts": "all"}, "P_char"),
        ({"words_json": "{"}, "JSON"),
        ({"words_json": WORDS_OF_NONE}, "no entry"),
    ],
)
def test_what_cannot_be_done_is_told_to_the_program(
    client: Client, photo: Path, more: dict[str, str], message: str
) -> None:
    with pytest.raises(AppError, match=message):
        client.predict(image=handle_file(photo), **more, api_name="/annotate")


def test_a_file_that_is_no_photo_is_told_to_the_program(client: Client, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    with pytest.raises(AppError, match=r"broken\.jpg"):
        client.predict(image=handle_file(broken), api_name="/annotate")


def test_building_the_page_imports_no_model_code() -> None:
    code = (
        "import sys; from charsam.page.page import App; App();"
        "print([name for name in ('torch', 'paddleocr', 'paddlex', 'onnxruntime') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_page_asks_for_no_font_or_script_from_elsewhere() -> None:
    options = launch_options()
    assert "http" not in options["head"].replace("http://www.w3.org/2000/svg", "")
    assert all("url(" not in (STATIC / name).read_text("utf-8") for name in files() if name.endswith(".css"))
    assert "http" not in options["theme"]._get_theme_css().replace("http://www.w3.org/2000/svg", "")
