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
from charsam.workspace.images import clean_name
from charsam.workspace.values import Order, Project, State, User
from charsam.workspace.workspace import Workspace


@pytest.fixture
def ann(workspace: Workspace) -> User:
    return workspace.guest("Ann")


@pytest.fixture
def project(workspace: Workspace, ann: User) -> Project:
    return workspace.create_project("Signs", ann)


def names(workspace: Workspace, project: Project, ann: User, **wanted: object) -> list[str]:
    return [row.name for row in workspace.images(project.id, ann, **wanted).images]  # type: ignore[arg-type]


def test_an_image_comes_back_byte_for_byte(workspace: Workspace, project: Project, ann: User) -> None:
    data = picture(3, kind="JPEG")

    row = workspace.add_image(project.id, "street/hotel.jpg", data, ann)

    assert workspace.image_bytes(row.id, ann) == data
    assert (row.name, row.width, row.height, row.size) == ("street/hotel.jpg", 64, 48, len(data))
    assert (row.state, row.seq, row.words, row.note, row.added_by) == (State.NEW, 0, 0, "", "Ann")


def test_the_size_is_that_of_the_upright_image(workspace: Workspace, project: Project, ann: User) -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((20, 40, 3), np.uint8)).save(buffer, "JPEG", exif=exif)

    row = workspace.add_image(project.id, "a.jpg", buffer.getvalue(), ann)

    assert (row.width, row.height) == (20, 40)
    assert Image.open(io.BytesIO(workspace.thumbnail(row.id, ann))).size == (20, 40)


def test_the_same_picture_is_one_file_with_two_histories(workspace: Workspace, project: Project, ann: User) -> None:
    first = workspace.add_image(project.id, "a.png", picture(), ann)
    second = workspace.add_image(project.id, "b.png", picture(), ann)

    assert first.id != second.id
    assert len(list(workspace.folder.glob("images/*/*"))) == 1
    workspace.delete_image(first.id, ann)
    assert workspace.image_bytes(second.id, ann) == picture()
    workspace.delete_image(second.id, ann)
    assert list(workspace.folder.glob("images/*/*")) == []


def test_a_broken_image_is_refused_and_leaves_nothing(workspace: Workspace, project: Project, ann: User) -> None:
    with pytest.raises(ImageError, match=r"a\.png is damaged"):
        workspace.add_image(project.id, "a.png", picture()[:200], ann)
    with pytest.raises(ImageError, match=r"b\.png is not an image"):
        workspace.add_image(project.id, "b.png", b"hello", ann)

    assert list(workspace.folder.glob("images/*/*")) == []
    assert workspace.images(project.id, ann).images == ()


def test_a_file_that_changed_on_the_disk_is_noticed(workspace: Workspace, project: Project, ann: User) -> None:
    row = workspace.add_image(project.id, "a.png", picture(), ann)
    (file,) = workspace.folder.glob("images/*/*")
    file.write_bytes(picture(1))

    with pytest.raises(WorkspaceError, match="is damaged: its checksum differs"):
        workspace.image_bytes(row.id, ann)


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
        workspace.add_image(project.id, f"img{number}.png", picture(), ann)

    found, after = [], None
    while True:
        page = workspace.images(project.id, ann, order=order, after=after, limit=2)
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
    rows = [workspace.add_image(project.id, f"{letter}.png", picture(), ann) for letter in "abcd"]
    workspace.set_state(rows[1].id, State.ACCEPTED, ann)
    workspace.set_state(rows[2].id, State.REJECTED, ann)

    assert names(workspace, project, ann, states=[State.NEW]) == ["a.png", "d.png"]
    assert names(workspace, project, ann, states=[State.ACCEPTED, State.REJECTED]) == ["b.png", "c.png"]
    assert names(workspace, project, ann, states=[]) == []
    assert workspace.counts(project.id, ann) == {
        State.NEW: 2,
        State.ANNOTATED: 0,
        State.CORRECTED: 0,
        State.ACCEPTED: 1,
        State.REJECTED: 1,
    }


def test_a_search_looks_at_names_and_notes_whatever_their_case(
    workspace: Workspace, project: Project, ann: User
) -> None:
    rows = [workspace.add_image(project.id, name, picture(), ann) for name in ("Straße_1.png", "b%.png", "c.png")]
    workspace.set_note(rows[2].id, "Ask ÉMILE about the script", ann)

    assert names(workspace, project, ann, search="STRASSE") == ["Straße_1.png"]
    assert names(workspace, project, ann, search="%") == ["b%.png"]
    assert names(workspace, project, ann, search="script émile") == ["c.png"]
    assert names(workspace, project, ann, search="\0\ud800") == []


def test_next_goes_round_the_queue(workspace: Workspace, project: Project, ann: User) -> None:
    rows = [workspace.add_image(project.id, f"{letter}.png", picture(), ann) for letter in "abc"]

    def following(after: str | None, **wanted: object) -> str | None:
        found = workspace.next_image(project.id, ann, after=after, **wanted)  # type: ignore[arg-type]
        return None if found is None else found.name

    assert following(None) == "a.png"
    assert following(rows[0].id) == "b.png"
    assert following(rows[2].id) == "a.png"
    workspace.set_state(rows[1].id, State.ACCEPTED, ann)
    assert following(rows[0].id, states=[State.NEW]) == "c.png"
    assert following(rows[0].id, states=[State.REJECTED]) is None


def test_a_made_up_place_in_the_queue_is_refused_or_empty(workspace: Workspace, project: Project, ann: User) -> None:
    workspace.add_image(project.id, "a.png", picture(), ann)

    with pytest.raises(WorkspaceError, match="start again"):
        workspace.images(project.id, ann, order=Order.TO_CHECK, after="x.y")
    assert workspace.images(project.id, ann, after="\0\ud800.zzz").images == ()


@pytest.mark.parametrize("states", [None, [State.NEW], [State.NEW, State.CORRECTED]])
@pytest.mark.parametrize("order", list(Order))
def test_a_page_is_found_by_an_index_without_sorting(
    open_workspace: OpenWorkspace, order: Order, states: list[State] | None
) -> None:
    workspace = open_workspace()
    ann = workspace.guest("Ann")
    project = workspace.create_project("Signs", ann)
    statements: list[tuple[str, Any]] = []
    event.listen(workspace._database.engine, "before_cursor_execute", lambda *e: statements.append((e[2], e[3])))

    workspace.images(project.id, ann, order=order, states=states)

    statement, values = next((s, v) for s, v in statements if "ORDER BY" in s)
    with workspace._database.engine.connect() as connection:
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
    assert "USING INDEX images_by" in plan
    assert "TEMP B-TREE" not in plan


def test_what_a_killed_process_left_is_tidied_away_and_nothing_else(
    workspace: Workspace, project: Project, ann: User
) -> None:
    kept = workspace.add_image(project.id, "kept.png", picture(1), ann)
    stray = workspace._blobs.path(workspace._blobs.put(picture(2)))
    half = stray.with_name(f".{stray.name[:40]}.abc.part")
    half.write_bytes(picture(3))
    fresh = workspace._blobs.path(workspace._blobs.put(picture(4)))
    past = time.time() - 7200
    for path in (stray, half, workspace.image_path(kept.id, ann)):
        os.utime(path, (past, past))

    workspace.tidy()

    assert not stray.exists()
    assert not half.exists()
    assert fresh.exists()
    assert workspace.image_bytes(kept.id, ann) == picture(1)


def test_the_name_of_a_deleted_file_is_not_left_in_the_database(open_workspace: OpenWorkspace, tmp_path: Path) -> None:
    workspace = open_workspace()
    visitor = workspace.guest("visitor")
    row = workspace.add_image(workspace.inbox(visitor).id, "holiday_with_secret_name.png", picture(), visitor)
    add_word(workspace, row.id, visitor, "AB")
    workspace.forget_guest(visitor)
    files = [path for path in tmp_path.rglob("workspace.sqlite*") if path.is_file()]
    assert files
    assert not any(b"holiday_with_secret_name" in path.read_bytes() for path in files)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_a_thumbnail_is_shown_where_none_can_be_kept(
    workspace: Workspace, project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = workspace.add_image(project.id, "a.png", picture(), ann)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("charsam.workspace.images.write_atomically", full)
    assert workspace.thumbnail(row.id, ann).startswith(b"\xff\xd8")
