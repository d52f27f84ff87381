"""The page of the inspection report as one HTML document: for a file on the disk, and for the app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from charsam.inspection.failures import EXPLANATIONS, FailureKind, slug
from charsam.paths import ASSETS_DIR
from charsam.server.languages import interface
from charsam.server.pages import page
from charsam.server.static_files import bundle, version

PICTURES: Final = ASSETS_DIR / "why"
STYLE: Final = "inspect/page.css"


def report_page(title: str) -> str:
    """The page of a report on the disk, which lies beside data.js; all that it needs is in it."""
    return page("cases", STYLE, title=title, about=None, words="", script=Markup(bundle("inspect/report.js")))


def project_page(title: str, about: Mapping[str, object], root: str) -> str:
    """The page of a whole project in the app. about: what the report is about. root: where the routes are."""
    return page(
        "cases",
        STYLE,
        title=title,
        about=about,
        script=f"{root}static/{version()}/cases.js",
        words=f"{root}static/{version()}/shared/zh.json",
    )


def why_page(language: str) -> str:
    """The page "Why did this fail?" of the app: the kinds of failure, a picture each, and what mends them."""
    lead = Markup(
        "Each example shows the photo, the masks that were made, and their true (blue), false (vermilion) and missed "
        "(yellow) pixels. The tab <b>Inspect</b> tells of each character which of these it suspects."
    )
    tr = interface(language)
    sections = [_kind(kind) | {"title": tr(str(kind)).capitalize()} for kind in FailureKind]
    return page("help", "shared/help.css", language, title="Why did this fail?", lead=lead, sections=sections)


def _kind(kind: FailureKind) -> dict[str, object]:
    text, name = EXPLANATIONS[kind], f"{slug(kind)}.webp"
    return {
        "text": text.looks,
        "picture": f"why/{name}" if (PICTURES / name).is_file() else None,
        "alt": text.looks,
        "more": (text.causes,),
        "remedy": text.mend,
    }
