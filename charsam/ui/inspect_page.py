"""The page of the inspection report as one HTML document: for a file on the disk, and for the app."""

from __future__ import annotations

from html import escape
from typing import Final

from charsam.inspection.failures import EXPLANATIONS, Failure, slug
from charsam.paths import ASSETS_DIR
from charsam.ui.theme import STATIC

PICTURES: Final = ASSETS_DIR / "why"

SCRIPTS: Final = ("inspect_data.js", "inspect_gallery.js", "inspect_plots.js", "inspect_page.js")
FROM_DISK: Final = """<script src="data.js"></script><script>
if (window.charsamReport) {
  const page = window.inspectPage = charsamInspect.page(document.getElementById("inspect"), charsamReport.about);
  page.add(charsamReport.images);
  page.ready(page.problems());
} else {
  document.getElementById("inspect").textContent =
    "data.js is missing: it must lie beside this page, with the folder pictures.";
}
</script>"""


def report_page(title: str) -> str:
    """The page that lies beside data.js."""
    return page(title, FROM_DISK)


def page(title: str, start: str) -> str:
    """The document. start: the scripts that bring the data."""
    css = (STATIC / "inspect.css").read_text(encoding="utf-8")
    code = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · charsam inspection</title><style>{css}</style></head>\n"
        f'<body><div id="inspect"></div><script>\n{code}\n</script>\n{start}</body></html>\n'
    )


def why_page() -> str:
    """The page "Why did this fail?" of the app: the kinds of failure, a picture each, and what mends them."""
    style = (STATIC / "help.css").read_text(encoding="utf-8")
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
        f"<p>{escape(text.causes)}</p><p><b>To mend it.</b> {escape(text.mend)}</p></section>"
    )
