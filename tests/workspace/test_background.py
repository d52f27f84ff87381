"""Annotating in the background: with progress, never over somebody's work, and on again after a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from workspaces import OpenWorkspace, add_word, picture, with_word

from charsam.cancellation import checkpoint
from charsam.editing.changes import difference
from charsam.editing.document import Document
from charsam.editing.editor import Edit
from charsam.errors import EditError
from charsam.types import ImageArray
from charsam.workspace.background import Annotator
from charsam.workspace.errors import NotFound, Unavailable
from charsam.workspace.jobs import JobProgress, JobState
from charsam.workspace.values import ImageRow, Project, State, User
from charsam.workspace.workspace import Workspace


@pytest.fixture
def project(workspace: Workspace, ann: User) -> Project:
    project = workspace.projects.create("Signs", ann)
    for number in range(4):
        workspace.images.add(project.id, f"{number}.png", picture(number), ann)
    return project


def annotate(row: ImageRow, image: ImageArray, document: Document, by: User) -> Edit:
    """What a model would do: one more word."""
    assert image.shape == (48, 64, 3)
    return Edit(difference(document, with_word(document, "AB")), "Annotated 1 word", "")


def run(workspace: Workspace, project: Project, by: User, work: Callable[..., Edit] = annotate) -> JobProgress:
    """The end of a job that annotates all new images."""
    annotator = Annotator(workspace, work)
    annotator.start(project.id, by)
    assert annotator.wait(60)
    progress = annotator.progress(project.id, by)
    assert progress is not None
    return progress


def states(workspace: Workspace, project: Project, by: User) -> list[State]:
    return [row.state for row in workspace.images.page(project.id, by).images]


def test_all_new_images_are_annotated(workspace: Workspace, project: Project, ann: User) -> None:
    progress = run(workspace, project, ann)

    assert (progress.state, progress.total, progress.done, progress.problems) == (JobState.DONE, 4, 4, ())
    assert progress.at is None
    assert states(workspace, project, ann) == [State.ANNOTATED] * 4
    row = workspace.images.page(project.id, ann).images[0]
    assert [(entry.kind, entry.by) for entry in workspace.history.entries(row.id, ann)] == [("batch", "Ann")]


def test_the_images_that_change_most_are_named_first(workspace: Workspace, project: Project, ann: User) -> None:
    assert run(workspace, project, ann).changed == ()  # nothing had masks before
    rows = workspace.images.page(project.id, ann).images
    more = {rows[1].id: 1, rows[3].id: 2}

    def otherwise(row: ImageRow, image: ImageArray, document: Document, by: User) -> Edit:
        after = document
        for number in range(more.get(row.id, 0)):
            after = with_word(after, "AB", 20 + 12 * number)
        return Edit(difference(document, after), "Annotated again", "")

    annotator = Annotator(workspace, otherwise)
    annotator.start(project.id, ann, (State.ANNOTATED,))
    assert annotator.wait(60)
    progress = annotator.progress(project.id, ann)
    assert progress is not None
    assert progress.changed == (rows[3].id, rows[1].id)


def test_what_people_have_worked_on_is_left_alone(workspace: Workspace, project: Project, ann: User) -> None:
    rows = workspace.images.page(project.id, ann).images
    add_word(workspace, rows[0].id, ann)
    workspace.history.set_state(rows[1].id, State.ACCEPTED, ann)

    progress = run(workspace, project, ann)

    assert (progress.total, progress.done) == (2, 2)
    assert states(workspace, project, ann) == [State.CORRECTED, State.ACCEPTED, State.ANNOTATED, State.ANNOTATED]


def test_whoever_edits_meanwhile_wins(workspace: Workspace, project: Project, ann: User) -> None:
    bob = workspace.accounts.guest("bob")
    workspace.team.share(project.id, "bob", ann)
    rows = workspace.images.page(project.id, ann).images
    met: list[str] = []

    def interrupted(row: ImageRow, image: ImageArray, document: Document, by: User) -> Edit:
        met.append(row.name)
        if row.id == rows[0].id:
            add_word(workspace, row.id, bob, "MINE")
        if row.id == rows[1].id:
            workspace.history.set_state(row.id, State.REJECTED, ann)
        if row.id == rows[2].id and met.count(row.name) == 1:
            workspace.history.set_note(row.id, "blurred", bob)
        return annotate(row, image, document, by)

    progress = run(workspace, project, ann, interrupted)

    assert states(workspace, project, ann) == [State.CORRECTED, State.REJECTED, State.ANNOTATED, State.ANNOTATED]
    assert [word.text for word in workspace.history.document(rows[0].id, ann).document.words] == ["MINE"]
    assert (progress.done, progress.left, progress.failed) == (2, 2, 0)
    assert [problem.message for problem in progress.problems] == [
        "It is corrected already, by bob.",
        "It is rejected already, by Ann.",
    ]
    assert met.count("2.png") == 2


def test_one_bad_image_does_not_stop_the_others(
    workspace: Workspace, project: Project, ann: User, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = workspace.images.page(project.id, ann).images
    (workspace.folder / "images" / rows[0].hash[:2] / rows[0].hash).write_bytes(b"overwritten")

    def troubled(row: ImageRow, image: ImageArray, document: Document, by: User) -> Edit:
        if row.hash == rows[1].hash:
            raise EditError("the word HOTEL lies outside the image")
        if row.hash == rows[2].hash:
            raise ZeroDivisionError
        return annotate(row, image, document, by)

    progress = run(workspace, project, ann, troubled)

    assert (progress.state, progress.done, progress.failed) == (JobState.DONE, 1, 3)
    assert states(workspace, project, ann) == [State.NEW, State.NEW, State.NEW, State.ANNOTATED]
    messages = {problem.name: problem.message for problem in progress.problems}
    assert "is damaged: its checksum differs" in messages["0.png"]
    assert messages["1.png"] == "the word HOTEL lies outside the image"
    assert messages["2.png"] == "It could not be annotated; the server's log says why."
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_cancel_stops_after_the_image_in_work(workspace: Workspace, project: Project, ann: User) -> None:
    def cancelling(row: ImageRow, image: ImageArray, document: Document, by: User) -> Edit:
        now = annotator.cancel(project.id, ann)
        assert now is not None
        assert now.at == "0.png"
        return annotate(row, image, document, by)

    annotator = Annotator(workspace, cancelling)
    annotator.start(project.id, ann)
    assert annotator.wait(60)

    progress = annotator.progress(project.id, ann)
    assert progress is not None
    assert (progress.state, progress.done, progress.waiting) == (JobState.CANCELLED, 1, 3)
    assert run(workspace, project, ann).done == 3


def test_a_job_goes_on_after_a_restart(url: str | None, open_workspace: OpenWorkspace) -> None:
    first = open_workspace(url)
    ann = first.accounts.guest("Ann")
    project = first.projects.create("Signs", ann)
    for number in range(4):
        first.images.add(project.id, f"{number}.png", picture(number), ann)
    reached, gate = threading.Event(), threading.Event()

    def stuck(row: ImageRow, image: ImageArray, document: Document, by: User) -> Edit:
        if len(seen) == 2:
            reached.set()
            gate.wait(60)
            raise EditError("the process is dead")
        seen.append(row.hash)
        return annotate(row, image, document, by)

    seen: list[str] = []
    dying = Annotator(first, stuck)
    dying.start(project.id, ann)
    assert reached.wait(60)
    second = open_workspace(url)
    annotator = Annotator(second, annotate)
    before = annotator.progress(project.id, ann)
    annotator.resume()
    assert annotator.wait(60)
    after = annotator.progress(project.id, ann)
    gate.set()
    dying.close()

    assert before is not None
    assert after is not None
    assert (before.state, before.done, before.waiting) == (JobState.RUNNING, 2, 2)
    assert (after.job, after.state, after.done) == (before.job, JobState.DONE, 4)
    assert states(second, project, ann) == [State.ANNOTATED] * 4


def test_images_that_come_while_a_job_runs_can_join_it(workspace: Workspace, project: Project, ann: User) -> None:
    def growing(row: ImageRow, image: ImageArray, document: Document, by: User) -> Edit:
        if not added:
            added.append(workspace.images.add(project.id, "late.png", picture(9), ann).id)
            annotator.start(project.id, ann)
        return annotate(row, image, document, by)

    added: list[str] = []
    annotator = Annotator(workspace, growing)
    first = annotator.start(project.id, ann)
    assert annotator.wait(60)

    progress = annotator.progress(project.id, ann)
    assert progress is not None
    assert (progress.job, progress.total, progress.done) == (first.job, 5, 5)


def test_a_project_that_is_taken_away_ends_the_work_on_it(workspace: Workspace, project: Project, ann: User) -> None:
    bob = workspace.accounts.guest("bob")
    workspace.team.share(project.id, "bob", ann)

    def unshared(row: ImageRow, image: ImageArray, document: Document, by: User) -> Edit:
        workspace.team.unshare(project.id, "bob", ann)
        return annotate(row, image, document, by)

    annotator = Annotator(workspace, unshared)
    annotator.start(project.id, bob)
    assert annotator.wait(60)

    progress = annotator.progress(project.id, ann)
    assert progress is not None
    assert (progress.state, progress.left) == (JobState.DONE, 4)
    assert states(workspace, project, ann) == [State.NEW] * 4
    for ask in (annotator.start, annotator.progress, annotator.cancel):
        with pytest.raises(NotFound):
            ask(project.id, bob)


def test_a_project_without_a_job_has_no_progress(workspace: Workspace, project: Project, ann: User) -> None:
    assert Annotator(workspace, annotate).progress(project.id, ann) is None


def test_a_disk_that_was_full_for_a_while_stops_nothing_for_good(
    workspace: Workspace, project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = iter([True, True, True])
    append, told = workspace.history.append, []

    def full(*arguments: object, **more: object) -> object:
        if next(fails, False):
            raise Unavailable("The workspace could not be written, nothing was saved: database or disk is full.")
        progress = annotator.progress(project.id, ann)
        told.append(progress.trouble if progress else None)
        return append(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(workspace.history, "append", full)
    annotator = Annotator(workspace, annotate, pauses=(0.01,))
    annotator.start(project.id, ann)
    assert annotator.wait(60)

    progress = annotator.progress(project.id, ann)
    assert progress is not None
    assert (progress.state, progress.done, progress.problems) == (JobState.DONE, 4, ())
    assert "disk is full" in str(told[0])
    assert told[-1] is None


def test_a_thread_that_died_is_started_again_by_whoever_looks(
    workspace: Workspace, project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotator = Annotator(workspace, annotate)

    def dies(job: str) -> None:
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(annotator, "_step", dies)
        annotator.start(project.id, ann)
        thread = annotator._thread
        assert thread is not None
        thread.join(60)
    annotator.progress(project.id, ann)
    assert annotator.wait(60)
    progress = annotator.progress(project.id, ann)
    assert progress is not None
    assert (progress.state, progress.done) == (JobState.DONE, 4)


def test_people_are_served_in_turn_however_much_one_of_them_has(workspace: Workspace, ann: User) -> None:
    bob = workspace.accounts.guest("Bob")
    gate, order = threading.Event(), []

    def noted(row: ImageRow, image: ImageArray, document: Document, by: User) -> Edit:
        gate.wait(60)
        order.append(by.name)
        return annotate(row, image, document, by)

    annotator = Annotator(workspace, noted)
    for user, count in ((ann, 6), (bob, 2)):
        project = workspace.projects.create("Signs", user)
        for number in range(count):
            workspace.images.add(project.id, f"{number}.png", picture(number), user)
        annotator.start(project.id, user)
    gate.set()
    assert annotator.wait(60)
    assert order[:4] in (["Ann", "Bob", "Ann", "Bob"], ["Ann", "Bob", "Bob", "Ann"])


def test_cancelling_stops_within_the_image(workspace: Workspace, project: Project, ann: User) -> None:
    begun = threading.Event()

    def endless(row: ImageRow, image: ImageArray, document: Document, by: User) -> Edit:
        begun.set()
        while True:
            checkpoint()
            time.sleep(0.01)

    annotator = Annotator(workspace, endless)
    annotator.start(project.id, ann)
    assert begun.wait(60)
    annotator.cancel(project.id, ann)
    assert annotator.wait(1)
    progress = annotator.progress(project.id, ann)
    assert progress is not None
    assert (progress.state, progress.waiting) == (JobState.CANCELLED, 4)
