"""The values of the page's parts for a session, by the parts' names: what each stage of a run changes on the page."""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import gradio as gr

from charsam.editing.document import Document, to_annotation
from charsam.export import annotation_files
from charsam.page.parts import packed
from charsam.page.session import Session
from charsam.server import overlays, pictures, rows, wording
from charsam.server.examples import examples, first_example
from charsam.server.words_files import stem_of
from charsam.trace import Settings, Stage, Trace
from charsam.types import ImageAnnotation

Updates = dict[str, Any]
"""New values by the names of the page's parts (`charsam.page.page.Page`)."""

BYTES_LIMIT: Final = 25 * 1024 * 1024
DOWNLOADS: Final = ("text_mask", "character_mask", "words_json", "everything")

EMPTY: Final = {
    "heat": "Run shows here where CRAFT sees characters.",
    "boxes": "Run shows here the box of every character, before and after splitting.",
    "mask": "Run shows the character masks here.",
}
INVITATION: Final = "Drop a photo with text here, paste one, or pick an example below."


_notes = itertools.count(1)


def cleared() -> Updates:
    """Every part that holds a result or the stages of a run, empty."""
    views: Updates = {name: packed({"empty": text}) for name, text in EMPTY.items()}
    views["boxes_table"] = views["heat_note"] = packed({})
    views["glyphs"] = packed({"empty": "Run shows here how the fonts vote on every character."})
    return views | cleared_result()


def cleared_result() -> Updates:
    """The parts that hold a result, empty."""
    views: Updates = {"mask": packed({"empty": EMPTY["mask"]}), "mask_table": packed({}), "comparison": packed({})}
    return views | {name: gr.update(value=None, interactive=False) for name in DOWNLOADS}


def picture(session: Session, note: str = "", *, alert: bool = False) -> Updates:
    """The canvas on the left: which image it opens, up to which history entry, and what is said over it."""
    value: dict[str, Any] = {
        "open": {"bytes": BYTES_LIMIT},
        "document": session.document or None,
        "seq": session.seq,
        "remember": session.remember,
        "token": session.handed,
        "note": note,
        "alert": alert,
        "saying": next(_notes),
    }
    return {"picture": packed(value if session.image is not None else value | {"empty": INVITATION})}


def words(note: str = "", *, alert: bool = False) -> Updates:
    """What is said over the table of words; the words themselves come from the canvas's document."""
    return {"words": packed(rows.words_value(note=note, alert=alert and bool(note)))}


def problems(trace: Trace) -> str:
    """What was wrong with words that could not be worked on."""
    found = trace.problems
    return f"Left out: {'; '.join(found[:3])}{'; …' if len(found) > 3 else ''}" if found else ""


def photo(session: Session) -> Updates:
    """The photo, for all pictures of the page."""
    value = pictures.photo_value(session.key, session.image) if session.image is not None else {}
    return {"photo": packed(value)}


def image(session: Session) -> Updates:
    """Everything after a new image was taken."""
    return photo(session) | picture(session) | words() | cleared() | idle()


def idle(text: str = "Run finds every character and its mask.") -> Updates:
    """The progress line while nothing runs."""
    return {"progress": packed({"state": "idle", "text": text, "of": len(Stage)})}


def running(done: int, text: str) -> Updates:
    """The progress line while stage number `done` (from 0) runs."""
    return {"progress": packed({"state": "running", "step": done, "of": len(Stage), "text": text})}


def stopped(text: str, *, error: bool) -> Updates:
    """The progress line after a run that ended early, with the reason."""
    return {"progress": packed({"state": "error" if error else "idle", "text": text, "of": len(Stage)})}


def finished(trace: Trace, reviews: Mapping[str, str] | None = None, *, timed: bool = True) -> Updates:
    """The progress line after a run, with the result in plain words. reviews: of characters, by ref. timed: say how
    long it took.
    """
    if trace.annotation is None:
        return idle()
    spent = sum(time for stage, time in trace.timings.items() if stage not in trace.reused)
    text = wording.summary(trace.annotation, reviews) + (f" · {wording.seconds(spent)}" if timed else "")
    return {"progress": packed({"state": "done", "step": len(Stage), "of": len(Stage), "text": text})}


def stage(session: Session, trace: Trace, done: Stage) -> Updates:
    """The parts that the end of a stage changes; what was taken from the last run is on the page already."""
    if done is Stage.REGIONS:
        return heat_note(trace) | (heat(session, trace) if done not in trace.reused else {})
    if done is Stage.SPLIT:
        return boxes(session, trace)
    if done is Stage.VOTES:
        return glyphs(trace)
    return {}


def stages(session: Session, trace: Trace) -> Updates:
    """The tabs of all stages before the masks."""
    return heat(session, trace) | heat_note(trace) | boxes(session, trace) | glyphs(trace)


def result(session: Session, document: Document) -> Updates:
    """The tab of the mask and the summary, for the newest document."""
    assert session.image is not None
    annotation = to_annotation(document)
    last = session.trace if session.trace is not None else Trace(session.image, Settings())
    shown = replace(last, annotation=annotation)
    reviews = rows.reviews(document)
    views: Updates = {
        "mask": packed(pictures.mask_value(session.key, shown)),
        "mask_table": packed(rows.characters_value(session.key, shown, reviews)),
        "comparison": packed({}),
    }
    return views | downloads(session, annotation) | finished(shown, reviews, timed=session.made == session.seq)


def heat(session: Session, trace: Trace) -> Updates:
    """The picture of the CRAFT heatmap."""
    return {"heat": packed(pictures.heat_value(session.key, trace))}


def heat_note(trace: Trace) -> Updates:
    """What is said about the heatmap."""
    found = sum(len(overlays.peaks(word)) for word in trace.regions)
    note = f"{wording.counted(found, 'peak')}. {wording.stage_times(trace, (Stage.FIND, Stage.READ, Stage.REGIONS))}"
    return {"heat_note": packed({"note": note})}


def glyphs(trace: Trace) -> Updates:
    """The tab of the glyph votes."""
    return {"glyphs": packed(rows.glyphs_value(trace))}


def boxes(session: Session, trace: Trace) -> Updates:
    """The tab of the split boxes."""
    return {
        "boxes": packed(pictures.boxes_value(session.key, trace)),
        "boxes_table": packed(rows.boxes_value(session.key, trace)),
    }


def downloads(session: Session, annotation: ImageAnnotation) -> Updates:
    """The files of a result, written into a folder of their own."""
    stem = stem_of(session.file)
    files = annotation_files(stem, session.file, annotation)
    folder = session.new_folder()
    paths: list[Path] = []
    for name, content in files.items():
        (folder / name).write_bytes(content)
        paths.append(folder / name)
    archive = folder / f"{stem}_charsam.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return {
        part: gr.update(value=str(path), interactive=True)
        for part, path in zip(DOWNLOADS, [*paths, archive], strict=True)
    }


def strip(chosen: str | None) -> dict[str, Any]:
    """The strip of examples, one of them marked."""
    items = [{"name": item.name, "title": item.title, "src": item.thumbnail} for item in examples()]
    return {"items": items, "chosen": chosen, "empty": "No example photos are installed; open a photo of your own."}


def first_views() -> Updates:
    """The page before its visitor has a session: the first example's photo, and no result yet."""
    session, example = Session(), first_example()
    if example is not None:
        session.show(example.image, example.file, "", example.key)
    return image(session) | {"picture": packed({"photo": example.key if example else None, "empty": "One moment…"})}


def first_strip() -> dict[str, Any]:
    """The strip of examples as a first visit sees it."""
    example = first_example()
    return strip(example.name if example else None)
