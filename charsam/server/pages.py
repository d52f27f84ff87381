"""The pages beside the app as HTML, from `templates`: whatever is put into one is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from charsam.server.languages import ENGLISH, interface
from charsam.server.static_files import STATIC

PALETTE: Final = "shared/palette.css"
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def page(name: str, style: str, /, language: str = ENGLISH, **values: Any) -> str:
    """A page. name: of its template. style: of its style sheet below STATIC, which the page holds with the palette.

    language: what `tr` in the template translates into.
    """
    css = Markup("".join((STATIC / sheet).read_text(encoding="utf-8") for sheet in (PALETTE, style)))
    return _TEMPLATES.get_template(f"{name}.html").render(
        style=css, language=language, tr=interface(language), **values
    )
