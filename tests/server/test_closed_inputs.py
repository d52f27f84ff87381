"""Values that look like files are no way to make the server fetch or copy anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import SessionState
from gradio.utils import get_upload_folder

from charsam.page.closed_inputs import ClosedBlocks

META = {"_type": "gradio.FileData"}
Take = Callable[[int, Any], Any]


@pytest.fixture
def take(monkeypatch: pytest.MonkeyPatch) -> Take:
    """(0: a text, 1: a file; value) -> what the function gets. Whatever is fetched or copied fails the test."""

    async def fetched(*args: object, **kwargs: object) -> None:
        pytest.fail(f"{args[1:]} was fetched or copied")

    with ClosedBlocks() as blocks:
        parts = [gr.Textbox(), gr.File()]
        monkeypatch.setattr(type(parts[0]), "async_move_resource_to_block_cache", fetched)
        for part in parts:
            gr.Button().click(lambda value: value, part, None, preprocess=False)

    def ask(number: int, value: Any) -> Any:
        asked = blocks.preprocess_data(list(blocks.fns.values())[number], [value], SessionState(blocks))
        with ThreadPoolExecutor(1) as other:  # a loop may run in this thread: a browser test's
            return other.submit(asyncio.run, asked).result()

    return ask


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize(
    "value",
    [
        {"path": "http://127.0.0.1:9/secret", "meta": META},
        {"path": "a.png", "url": "http://127.0.0.1:9/secret", "meta": META, "is_stream": False},
        {"path": "/etc/hostname", "meta": META},
        [[{"deep": {"path": "http://127.0.0.1:9/x", "meta": META}}]],
    ],
)
def test_an_input_that_names_a_file_which_nobody_uploaded_is_refused(take: Take, part: int, value: Any) -> None:
    with pytest.raises(gr.Error, match="not uploaded here"):
        take(part, value)


def test_an_uploaded_file_is_named_by_a_file_input_alone(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    value = {"path": str(Path(get_upload_folder()) / "charsam-in-x" / "a.png"), "meta": META}
    with pytest.raises(gr.Error, match="not uploaded here"):
        take(0, value)

    async def kept(block: object, path: str) -> str:
        return path

    monkeypatch.setattr(gr.File, "async_move_resource_to_block_cache", kept)
    assert take(1, value)[0]["path"] == value["path"]
