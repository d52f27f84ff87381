"""Backups: images, documents and whole histories, which come back bit by bit."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from charsam.datasets.fields import Field, parse_json
from charsam.editing.document import Document
from charsam.editing.document_json import word_of
from charsam.errors import CharsamError
from charsam.images import load_image
from charsam.inspection.truth_files import TruthFile, truth_of_png, truth_png
from charsam.segmenters.learned import SUFFIX
from charsam.workspace import codec
from charsam.workspace.accounts import checked_name
from charsam.workspace.archives import BACKUP, Archive, Limits, opened_archive
from charsam.workspace.blobs import hash_of
from charsam.workspace.errors import DamagedBackup, UploadError
from charsam.workspace.file_names import clean_name
from charsam.workspace.history import LONGEST_NOTE
from charsam.workspace.history_import import RestoredImage, check_history, insert_image
from charsam.workspace.store import plain
from charsam.workspace.values import Entry, ImageRow, State, User
from charsam.workspace.workspace import Workspace
from charsam.workspace.zip_files import MANIFEST, ZipWriter, checked_manifest

TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
MOST_ENTRIES: Final = 10_000_000
LEARNED: Final = "learned/"
"""Where learned segmenters lie in a backup."""
TRUTHS: Final = "truths/"
"""Where the true masks of images lie in a backup."""


def write_image(workspace: Workspace, pack: ZipWriter, number: int, row: ImageRow, by: User) -> dict[str, Any]:
    """Add an image to a backup; returns what the manifest says of it. number: of the image in the backup, from 1."""
    picture, path = f"images/{row.hash}", f"histories/{number:06d}.json"
    if picture not in pack:
        pack.add(picture, workspace.images.read(row.id, by))
    entries = workspace.history.entries(row.id, by, changes=True)
    changes = (entry.change for entry in entries if entry.change is not None)
    record: dict[str, Any] = {
        "name": row.name,
        "image": row.hash,
        "added_at": row.added_at,
        "added_by": row.added_by,
        "document": codec.document_data(codec.folded(Document(row.width, row.height), changes)),
        "entries": [_entry_data(entry) for entry in entries],
    }
    truth = workspace.truths.get(row.id, by)
    if truth is not None:
        record["truth"] = {"file": f"{TRUTHS}{number:06d}.png", "form": truth.form, "categories": truth.categories}
        pack.add(record["truth"]["file"], truth_png(truth.truth))
    pack.add(path, json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode())
    return {"name": row.name, "image": row.hash, "history": path, "seq": len(entries)}


def write_learned(workspace: Workspace, pack: ZipWriter, project_id: str, by: User) -> list[dict[str, Any]]:
    """Add the learned segmenters of a project to a backup; returns what the manifest says of them, the oldest first."""
    listed: list[dict[str, Any]] = []
    for number, row in enumerate(reversed(workspace.learned.of(project_id, by)), start=1):
        path = f"{LEARNED}{number:04d}{SUFFIX}"
        pack.add(path, workspace.learned.body(project_id, row.id, by)[1])
        listed.append({"name": row.name, "file": path, "used": row.used})
    return listed


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of a backup. faults: a sentence for each part that was damaged and left out."""

    images: tuple[ImageRow, ...]
    faults: tuple[str, ...]


def restore(
    workspace: Workspace,
    project_id: str,
    name: str,
    source: Path | BinaryIO,
    by: User,
    *,
    rest: bool = False,
) -> Restored:
    """Add the images of a backup to a project, with their histories as they were; their ids are new.

    Its learned segmenters come with it; those that cannot be used here are named among the faults. A project without
    images goes on with the one that was used. Everything is checked before the first image is added.
    name: what to call the file. rest: where parts of it are damaged, restore all others. Raises NotFound; UploadError,
    naming what is wrong, for a file of another kind; DamagedBackup for one with a damaged part, unless `rest`.
    """
    workspace.projects.get(project_id, by)
    empty = not any(workspace.images.counts(project_id, by).values())
    with opened_archive(name, source, workspace.quota.backup) as archive:
        faults: list[str] = []
        about: dict[str, Any] = {}
        damaged: Collection[str] = ()
        try:
            manifest = checked_manifest(archive)
            about, damaged = manifest.about, manifest.damaged
            faults += manifest.damaged.values()
            if manifest.about.get("format") != "backup":
                raise UploadError(f"{name} is an export; only a backup holds histories to bring back.")
        except UploadError as error:
            if not rest:
                raise
            faults.append(str(error))  # each history is checked in itself, too
        paths, pixels = [], workspace.quota.pixels
        for path in (path for path in archive.names if path.startswith("histories/") and path not in damaged):
            try:
                _read(archive, path, pixels)
                paths.append(path)
            except UploadError as error:
                faults.append(str(error))
        if faults and not rest:
            raise DamagedBackup(name, faults, len(paths))
        rows = tuple(_insert(workspace, project_id, _read(archive, path, pixels), by) for path in paths)
        faults += _restore_learned(workspace, project_id, archive, about, damaged, by, use=empty)
        return Restored(rows, tuple(faults))


def _insert(workspace: Workspace, project_id: str, image: RestoredImage, by: User) -> ImageRow:
    row = insert_image(workspace, project_id, image, by)
    if image.truth is not None:
        workspace.truths.give(row.id, image.truth, by)
    return row


def is_backup(name: str, source: Path | BinaryIO, limits: Limits = BACKUP) -> bool:
    """Whether a zip file says that it is a backup. Raises UploadError for what is no zip file."""
    with opened_archive(name, source, limits) as archive:
        return MANIFEST in archive and any(path.startswith("histories/") for path in archive.names)


def _restore_learned(
    workspace: Workspace,
    project_id: str,
    archive: Archive,
    about: dict[str, Any],
    damaged: Collection[str],
    by: User,
    *,
    use: bool,
) -> list[str]:
    """Add the learned segmenters of a backup, under the names that its manifest (`about`) gives them. use: whether the
    project goes on with the one that was used. Returns a sentence for each that cannot be used here.
    """
    names: dict[str, str] = {}
    used: set[str] = set()
    with suppress(CharsamError):  # of a manifest that is damaged the files are taken all the same
        listed = Field(MANIFEST, about).find("learned")
        for one in listed.items() if listed is not None else ():
            names[one.get("file").text()] = one.get("name").text()
            used |= {one.get("file").text()} if one.get("used").value is True else set()
    faults = []
    for path in (path for path in archive.names if path.startswith(LEARNED) and path not in damaged):
        try:
            row = workspace.learned.add(project_id, archive.read(path), by, names.get(path))
            if use and path in used:
                workspace.learned.use(project_id, row.id, by)
        except CharsamError as error:
            faults.append(f"{names.get(path, path)} in {archive.name} was left out: {error}")
    return faults


def _read(archive: Archive, path: str, most_pixels: int) -> RestoredImage:
    """One history, with everything in it checked."""
    place = f"{path} in {archive.name}"
    try:
        root = Field(place, parse_json(archive.read(path).decode(), name=path))
        digest = root.get("image").text()
        if f"images/{digest}" not in archive:
            raise root.get("image").error("expected the checksum of one of the images")
        data = archive.read(f"images/{digest}")
        if hash_of(data) != digest:
            raise root.get("image").error("expected the checksum of the image")
        image_name = root.get("name").text()
        if clean_name(image_name) != image_name:
            raise root.get("name").error("expected a plain file name")
        height, width = load_image(data, name=image_name, most_pixels=most_pixels).shape[:2]
        document = codec.document_of(root.get("document").value)
        if (document.width, document.height) != (width, height):
            raise root.get("document").error(f"expected one of {width} x {height} pixels")
        entries = tuple(_entry(item, width, height) for item in root.get("entries").items())
        check_history(document, entries)
        truth = _truth(archive, root.find("truth"), (height, width))
        return RestoredImage(image_name, data, _time(root), _name(root, "added_by"), document, entries, truth)
    except UploadError:
        raise
    except (CharsamError, UnicodeDecodeError) as error:
        message = str(error)
        raise UploadError(message if place in message else f"{place}: {message}") from error


def _truth(archive: Archive, item: Field | None, shape: tuple[int, int]) -> TruthFile | None:
    """The truth of an image, checked. Raises DatasetError."""
    if item is None:
        return None
    path, categories = item.get("file").text(), item.find("categories")
    if path not in archive:
        raise item.get("file").error("expected the name of one of the files")
    truth = truth_of_png(archive.read(path))
    if truth.text.shape != shape:
        raise item.get("file").error(f"expected a mask of {shape[1]} x {shape[0]} pixels")
    names = None if categories is None else [one.text() for one in categories.items()]
    return TruthFile(truth, _text(item, "form", 100), names)


def _entry(item: Field, width: int, height: int) -> Entry:
    change, undoes, redoes, note = (item.find(key) for key in ("change", "undoes", "redoes", "note"))
    state = item.get("state")
    if state.value not in tuple(State):
        raise state.error(f"expected one of {', '.join(State)}")
    if change is not None:
        for number, word in enumerate(change.get("words").items()):
            for side in (word.find("before"), word.find("after")):
                if side is not None:
                    word_of(Field(f"{change.place}.words[{number}]", side.value), width, height)
    return Entry(
        seq=item.get("seq").whole(1, MOST_ENTRIES),
        kind=_text(item, "kind", 40),
        label=_text(item, "label", 300),
        by=_name(item, "by"),
        at=_time(item, "at"),
        change=None if change is None else codec.change_of(change.value),
        undoes=None if undoes is None else undoes.whole(1, MOST_ENTRIES),
        redoes=None if redoes is None else redoes.whole(1, MOST_ENTRIES),
        state=State(state.value),
        note=None if note is None else _text(item, "note", LONGEST_NOTE),
    )


def _text(item: Field, key: str, longest: int) -> str:
    field = item.get(key)
    text = field.text()
    if len(text) > longest or plain(text) != text:
        raise field.error(f"expected a text of at most {longest} letters")
    return text


def _name(item: Field, key: str) -> str:
    name = _text(item, key, 64)
    if checked_name(name) != name:
        raise item.get(key).error("expected the name of a person")
    return name


def _time(item: Field, key: str = "added_at") -> str:
    text = item.get(key).text()
    if not TIME.fullmatch(text):
        raise item.get(key).error("expected a time in UTC to the microsecond")
    return text


def _entry_data(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "label": entry.label,
        "by": entry.by,
        "at": entry.at,
        "change": None if entry.change is None else codec.change_data(entry.change),
        "undoes": entry.undoes,
        "redoes": entry.redoes,
        "state": entry.state,
        **({} if entry.note is None else {"note": entry.note}),
    }
