"""The endpoints for programs: `annotate` first. Usable with `gradio_client` and described on the app's API page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from charsam.cancellation import cancellable
from charsam.datasets.native import VERSION, found_entry, parse_words
from charsam.errors import CharsamError, ImageError
from charsam.export import annotation_files
from charsam.images import load_image
from charsam.page.api_results import answer_folder
from charsam.page.uploads import Uploads
from charsam.server.abandoned_work import PageRuns
from charsam.server.access import Access, token_of
from charsam.server.engine import Engine
from charsam.server.model_turns import Turns
from charsam.server.words_files import file_of, stem_of, words_for
from charsam.trace import Settings
from charsam.types import ImageArray


def endpoints(engine: Engine, access: Access, turns: Turns, uploads: Uploads, leaving: PageRuns) -> None:
    """Add the named endpoints to the Blocks that are being built."""

    @contextmanager
    def _turn(request: gr.Request) -> Iterator[str | None]:
        """A turn at the loaded models, in which the work stops when its client leaves; yields the caller's key."""
        key = access.key(token_of(request.cookies, request.headers))
        address = request.client.host if request.client else ""
        with leaving.watch(request.session_hash) as gone, cancellable(gone.is_set):
            engine.wait()
            with turns.turn(key or f"address:{address}"):
                yield key

    def annotate(
        image: dict[str, Any] | None, words_json: str, segmenter: str, prompts: str, request: gr.Request
    ) -> tuple[str, str, Any]:
        """Masks of every character of a photo.

        image: a photo. words_json: its words in charsam's native format, as text; empty to find and read them.
        segmenter: a segmenter's name. prompts: B, P_char, P_char+pos or P_char+pos+neg.
        Returns the text mask (PNG, 0/255), the character masks (16-bit PNG of mask values) and words.json.
        """
        with _told():
            picture, file = _image(access, uploads, image)
            given = words_json and words_json.strip()
            words = words_for(parse_words(words_json, name="words_json"), file, picture) if given else None
            settings = Settings.checked(segmenter=segmenter, prompts=prompts, font_folder=None)
            with _turn(request) as key:
                trace = engine.pipe.run(picture, words, settings)
            assert trace.annotation is not None
            folder = answer_folder(key)
            stem = stem_of(file)
            files = annotation_files(stem, file, trace.annotation)
            for name, content in files.items():
                (folder / name).write_bytes(content)
            text_mask, character_mask = folder / f"{stem}_text.png", folder / f"{stem}_chars.png"
            return str(text_mask), str(character_mask), json.loads(files["words.json"])

    def find_words(image: dict[str, Any] | None, request: gr.Request) -> Any:
        """The words of a photo with their texts, in charsam's native format."""
        with _told():
            picture, file = _image(access, uploads, image)
            with _turn(request):
                words = engine.pipe.find_words(picture)
            entry = found_entry(file, (picture.shape[1], picture.shape[0]), words)
            return {"charsam": VERSION, "images": [entry]}

    with gr.Row(visible=False):
        photo = gr.File(label="image", type="filepath")
        words_json = gr.Textbox(value="", label="words_json")
        segmenter = gr.Textbox(value=Settings().segmenter, label="segmenter")
        prompts = gr.Textbox(value=Settings().prompts.value, label="prompts")
        text_mask, character_mask = gr.File(label="text mask"), gr.File(label="character masks")
        found = gr.JSON(label="words.json")
        run, find = gr.Button(), gr.Button()
    shared: dict[str, Any] = {
        "concurrency_limit": None,
        "show_progress": "hidden",
        "preprocess": False,
    }
    run.click(
        annotate,
        [photo, words_json, segmenter, prompts],
        [text_mask, character_mask, found],
        api_name="annotate",
        **shared,
    )
    find.click(find_words, [photo], [found], api_name="find_words", **shared)


class _told:  # noqa: N801
    """Turns charsam's errors into messages that a client gets to read."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, CharsamError):
            raise gr.Error(str(error), print_exception=False) from error


def _image(access: Access, uploads: Uploads, given: dict[str, Any] | None) -> tuple[ImageArray, str]:
    """The photo of a request, and its file name. Raises ImageError."""
    path = given.get("path") if isinstance(given, dict) else None
    if not path:
        raise ImageError("image: no file was given")
    file = file_of(given.get("orig_name") or path) if isinstance(given, dict) else file_of(path)
    data = uploads.read(path, file)
    return load_image(data, name=file, most_pixels=access.workspace.quota.pixels), file
