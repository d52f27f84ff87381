"""The page's own components: `gr.HTML` shells whose inside is drawn by `static/*.js` from a JSON value.

The value travels as JSON text and reaches the page only as data, so that whatever a word of a stranger's file says can
never become markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr


def packed(value: Mapping[str, Any]) -> str:
    """The value of a component as JSON text without a single `<`."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def unpacked(text: object) -> dict[str, Any]:
    """What a component holds, as the browser sent it: not to be trusted; {} where it is not a JSON object."""
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _shell(kind: str, call: str, value: Mapping[str, Any] | None, elem_id: str | None) -> gr.HTML:
    return gr.HTML(
        value=packed(value or {}),
        html_template=f'<div class="cs-{kind}"></div>',
        js_on_load=f"charsam.{kind}({call});",
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes=["cs-plain"],
    )


def viewer(value: Mapping[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """A picture (`charsam.ui.pictures`)."""
    return _shell("viewer", "element, props, watch", value, elem_id)


def table(value: Mapping[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """A table linked with the pictures (`charsam.ui.rows`)."""
    return _shell("table", "element, props, watch", value, elem_id)


def labeling(value: Mapping[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """The labeling canvas in its frame. Its event `open` carries {path, name} of a file that was dropped or chosen,
    `show` the {id} of an image that was chosen in the queue, and `changed` says that the image was edited.
    """
    events = ", ".join(f"{name}: (data) => trigger('{name}', data)" for name in ("open", "show", "changed"))
    return _shell("labeling", f"element, props, watch, upload, {{ {events} }}", value, elem_id)


def queue(*, elem_id: str | None = None) -> gr.HTML:
    """The queue of images; it speaks with the routes under /label alone."""
    return _shell("queue", "element, props, watch", None, elem_id)


def account(value: Mapping[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """The button that opens the queue, and who is logged in."""
    return _shell("account", "element, props, watch", value, elem_id)


def words(value: Mapping[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """The editable words, drawn from the canvas's document. Its event `bring` carries the {path} of a words file."""
    return _shell("words", "element, props, watch", value, elem_id)


def progress(value: Mapping[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """Which stage runs, of how many."""
    return _shell("progress", "element, props, watch", value, elem_id)


def status(value: Mapping[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """Whether the models are there."""
    return _shell("status", "element, props, watch", value, elem_id)


def segmenter(value: Mapping[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """The choice of segmenter, with the reason at those that cannot be chosen. Its event is `choose`."""
    return _shell("segmenter", "element, props, watch, (name, data) => trigger('choose', data)", value, elem_id)


def examples(value: Mapping[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """The strip of example photos. Its event `pick` carries the {name} of one."""
    return _shell("examples", "element, props, watch, (name, data) => trigger('pick', data)", value, elem_id)


def glyphs(value: Mapping[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """The glyph votes, one card a character."""
    return _shell("glyphs", "element, props, watch", value, elem_id)


def compare(value: Mapping[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """Several pictures of one photo side by side, zooming together."""
    return _shell("compare", "element, props, watch", value, elem_id)


def photo(*, elem_id: str | None = None) -> gr.HTML:
    """Draws nothing: it brings the photo to the page, once, for every picture that names its key."""
    return _shell("photo", "element, props, watch", None, elem_id)


def line(value: Mapping[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """One line of text, {"note": …}."""
    return _shell("line", "element, props, watch", value, elem_id)


def inspect(*, elem_id: str | None = None) -> gr.HTML:
    """The whole story of the chosen character; it speaks with the routes under /label alone."""
    return _shell("inspect", "element, props, watch", None, elem_id)
