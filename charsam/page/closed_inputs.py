"""Gradio's own handling of values that look like files, closed to what nobody uploaded.

Gradio takes any object of the form {"path": …, "meta": {"_type": "gradio.FileData"}}, in the input of any component,
for a file: it fetches the address that stands there, or copies the file, before the function sees the value.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import gradio as gr
from gradio.utils import get_upload_folder

DEEPEST: Final = 50


class ClosedBlocks(gr.Blocks):
    """Blocks whose inputs may name files that were uploaded to a `gr.File`, and no others."""

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> Any:
        """As Gradio's; raises gr.Error for an input that names a file which it may not name."""
        for block, value in zip(block_fn.inputs, inputs, strict=False):
            check_files(value, allowed=isinstance(block, gr.File))
        return await super().preprocess_data(block_fn, inputs, *args, **kwargs)


def check_files(value: Any, *, allowed: bool, depth: int = 0) -> None:
    """Raise gr.Error where a value from outside names a file. allowed: one that was uploaded may be named."""
    if depth > DEEPEST:
        raise gr.Error("An input is nested too deeply.", print_exception=False)
    if isinstance(value, list | tuple):
        for one in value:
            check_files(one, allowed=allowed, depth=depth + 1)
    elif isinstance(value, dict):
        meta = value.get("meta")
        file_like = isinstance(meta, dict) and meta.get("_type") == "gradio.FileData"
        if (file_like or {"path", "url"} & value.keys()) and not (allowed and _uploaded(value)):
            raise gr.Error("An input names a file that was not uploaded here.", print_exception=False)
        for one in value.values():
            check_files(one, allowed=allowed, depth=depth + 1)


def _uploaded(value: dict[str, Any]) -> bool:
    path = value.get("path")
    if not isinstance(path, str) or "\0" in path or "://" in path:
        return False
    return Path(path).resolve().is_relative_to(Path(get_upload_folder()).resolve())
