"""The page of the inspection report as one HTML document: for a file on the disk, and for the app."""

from __future__ import annotations

from html import escape
from typing import Final

from charsam.ui.theme import STATIC

SCRIPTS: Final = ("inspect_data.js", "inspect_gallery.js", "inspect_plots.js", "inspect_page.js")
FROM_DISK: Final = """<script src="data.js"></script><script>
if (window.charsamReport) {
  const page = window.inspectPage = charsamInspect.page(document.getElementById("inspect"), charsamReport.about);
  page.add(charsamReport.images);
  page.ready();
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
