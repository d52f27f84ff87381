"""Images: stored once by their content, found, filtered, counted and paged through."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import event
from workspaces import OpenWorkspace, add_word, picture

from charsam.errors import ImageError, WorkspaceError
from charsam.workspace.file_names import clean_name
from charsam.workspace.values import Order, Project, State, User
from charsam.workspace.workspace import Workspace


def names(workspace: Workspace, project: Project, ann: User, **wanted: object) -> list[str]:
    return [row.name for row in workspace.images.page(project.id, ann, **wanted).images]  # type: ignore[arg-type]


def test_an_image_comes_back_byte_for_byte(workspace: Workspace, project: Project, ann: User) -> None:
    data = picture(3, kind="JPEG")

    row = workspace.images.add(project.id, "street/hotel.jpg", data, ann)

    assert workspace.images.read(row.id, ann) == data
    assert (row.name, row.width, row.height, row.size) == ("street/hotel.jpg", 64, 48, len(data))
    assert (row.state, row.seq, row.words, row.note, row.added_by) == (State.NEW, 0, 0, "", "Ann")


def test_the_size_is_that_of_the_upright_image(workspace: Workspace, project: Project, ann: User) -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((20, 40, 3), np.uint8)).save(buffer, "JPEG", exif=exif)

    row = workspace.images.add(project.id, "a.jpg", buffer.getvalue(), ann)

    assert (row.width, row.height) == (20, 40)
    assert Image.open(io.BytesIO(workspace.images.thumbnail(row.id, ann))).size == (20, 40)


def test_the_same_picture_is_one_file_with_two_histories(workspace: Workspace, project: Project, ann: User) -> None:
    first = workspace.images.add(project.id, "a.png", picture(), ann)
    second = workspace.images.add(project.id, "b.png", picture(), ann)

    assert first.id != second.id
    assert len(list(workspace.folder.glob("images/*/*"))) == 1
    for image in (first, second):
        assert workspace.images.read(second.id, ann) == picture()
        workspace.images.delete(image.id, ann)
        workspace.trash.purge(image.id, ann)
    assert list(workspace.folder.glob("images/*/*")) == []


def test_a_broken_image_is_refused_and_leaves_nothing(workspace: Workspace, project: Project, ann: User) -> None:
    with pytest.raises(ImageError, match=r"a\.png is damaged"):
        workspace.images.add(project.id, "a.png", picture()[:200], ann)
    with pytest.raises(ImageError, match=r"b\.png is not an image"):
        workspace.images.add(project.id, "b.png", b"hello", ann)

    assert list(workspace.folder.glob("images/*/*")) == []
    assert workspace.images.page(project.id, ann).images == ()


def test_a_file_that_changed_on_the_disk_is_noticed(workspace: Workspace, project: Project, ann: User) -> None:
    row = workspace.images.add(project.id, "a.png", picture(), ann)
    (file,) = workspace.folder.glob("images/*/*")
    file.write_bytes(picture(1))

    with pytest.raises(WorkspaceError, match="is damaged: its checksum differs"):
        workspace.images.read(row.id, ann)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\Users\\ann\\a.jpg", "Users/ann/a.jpg"),
        ("/a//b/./c.png", "a/b/c.png"),
        ("a\0\n\u202e.png", "a___.png"),
        ("", "image"),
        ("..", "image"),
        ("é.png".encode().decode() + "\ud800", "é.png?"),
        ("x" * 400 + ".png", "x" * 296 + ".png"),
    ],
)
def test_file_names_lead_nowhere(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize("order", list(Order))
def test_pages_cover_the_queue_once_in_every_order(
    workspace: Workspace, project: Project, ann: User, order: Order
) -> None:
    for number in (10, 2, 1, 30, 4):
        workspace.images.add(project.id, f"img{number}.png", picture(), ann)

    found, after = [], None
    while True:
        page = workspace.images.page(project.id, ann, order=order, after=after, limit=2)
        found += [row.name for row in page.images]
        after = page.next
        if after is None:
            break

    assert sorted(found) == sorted(f"img{number}.png" for number in (10, 2, 1, 30, 4))
    if order is Order.NAME:
        assert found == ["img1.png", "img2.png", "img4.png", "img10.png", "img30.png"]
    if order is Order.ADDED:
        assert found == ["img10.png", "img2.png", "img1.png", "img30.png", "img4.png"]


def test_the_queue_is_filtered_and_counted_by_state(workspace: Workspace, project: Project, ann: User) -> None:
    rows = [workspace.images.add(project.id, f"{letter}.png", picture(), ann) for letter in "abcd"]
    workspace.history.set_state(rows[1].id, State.ACCEPTED, ann)
    workspace.history.set_state(rows[2].id, State.REJECTED, ann)

    assert names(workspace, project, ann, states=[State.NEW]) == ["a.png", "d.png"]
    assert names(workspace, project, ann, states=[State.ACCEPTED, State.REJECTED]) == ["b.png", "c.png"]
    assert names(workspace, project, ann, states=[]) == []
    assert workspace.images.counts(project.id, ann) == {
        State.NEW: 2,
        State.ANNOTATED: 0,
        State.CORRECTED: 0,
        State.ACCEPTED: 1,
        State.REJECTED: 1,
    }


def test_a_search_looks_at_names_and_notes_whatever_their_case(
    workspace: Workspace, project: Project, ann: User
) -> None:
    rows = [workspace.images.add(project.id, name, picture(), ann) for name in ("Straße_1.png", "b%.png", "c.png")]
    workspace.history.set_note(rows[2].id, "Ask ÉMILE about the script", ann)

    assert names(workspace, project, ann, search="STRASSE") == ["Straße_1.png"]
    assert names(workspace, project, ann, search="%") == ["b%.png"]
    assert names(workspace, project, ann, search="script émile") == ["c.png"]
    assert names(workspace, project, ann, search="\0\ud800") == []


def test_next_goes_round_the_queue(workspace: Workspace, project: Project, ann: User) -> None:
    rows = [workspace.images.add(project.id, f"{letter}.png", picture(), ann) for letter in "abc"]

    def following(after: str | None, **wanted: object) -> str | None:
        found = workspace.images.next(project.id, ann, after=after, **wanted)  # type: ignore[arg-type]
        return None if found is None else found.name

    assert following(None) == "a.png"
    assert following(rows[0].id) == "b.png"
    assert following(rows[2].id) == "a.png"
    workspace.history.set_state(rows[1].id, State.ACCEPTED, ann)
    assert following(rows[0].id, states=[State.NEW]) == "c.png"
    assert following(rows[0].id, states=[State.REJECTED]) is None


def test_a_made_up_place_in_the_queue_is_refused_or_empty(workspace: Workspace, project: Project, ann: User) -> None:
    workspace.images.add(project.id, "a.png", picture(), ann)

    with pytest.raises(WorkspaceError, match="start again"):
        workspace.images.page(project.id, ann, order=Order.TO_CHECK, after="x.y")
    assert workspace.images.page(project.id, ann, after="\0\ud800.zzz").images == ()


@pytest.mark.parametrize("states", [None, [State.NEW], [State.NEW, State.CORRECTED]])
@pytest.mark.parametrize("order", list(Order))
def test_a_page_is_found_by_an_index_without_sorting(
    open_workspace: OpenWorkspace, order: Order, states: list[State] | None
) -> None:
    workspace = open_workspace()
    ann = workspace.accounts.guest("Ann")
    project = workspace.projects.create("Signs", ann)
    statements: list[tuple[str, Any]] = []
    event.listen(workspace.store.database.engine, "before_cursor_execute", lambda *e: statements.append((e[2], e[3])))

    workspace.images.page(project.id, ann, order=order, states=states)

    statement, values = next((s, v) for s, v in statements if "ORDER BY" in s)
    with workspace.store.database.engine.connect() as connection:
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
    assert "USING INDEX images_by" in plan
    assert "TEMP B-TREE" not in plan


def test_what_a_killed_process_left_is_tidied_away_and_nothing_else(
    workspace: Workspace, project: Project, ann: User
) -> None:
    kept = workspace.images.add(project.id, "kept.png", picture(1), ann)
    stray = workspace.store.blobs.path(workspace.store.blobs.put(picture(2)))
    half = stray.with_name(f".{stray.name[:40]}.abc.part")
    half.write_bytes(picture(3))
    fresh = workspace.store.blobs.path(workspace.store.blobs.put(picture(4)))
    past = time.time() - 7200
    for path in (stray, half, workspace.images.path(kept.id, ann)):
        os.utime(path, (past, past))

    workspace.store.tidy()

    assert not stray.exists()
    assert not half.exists()
    assert fresh.exists()
    assert workspace.images.read(kept.id, ann) == picture(1)


def test_the_name_of_a_deleted_file_is_not_left_in_the_database(open_workspace: OpenWorkspace, tmp_path: Path) -> None:
    workspace = open_workspace()
    visitor = workspace.accounts.guest("visitor")
    row = workspace.images.add(workspace.projects.inbox(visitor).id, "holiday_with_secret_name.png", picture(), visitor)
    add_word(workspace, row.id, visitor, "AB")
    workspace.accounts.forget_guest(visitor)
    files = [path for path in tmp_path.rglob("workspace.sqlite*") if path.is_file()]
    assert files
    assert not any(b"holiday_with_secret_name" in path.read_bytes() for path in files)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_a_thumbnail_is_shown_where_none_can_be_kept(
    workspace: Workspace, project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = workspace.images.add(project.id, "a.png", picture(), ann)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("charsam.workspace.images.write_atomically", full)
    assert workspace.images.thumbnail(row.id, ann).startswith(b"\xff\xd8")


def test_what_makes_room_works_on_a_full_disk(open_workspace: OpenWorkspace, tmp_path: Path) -> None:
    """Deleting gets the room that was kept for it, and keeps it again for the next time."""
    workspace = open_workspace()
    ann = workspace.accounts.guest("Ann")
    project = workspace.projects.create("Signs", ann)
    reserve = tmp_path / "workspace" / ".reserve"
    assert reserve.stat().st_blocks * 512 >= 2**20
    with workspace.store.freeing():
        assert not reserve.exists()
    workspace.projects.delete(project.id, ann)
    assert reserve.stat().st_blocks * 512 >= 2**20


def test_a_damaged_database_is_a_sentence(open_workspace: OpenWorkspace, tmp_path: Path) -> None:
    workspace = open_workspace()
    ann = workspace.accounts.guest("Ann")
    project = workspace.projects.create("Signs", ann)
    for number in range(30):
        add_word(workspace, workspace.images.add(project.id, f"{number}.png", picture(number), ann).id, ann)
    workspace.close()
    file = tmp_path / "workspace" / "workspace.sqlite"
    data = bytearray(file.read_bytes())
    for page in range(2, len(data) // 4096):
        data[4096 * page : 4096 * page + 2000] = b"overwritten!" * 166 + b"01234567"
    file.write_bytes(data)

    with pytest.raises(WorkspaceError, match=r"restore it from a backup|cannot be opened"):
        again = open_workspace()
        for row in again.images.page(project.id, ann).images:
            again.history.document(row.id, ann)
