"""The page of the inspection report as one HTML document: for a file on the disk, and for the app."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Final

from charsam.inspection.failures import EXPLANATIONS, Failure, slug
from charsam.paths import ASSETS_DIR
from charsam.server.static_files import STATIC, bundle, version

PICTURES: Final = ASSETS_DIR / "why"


def report_page(title: str) -> str:
    """The page of a report on the disk, which lies beside data.js; all that it needs is in it."""
    css = (STATIC / "inspect/page.css").read_text(encoding="utf-8")
    script = f'<script src="data.js"></script><script type="module">\n{bundle("inspect/report.js")}</script>'
    return _page(title, f"<style>{css}</style>", script)


def project_page(title: str, about: Mapping[str, object], root: str) -> str:
    """The page of a whole project in the app. about: what the report is about. root: where the routes are."""
    files = f"{root}static/{version()}"
    facts = json.dumps(about).replace("<", "\\u003c")
    script = f'<script type="application/json" id="about">{facts}</script>'
    script += f'<script type="module" src="{files}/cases.js"></script>'
    return _page(title, f'<link rel="stylesheet" href="{files}/inspect/page.css">', script)


def _page(title: str, style: str, script: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · charsam inspection</title>{style}</head>\n"
        f'<body><div id="inspect"></div>{script}</body></html>\n'
    )


def why_page() -> str:
    """The page "Why did this fail?" of the app: the kinds of failure, a picture each, and what mends them."""
    style = (STATIC / "shared/help.css").read_text(encoding="utf-8")
    sections = "".join(_kind(number, kind) for number, kind in enumerate(Failure, start=1))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Why did this fail? · charsam</title><style>{style}</style></head>
<body><main><h1>Why did this fail?</h1>
<p class="lead">Each picture shows the photo, the masks that were made, and their true (blue), false (vermilion) and
missed (yellow) pixels. The tab <b>Inspect</b> tells of each character which of these it suspects.</p>
{sections}
<p><a href="/">Back to the app</a></p></main></body></html>"""


def _kind(number: int, kind: Failure) -> str:
    text, shown = EXPLANATIONS[kind], ""
    if (PICTURES / f"{slug(kind)}.webp").is_file():
        shown = f'<img src="why/{slug(kind)}.webp" alt="{escape(text.looks, quote=True)}" loading="lazy">'
    title = escape(str(kind).capitalize())
    return (
        f"<section><h2><span>{number}</span> {title}</h2><p>{escape(text.looks)}</p>{shown}"
        f"<p>{escape(text.causes)}</p><p><b>To fix it.</b> {escape(text.mend)}</p></section>"
    )
