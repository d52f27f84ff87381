"""The truth of images: kept over a restart, shared by a project, in backups, within the quota."""

from __future__ import annotations

import io

import numpy as np
import pytest
from workspaces import OpenWorkspace, picture

from charsam.datasets.base import TruthMask
from charsam.errors import DatasetError
from charsam.inspection.truth_files import TruthFile, truth_of_png, truth_png
from charsam.workspace.backup import restore
from charsam.workspace.errors import Forbidden, NotFound, QuotaExceeded
from charsam.workspace.project_export import export
from charsam.workspace.quota import Quota
from charsam.workspace.values import ImageRow, Project, Role, User
from charsam.workspace.workspace import Workspace


def masks(*, characters: bool = True, shape: tuple[int, int] = (48, 64)) -> TruthMask:
    """Two letters, and a corner that is ignored."""
    labels = np.zeros(shape, np.uint16)
    labels[5:20, 4:12], labels[5:20, 14:22] = 1, 300
    ignored = np.zeros(shape, np.bool_)
    ignored[-8:, -8:] = True
    return TruthMask(labels > 0, ignored, labels if characters else None)


def same(first: TruthMask, second: TruthMask) -> bool:
    pairs = ((first.text, second.text), (first.ignored, second.ignored), (first.characters, second.characters))
    return all((a is None and b is None) or np.array_equal(a, b) for a, b in pairs)


TRUTH = TruthFile(masks(), "words with the masks of characters", ["A", "é"])


@pytest.fixture
def ben(workspace: Workspace) -> User:
    return workspace.accounts.create("ben", "a password for ben")


@pytest.fixture
def row(workspace: Workspace, ann: User, project: Project) -> ImageRow:
    return workspace.images.add(project.id, "a.png", picture(), ann)


@pytest.mark.parametrize("characters", [True, False])
def test_a_png_keeps_every_pixel_of_the_masks(characters: bool) -> None:
    given = masks(characters=characters)
    assert same(truth_of_png(truth_png(given)), given)


@pytest.mark.parametrize("data", [b"", b"nothing", picture(), truth_png(masks())[:60]])
def test_what_is_no_truth_is_refused(data: bytes) -> None:
    with pytest.raises(DatasetError, match="a truth is damaged"):
        truth_of_png(data)


def test_a_truth_is_there_after_a_restart_and_for_every_member(
    open_workspace: OpenWorkspace,
    url: str | None,
    workspace: Workspace,
    ann: User,
    ben: User,
    project: Project,
    row: ImageRow,
) -> None:
    workspace.truths.give(row.id, TRUTH, ann)
    workspace.team.share(project.id, ben.name, ann)
    again = open_workspace(url)
    kept = again.truths.get(row.id, ben)
    assert kept is not None
    assert same(kept.truth, TRUTH.truth)
    assert (kept.form, kept.categories) == (TRUTH.form, TRUTH.categories)
    assert set(again.truths.of(project.id, ben)) == {row.id}


def test_a_second_truth_takes_the_place_of_the_first_until_it_is_removed(
    workspace: Workspace, ann: User, row: ImageRow
) -> None:
    workspace.truths.give(row.id, TRUTH, ann)
    first = workspace.truths.since(row.id, ann)
    workspace.truths.give(row.id, TruthFile(masks(characters=False), "text as 255"), ann)
    kept = workspace.truths.get(row.id, ann)
    assert kept is not None
    assert (kept.form, kept.categories, kept.truth.characters) == ("text as 255", None, None)
    assert workspace.truths.since(row.id, ann) != first
    workspace.truths.take_back(row.id, ann)
    assert workspace.truths.get(row.id, ann) is None


def test_strangers_see_none_and_readers_give_none(
    workspace: Workspace, ann: User, ben: User, project: Project, row: ImageRow
) -> None:
    with pytest.raises(NotFound):
        workspace.truths.give(row.id, TRUTH, ben)
    with pytest.raises(NotFound):
        workspace.truths.of(project.id, ben)
    workspace.team.share(project.id, ben.name, ann, Role.READER)
    with pytest.raises(Forbidden):
        workspace.truths.give(row.id, TRUTH, ben)


def test_a_truth_of_another_size_is_refused(workspace: Workspace, ann: User, row: ImageRow) -> None:
    with pytest.raises(DatasetError, match="the truth has 20 x 10 pixels; its image has 64 x 48"):
        workspace.truths.give(row.id, TruthFile(masks(shape=(10, 20)), "text as 255"), ann)


def test_a_truth_counts_as_bytes_that_a_person_keeps(open_workspace: OpenWorkspace) -> None:
    data = picture()
    workspace = open_workspace(quota=Quota(images=1, bytes=len(data) + len(truth_png(TRUTH.truth))))
    eve = workspace.accounts.create("eve", "a password for eve")
    row = workspace.images.add(workspace.projects.create("Signs", eve).id, "a.png", data, eve)
    for _ in range(2):  # the second takes the place of the first
        workspace.truths.give(row.id, TRUTH, eve)
    noise = np.random.default_rng(0).integers(0, 2, (48, 64)).astype(bool)
    with pytest.raises(QuotaExceeded):
        workspace.truths.give(row.id, TruthFile(TruthMask(noise, ~noise), "text as 255"), eve)
    assert workspace.truths.get(row.id, eve) is not None


def test_a_backup_brings_truths_back(workspace: Workspace, ann: User, project: Project, row: ImageRow) -> None:
    workspace.images.add(project.id, "b.png", picture(1), ann)
    workspace.truths.give(row.id, TRUTH, ann)
    out = io.BytesIO()
    export(workspace, project.id, "backup", ann, out)
    other = workspace.projects.create("Again", ann)
    first, second = restore(workspace, other.id, "b.zip", out, ann).images
    kept = workspace.truths.get(first.id, ann)
    assert kept is not None
    assert same(kept.truth, TRUTH.truth)
    assert kept.categories == TRUTH.categories
    assert workspace.truths.get(second.id, ann) is None
