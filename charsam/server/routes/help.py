"""The page "How to label": plain HTML with pictures of the app itself, made by `tools/help_pictures.py`."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

from charsam.paths import ASSETS_DIR
from charsam.server.languages import language_of
from charsam.server.pages import page

PICTURES: Final = ASSETS_DIR / "help"
STEPS: Final = (
    (
        "open",
        "Open photos",
        "Drop a photo on the image, paste one, or press <b>Open image…</b>. For many photos press <b>Queue</b>,"
        " make a project, and drop a folder or a zip there; words that you have already (words.json and the "
        "formats of the known datasets) can come along. <b>Annotate new</b> then works through all of them in the"
        " background.",
    ),
    (
        "run",
        "Let the machine go first",
        "<b>Run</b> finds the words, reads them, boxes their characters and masks them. Run again whenever you "
        "like: what you have corrected is never overwritten, and each run can be undone.",
    ),
    (
        "words",
        "Check the words",
        "A wrong text is corrected in the tab <b>Words</b>, or with <kbd>T</kbd>. <kbd>Q</kbd> draws a "
        "word that was missed, <kbd>W</kbd> one along a curve. An illegible word is marked <b>ignore</b> "
        "(<kbd>I</kbd>).",
    ),
    (
        "characters",
        "Check the characters",
        "<kbd>N</kbd> shows what the machine doubts (marked with a triangle), large, one after the other: <kbd>A</kbd> "
        "accepts, <kbd>X</kbd> rejects, and after the last one you are back at the whole image. <kbd>J</kbd> and "
        "<kbd>K</kbd> walk through all characters. Drag a box or its edges; by keyboard <kbd>Shift</kbd> and an arrow "
        "moves the right or lower edge, <kbd>Ctrl</kbd> and an arrow the left or upper one. <kbd>S</kbd> splits a box "
        "that holds two characters, <kbd>M</kbd> merges with the next, <kbd>Enter</kbd> types the letter. "
        "<kbd>Shift</kbd> and a click, or a lasso drawn with it, takes several at once.",
    ),
    (
        "points",
        "Mend a mask with points",
        "<kbd>P</kbd>, then click what belongs to the character, and right-click what does not: the hole of an O,"
        " a shadow, a neighbour's stroke. A click on a point takes it away.",
    ),
    (
        "brush",
        "Or with the brush",
        "<kbd>B</kbd> paints, <kbd>E</kbd> erases, <kbd>[</kbd> and <kbd>]</kbd> change the size, the wheel zooms"
        " to the pixel. A painted mask stays as you left it; <kbd>Y</kbd> brings the machine's back.",
    ),
    (
        "accept",
        "Decide and go on",
        "<kbd>A</kbd> accepts a character, <kbd>Shift+A</kbd> all of them; <kbd>Ctrl+Enter</kbd> accepts the "
        "image and opens the next that nobody has decided on. The queue says how many are left and how long they "
        "will take you, accepts many at once, and shows each "
        "person's figures under <b>Team…</b>. "
        "Every edit is saved the moment you make it. <kbd>Ctrl+Z</kbd> takes back"
        " as many as you like, also after a reload and on the next day. If somebody else works on the same "
        "image, you are told, and nothing of either of you is overwritten.",
    ),
)


def router() -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter()

    @routes.get("/help")
    def how_to_label(request: Request) -> Response:
        return HTMLResponse(_page(language_of(request.headers.get("accept-language"))))

    @routes.get("/help/{name}.webp")
    def picture(name: str) -> Response:
        if name not in {step for step, _, _ in STEPS} or not (PICTURES / f"{name}.webp").is_file():
            raise HTTPException(404, "There is no such image.")
        return FileResponse(PICTURES / f"{name}.webp", headers={"Cache-Control": "max-age=3600"})

    return routes


def _page(language: str) -> str:
    lead = Markup("Everything can be done with the keyboard; <kbd>?</kbd> on the image lists all keys.")
    return page(
        "help", "shared/help.css", language, title="How to label", lead=lead, sections=[_step(*step) for step in STEPS]
    )


def _step(name: str, title: str, text: str) -> dict[str, object]:
    picture = f"help/{name}.webp" if (PICTURES / f"{name}.webp").is_file() else None
    return {"title": title, "text": Markup(text), "picture": picture, "alt": title, "more": (), "remedy": None}
