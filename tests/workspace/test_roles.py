"""Access can be taken back, and nobody but the owner destroys for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from workspaces import OpenWorkspace, add_word, picture

from charsam.errors import WorkspaceError
from charsam.workspace.errors import Forbidden, NotFound
from charsam.workspace.quota import DEMO
from charsam.workspace.values import ImageRow, Project, Role, State, User
from charsam.workspace.workspace import Workspace

PASSWORD = "a long and odd horse"


@pytest.fixture
def ann(workspace: Workspace) -> User:
    return workspace.accounts.create("Ann", PASSWORD)


@pytest.fixture
def bob(workspace: Workspace) -> User:
    return workspace.accounts.create("Bob", PASSWORD)


@pytest.fixture
def image(workspace: Workspace, project: Project, ann: User) -> ImageRow:
    return workspace.images.add(project.id, "a.png", picture(), ann)


def test_a_reader_sees_and_changes_nothing(
    workspace: Workspace, project: Project, image: ImageRow, ann: User, bob: User
) -> None:
    workspace.team.share(project.id, "Bob", ann, Role.READER)
    assert workspace.images.read(image.id, bob) == picture()
    for change in (
        lambda: workspace.images.add(project.id, "b.png", picture(1), bob),
        lambda: workspace.history.set_state(image.id, State.ACCEPTED, bob),
        lambda: workspace.history.set_note(image.id, "mine", bob),
        lambda: workspace.images.delete(image.id, bob),
        lambda: workspace.projects.rename(project.id, "Mine", bob),
        lambda: add_word(workspace, image.id, bob),
    ):
        with pytest.raises(Forbidden, match="look at this project, but not change it"):
            change()
    workspace.team.share(project.id, "Bob", ann, Role.LABELER)
    add_word(workspace, image.id, bob)
    assert [(one.user.name, one.role) for one in workspace.team.members(project.id, bob)] == [
        ("Ann", Role.OWNER),
        ("Bob", Role.LABELER),
    ]


def test_a_member_is_removed_or_leaves_and_the_owner_stays(
    workspace: Workspace, project: Project, ann: User, bob: User
) -> None:
    workspace.team.share(project.id, "Bob", ann)
    with pytest.raises(Forbidden):
        workspace.team.unshare(project.id, "Ann", bob)
    with pytest.raises(WorkspaceError, match="keeps its owner"):
        workspace.team.share(project.id, "Ann", ann, Role.READER)
    workspace.team.unshare(project.id, "Bob", bob)
    assert workspace.projects.of(bob) == ()


def test_a_deleted_image_comes_back_as_it_was(
    workspace: Workspace, project: Project, image: ImageRow, ann: User, bob: User
) -> None:
    workspace.team.share(project.id, "Bob", ann)
    add_word(workspace, image.id, bob)
    before = workspace.history.document(image.id, ann)

    workspace.images.delete(image.id, bob)

    assert workspace.images.page(project.id, ann).images == ()
    assert sum(workspace.images.counts(project.id, ann).values()) == 0
    with pytest.raises(NotFound):
        workspace.history.document(image.id, ann)
    (thrown,) = workspace.trash.images(project.id, ann)
    assert (thrown.image.name, thrown.by) == ("a.png", "Bob")
    with pytest.raises(Forbidden):
        workspace.trash.purge(image.id, bob)
    workspace.trash.restore(image.id, bob)
    assert workspace.history.document(image.id, ann) == before
    workspace.images.delete(image.id, ann)
    workspace.trash.purge(image.id, ann)
    assert workspace.trash.images(project.id, ann) == ()
    assert not workspace.store.blobs.path(image.hash).exists()


def test_the_trash_is_kept_for_thirty_days(open_workspace: OpenWorkspace, url: str | None) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    workspace = open_workspace(url, clock=lambda: now[0])
    ann = workspace.accounts.guest("Ann")
    project = workspace.projects.create("Signs", ann)
    image = workspace.images.add(project.id, "a.png", picture(), ann)
    workspace.images.delete(image.id, ann)
    for days, left in ((29, 1), (2, 0)):
        now[0] += timedelta(days=days)
        workspace.trash.empty_old()
        assert len(workspace.trash.images(project.id, ann)) == left


def test_a_demo_keeps_no_trash(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(quota=DEMO)
    visitor = workspace.accounts.guest("visitor")
    project = workspace.projects.create("Signs", visitor)
    image = workspace.images.add(project.id, "a.png", picture(), visitor)
    workspace.images.delete(image.id, visitor)
    assert workspace.trash.images(project.id, visitor) == ()
    assert not workspace.store.blobs.path(image.hash).exists()


def test_an_account_is_removed_and_its_projects_are_handed_on(
    workspace: Workspace, project: Project, image: ImageRow, ann: User, bob: User
) -> None:
    add_word(workspace, image.id, ann)
    token = workspace.accounts.open_session(ann)
    with pytest.raises(WorkspaceError, match="Ann owns Signs, with images; say who is to have them"):
        workspace.accounts.remove("Ann")

    workspace.accounts.remove("ann", "Bob")

    assert workspace.accounts.session_user(token) is None
    assert workspace.accounts.check_password("Ann", PASSWORD) is None
    assert [user.name for user in workspace.accounts.users()] == ["Bob"]
    assert workspace.projects.get(project.id, bob).owner == "Bob"
    assert workspace.history.entries(image.id, bob)[0].by == "Ann"
    for taken in (lambda: workspace.accounts.create("Ann", PASSWORD), lambda: workspace.accounts.guest("ann")):
        with pytest.raises(WorkspaceError, match=r"taken|was an account"):
            taken()
    with pytest.raises(NotFound):
        workspace.projects.get(project.id, ann)


def test_a_deleted_project_lies_in_the_trash_and_comes_back_as_it_was(
    workspace: Workspace, project: Project, image: ImageRow, ann: User, bob: User
) -> None:
    workspace.team.share(project.id, "Bob", ann)
    add_word(workspace, image.id, ann)
    before = workspace.images.get(image.id, bob)

    workspace.projects.delete(project.id, ann)

    assert [one.id for one, _ in workspace.trash.projects(ann)] == [project.id]
    assert workspace.trash.projects(bob) == ()
    assert project not in workspace.projects.of(ann)
    for ask in (
        lambda by: workspace.projects.get(project.id, by),
        lambda by: workspace.images.get(image.id, by),
        lambda by: workspace.images.page(project.id, by),
        lambda by: workspace.history.set_note(image.id, "x", by),
    ):
        for by in (ann, bob):
            with pytest.raises(NotFound):
                ask(by)
    with pytest.raises(Forbidden, match="Only the owner"):
        workspace.trash.restore_project(project.id, bob)

    assert workspace.trash.restore_project(project.id, ann) == project
    assert workspace.images.get(image.id, bob) == before


def test_single_photos_that_are_deleted_leave_room_for_new_ones(workspace: Workspace, ann: User) -> None:
    inbox = workspace.projects.inbox(ann)
    workspace.projects.delete(inbox.id, ann)

    assert workspace.projects.inbox(ann).id != inbox.id
    assert not workspace.trash.restore_project(inbox.id, ann).inbox


def test_only_its_owner_deletes_a_project_for_good_and_only_from_the_trash(
    workspace: Workspace, project: Project, image: ImageRow, ann: User, bob: User
) -> None:
    workspace.team.share(project.id, "Bob", ann)
    with pytest.raises(WorkspaceError, match="Only what lies in the trash"):
        workspace.trash.purge_project(project.id, ann)
    workspace.projects.delete(project.id, ann)
    with pytest.raises(Forbidden):
        workspace.trash.purge_project(project.id, bob)

    workspace.trash.purge_project(project.id, ann)

    assert workspace.trash.projects(ann) == ()
    assert not workspace.store.blobs.path(image.hash).exists()


def test_projects_in_the_trash_are_gone_after_thirty_days(url: str | None, open_workspace: OpenWorkspace) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    workspace = open_workspace(url, clock=lambda: now[0])
    ann = workspace.accounts.guest("Ann")
    project = workspace.projects.create("Signs", ann)
    image = workspace.images.add(project.id, "a.png", picture(), ann)
    workspace.projects.delete(project.id, ann)
    for days, left in ((29, 1), (2, 0)):
        now[0] += timedelta(days=days)
        workspace.trash.empty_old()
        assert len(workspace.trash.projects(ann)) == left
    assert not workspace.store.blobs.path(image.hash).exists()
