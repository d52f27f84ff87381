"""People at work on one project: whose an image is, what each has done, a second reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from workspaces import OpenWorkspace, add_word, picture, ring, with_word

from charsam.editing.document import Document
from charsam.errors import WorkspaceError
from charsam.inspection.agreement import agreement
from charsam.workspace.values import BATCH, IMPORT, Role, State

PASSWORD = "a long and odd horse"


def test_an_image_is_given_to_a_labeler_and_found_by_whose_it_is(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace()
    ann, bob, carl = (workspace.accounts.create(name, PASSWORD) for name in ("Ann", "Bob", "Carl"))
    project = workspace.projects.create("Signs", ann)
    workspace.team.share(project.id, "Bob", ann)
    workspace.team.share(project.id, "Carl", ann, Role.READER)
    first, second = (workspace.images.add(project.id, f"{n}.png", picture(n), ann) for n in range(2))
    workspace.team.assign(project.id, [first.id], "Bob", ann)
    assert [row.id for row in workspace.images.page(project.id, bob, whose="Bob").images] == [first.id]
    assert [row.id for row in workspace.images.page(project.id, bob, whose="").images] == [second.id]
    found = workspace.images.next(project.id, bob, after=second.id, whose="Bob")
    assert found is not None
    assert found.assigned_to == "Bob"
    for stranger in ("Carl", "Dora"):
        with pytest.raises(WorkspaceError, match="no labeler"):
            workspace.team.assign(project.id, [first.id], stranger, ann)
    with pytest.raises(WorkspaceError):
        workspace.team.assign(project.id, [first.id], None, carl)


def test_figures_count_pictures_edits_and_minutes_without_pauses(open_workspace: OpenWorkspace) -> None:
    now = [datetime(2026, 1, 1, 9, tzinfo=UTC)]
    workspace = open_workspace(clock=lambda: now[0])
    ann, bob = (workspace.accounts.create(name, PASSWORD) for name in ("Ann", "Bob"))
    project = workspace.projects.create("Signs", ann)
    workspace.team.share(project.id, "Bob", ann)
    image = workspace.images.add(project.id, "a.png", picture(), ann)
    other = workspace.images.add(project.id, "b.png", picture(1), ann)
    workspace.team.assign(project.id, [other.id], "Bob", ann)
    add_word(workspace, image.id, ann)
    now[0] += timedelta(minutes=2)
    workspace.history.set_state(image.id, State.ACCEPTED, ann)
    now[0] += timedelta(hours=3)
    workspace.history.set_state(image.id, State.REJECTED, bob)
    figures = {one.name: one for one in workspace.team.figures(project.id, ann)}
    assert (figures["Ann"].pictures, figures["Ann"].edits, figures["Ann"].accepted) == (1, 1, 0)
    assert figures["Ann"].minutes == pytest.approx(2.2, abs=0.05)
    assert (figures["Bob"].rejected, figures["Bob"].edits, figures["Bob"].assigned) == (1, 0, 1)


def test_a_run_that_a_person_started_is_work_and_a_batch_in_the_background_is_not(
    open_workspace: OpenWorkspace,
) -> None:
    workspace = open_workspace()
    ann, bob = (workspace.accounts.create(name, PASSWORD) for name in ("Ann", "Bob"))
    project = workspace.projects.create("Signs", ann)
    workspace.team.share(project.id, "Bob", ann)
    image = workspace.images.add(project.id, "a.png", picture(), ann)
    add_word(workspace, image.id, ann, kind=IMPORT)
    add_word(workspace, image.id, ann, kind=BATCH)
    assert workspace.team.figures(project.id, ann) == ()
    assert workspace.images.get(image.id, ann).state is State.ANNOTATED
    for kind in ("annotate", "find"):
        add_word(workspace, image.id, bob, kind=kind)
    (figures,) = workspace.team.figures(project.id, ann)
    assert (figures.name, figures.pictures, figures.edits) == ("Bob", 1, 2)
    assert figures.minutes > 0


def test_a_second_reading_has_the_accepted_photos_and_nothing_that_was_done_on_them(
    open_workspace: OpenWorkspace,
) -> None:
    workspace = open_workspace()
    ann = workspace.accounts.create("Ann", PASSWORD)
    project = workspace.projects.create("Signs", ann)
    image = workspace.images.add(project.id, "a.png", picture(), ann)
    workspace.images.add(project.id, "b.png", picture(1), ann)
    with pytest.raises(WorkspaceError, match="nothing to read again"):
        workspace.team.second_reading(project.id, None, ann)
    add_word(workspace, image.id, ann)
    workspace.history.set_state(image.id, State.ACCEPTED, ann)
    again = workspace.team.second_reading(project.id, None, ann)
    (row,) = workspace.images.page(again.id, ann).images
    assert (row.name, row.hash, row.words, row.state) == ("a.png", image.hash, 0, State.NEW)


def test_two_readings_agree_by_words_texts_and_masks() -> None:
    blank = Document(64, 48)
    one = with_word(with_word(blank, "AB"), "CD", y=30)
    same = agreement(one, one)
    assert (same.words, same.texts, same.first, same.second, same.characters, same.iou) == (2, 2, 0, 0, 4, 1.0)
    other = agreement(one, with_word(blank, "AX"))
    assert (other.words, other.texts, other.first, other.second) == (1, 0, 1, 0)
    moved = replace(with_word(blank, "AB").words[0].characters[0], mask=ring(11, 10))
    word = with_word(blank, "AB").words[0]
    shifted = replace(blank, words=(replace(word, characters=(moved, word.characters[1])),))
    ring_pixels, shared = 40, 24  # a ring of 6 x 8 with a hole of 2 x 4, and itself two pixels to the right
    expected = (shared / (2 * ring_pixels - shared) + 1) / 2
    assert agreement(with_word(blank, "AB"), shifted).iou == pytest.approx(expected, abs=0.1)
