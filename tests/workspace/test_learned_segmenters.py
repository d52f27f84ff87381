"""Learned segmenters of projects: in backups, and after compact got other weights."""

from __future__ import annotations

import io
import zipfile

import pytest
from workspaces import picture

from charsam.segmenters.compact import load_compact
from charsam.segmenters.learned import LearnedCard, base_sum, learned_bytes
from charsam.workspace import learned
from charsam.workspace.backup import restore
from charsam.workspace.project_export import export
from charsam.workspace.values import Project, User
from charsam.workspace.workspace import Workspace

CARD = LearnedCard("signs", origin="Street signs", by="ann", base=base_sum(), words=20, edge=1.5)


@pytest.fixture(scope="module")
def body() -> bytes:
    return learned_bytes(load_compact().network, CARD)


@pytest.fixture
def project(workspace: Workspace, ann: User, body: bytes) -> Project:
    """A project with an image, and two learned segmenters, the first of them in use."""
    project = workspace.projects.create("Signs", ann)
    workspace.images.add(project.id, "a.png", picture(), ann)
    first = workspace.learned.add(project.id, body, ann)
    workspace.learned.add(project.id, body, ann)
    workspace.learned.use(project.id, first.id, ann)
    return project


def backed_up(workspace: Workspace, project: Project, by: User) -> io.BytesIO:
    out = io.BytesIO()
    export(workspace, project.id, "backup", by, out)
    return out


def test_a_backup_brings_them_back(workspace: Workspace, project: Project, ann: User, body: bytes) -> None:
    other = workspace.projects.create("Again", ann)
    restored = restore(workspace, other.id, "b.zip", backed_up(workspace, project, ann), ann)
    rows = workspace.learned.of(other.id, ann)
    assert restored.faults == ()
    assert {(row.name, row.used, row.card) for row in rows} == {("signs", True, CARD), ("signs 2", False, CARD)}
    assert workspace.learned.body(other.id, rows[0].id, ann)[1] == body


def test_a_backup_keeps_the_name_that_one_had_beside_another(workspace: Workspace, project: Project, ann: User) -> None:
    first = next(row for row in workspace.learned.of(project.id, ann) if row.used)
    workspace.learned.remove(project.id, first.id, ann)
    other = workspace.projects.create("Again", ann)
    restore(workspace, other.id, "b.zip", backed_up(workspace, project, ann), ann)
    assert [row.name for row in workspace.learned.of(other.id, ann)] == ["signs 2"]


def test_a_backup_whose_manifest_is_gone_brings_them_back_unused(
    workspace: Workspace, project: Project, ann: User
) -> None:
    made, torn = zipfile.ZipFile(backed_up(workspace, project, ann)), io.BytesIO()
    with zipfile.ZipFile(torn, "w") as target:
        for name in made.namelist():
            target.writestr(name, b"{" if name == "manifest.json" else made.read(name))
    other = workspace.projects.create("Again", ann)
    restored = restore(workspace, other.id, "b.zip", torn, ann, rest=True)
    assert len(restored.images) == 1
    assert {(row.name, row.used) for row in workspace.learned.of(other.id, ann)} == {
        ("signs", False),
        ("signs 2", False),
    }


def test_a_project_with_images_keeps_its_own_segmenter(workspace: Workspace, project: Project, ann: User) -> None:
    other = workspace.projects.create("Full", ann)
    workspace.images.add(other.id, "own.png", picture(1), ann)
    restore(workspace, other.id, "b.zip", backed_up(workspace, project, ann), ann)
    assert len(workspace.learned.of(other.id, ann)) == 2
    assert workspace.learned.used_name(other.id) is None


def test_one_learned_on_other_weights_is_named_and_the_images_come(
    workspace: Workspace, project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backed_up(workspace, project, ann)
    monkeypatch.setattr("charsam.segmenters.learned.base_sum", lambda: "0" * 64)
    other = workspace.projects.create("Later", ann)
    restored = restore(workspace, other.id, "b.zip", made, ann)
    assert len(restored.images) == 1
    assert [fault.startswith("signs") and "other weights of compact" in fault for fault in restored.faults] == [
        True,
        True,
    ]


def test_after_an_update_of_compact_it_no_longer_fits(
    workspace: Workspace, project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all(row.fits for row in workspace.learned.of(project.id, ann))
    monkeypatch.setattr(learned, "base_sum", lambda: "0" * 64)
    rows = workspace.learned.of(project.id, ann)
    assert [(row.fits, row.card) for row in rows] == [(False, CARD)] * 2
