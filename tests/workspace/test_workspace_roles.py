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
    return workspace.create_user("Ann", PASSWORD)


@pytest.fixture
def bob(workspace: Workspace) -> User:
    return workspace.create_user("Bob", PASSWORD)


@pytest.fixture
def project(workspace: Workspace, ann: User) -> Project:
    return workspace.create_project("Signs", ann)


@pytest.fixture
def image(workspace: Workspace, project: Project, ann: User) -> ImageRow:
    return workspace.add_image(project.id, "a.png", picture(), ann)


def test_a_reader_sees_and_changes_nothing(
    workspace: Workspace, project: Project, image: ImageRow, ann: User, bob: User
) -> None:
    workspace.share(project.id, "Bob", ann, Role.READER)
    assert workspace.image_bytes(image.id, bob) == picture()
    for change in (
        lambda: workspace.add_image(project.id, "b.png", picture(1), bob),
        lambda: workspace.set_state(image.id, State.ACCEPTED, bob),
        lambda: workspace.set_note(image.id, "mine", bob),
        lambda: workspace.delete_image(image.id, bob),
        lambda: workspace.rename_project(project.id, "Mine", bob),
        lambda: add_word(workspace, image.id, bob),
    ):
        with pytest.raises(Forbidden, match="look at this project, but not change it"):
            change()
    workspace.share(project.id, "Bob", ann, Role.LABELER)
    add_word(workspace, image.id, bob)
    assert [(one.user.name, one.role) for one in workspace.members(project.id, bob)] == [
        ("Ann", Role.OWNER),
        ("Bob", Role.LABELER),
    ]


def test_a_member_is_removed_or_leaves_and_the_owner_stays(
    workspace: Workspace, project: Project, ann: User, bob: User
) -> None:
    workspace.share(project.id, "Bob", ann)
    with pytest.raises(Forbidden):
        workspace.unshare(project.id, "Ann", bob)
    with pytest.raises(WorkspaceError, match="keeps its owner"):
        workspace.share(project.id, "Ann", ann, Role.READER)
    workspace.unshare(project.id, "Bob", bob)
    assert workspace.projects(bob) == ()


def test_a_deleted_image_comes_back_as_it_was(
    workspace: Workspace, project: Project, image: ImageRow, ann: User, bob: User
) -> None:
    workspace.share(project.id, "Bob", ann)
    add_word(workspace, image.id, bob)
    before = workspace.document(image.id, ann)

    workspace.delete_image(image.id, bob)

    assert workspace.images(project.id, ann).images == ()
    assert sum(workspace.counts(project.id, ann).values()) == 0
    with pytest.raises(NotFound):
        workspace.document(image.id, ann)
    (thrown,) = workspace.trash(project.id, ann)
    assert (thrown.image.name, thrown.by) == ("a.png", "Bob")
    with pytest.raises(Forbidden):
        workspace.purge(image.id, bob)
    workspace.bring_back(image.id, bob)
    assert workspace.document(image.id, ann) == before
    workspace.delete_image(image.id, ann)
    workspace.purge(image.id, ann)
    assert workspace.trash(project.id, ann) == ()
    assert not workspace._blobs.path(image.hash).exists()


def test_the_trash_is_kept_for_thirty_days(open_workspace: OpenWorkspace, url: str | None) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    workspace = open_workspace(url, clock=lambda: now[0])
    ann = workspace.guest("Ann")
    project = workspace.create_project("Signs", ann)
    image = workspace.add_image(project.id, "a.png", picture(), ann)
    workspace.delete_image(image.id, ann)
    for days, left in ((29, 1), (2, 0)):
        now[0] += timedelta(days=days)
        workspace.empty_old_trash()
        assert len(workspace.trash(project.id, ann)) == left


def test_a_demo_keeps_no_trash(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(quota=DEMO)
    visitor = workspace.guest("visitor")
    project = workspace.create_project("Signs", visitor)
    image = workspace.add_image(project.id, "a.png", picture(), visitor)
    workspace.delete_image(image.id, visitor)
    assert workspace.trash(project.id, visitor) == ()
    assert not workspace._blobs.path(image.hash).exists()


def test_an_account_is_removed_and_its_projects_are_handed_on(
    workspace: Workspace, project: Project, image: ImageRow, ann: User, bob: User
) -> None:
    add_word(workspace, image.id, ann)
    token = workspace.open_session(ann)
    with pytest.raises(WorkspaceError, match="Ann owns Signs, with images; say who is to have them"):
        workspace.remove_user("Ann")

    workspace.remove_user("ann", "Bob")

    assert workspace.session_user(token) is None
    assert workspace.check_password("Ann", PASSWORD) is None
    assert [user.name for user in workspace.users()] == ["Bob"]
    assert workspace.project(project.id, bob).owner == "Bob"
    assert workspace.history(image.id, bob)[0].by == "Ann"
    for taken in (lambda: workspace.create_user("Ann", PASSWORD), lambda: workspace.guest("ann")):
        with pytest.raises(WorkspaceError, match=r"taken|was an account"):
            taken()
    with pytest.raises(NotFound):
        workspace.project(project.id, ann)


def test_a_deleted_project_lies_in_the_trash_and_comes_back_as_it_was(
    workspace: Workspace, project: Project, image: ImageRow, ann: User, bob: User
) -> None:
    workspace.share(project.id, "Bob", ann)
    add_word(workspace, image.id, ann)
    before = workspace.image(image.id, bob)

    workspace.delete_project(project.id, ann)

    assert [one.id for one, _ in workspace.deleted_projects(ann)] == [project.id]
    assert workspace.deleted_projects(bob) == ()
    assert project not in workspace.projects(ann)
    for ask in (
        lambda by: workspace.project(project.id, by),
        lambda by: workspace.image(image.id, by),
        lambda by: workspace.images(project.id, by),
        lambda by: workspace.set_note(image.id, "x", by),
    ):
        for by in (ann, bob):
            with pytest.raises(NotFound):
                ask(by)
    with pytest.raises(Forbidden, match="Only the owner"):
        workspace.bring_back_project(project.id, bob)

    assert workspace.bring_back_project(project.id, ann) == project
    assert workspace.image(image.id, bob) == before


def test_single_photos_that_are_deleted_leave_room_for_new_ones(workspace: Workspace, ann: User) -> None:
    inbox = workspace.inbox(ann)
    workspace.delete_project(inbox.id, ann)

    assert workspace.inbox(ann).id != inbox.id
    assert not workspace.bring_back_project(inbox.id, ann).inbox


def test_only_its_owner_deletes_a_project_for_good_and_only_from_the_trash(
    workspace: Workspace, project: Project, image: ImageRow, ann: User, bob: User
) -> None:
    workspace.share(project.id, "Bob", ann)
    with pytest.raises(WorkspaceError, match="Only what lies in the trash"):
        workspace.purge_project(project.id, ann)
    workspace.delete_project(project.id, ann)
    with pytest.raises(Forbidden):
        workspace.purge_project(project.id, bob)

    workspace.purge_project(project.id, ann)

    assert workspace.deleted_projects(ann) == ()
    assert not workspace._blobs.path(image.hash).exists()


def test_projects_in_the_trash_are_gone_after_thirty_days(url: str | None, open_workspace: OpenWorkspace) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    workspace = open_workspace(url, clock=lambda: now[0])
    ann = workspace.guest("Ann")
    project = workspace.create_project("Signs", ann)
    image = workspace.add_image(project.id, "a.png", picture(), ann)
    workspace.delete_project(project.id, ann)
    for days, left in ((29, 1), (2, 0)):
        now[0] += timedelta(days=days)
        workspace.empty_old_trash()
        assert len(workspace.deleted_projects(ann)) == left
    assert not workspace._blobs.path(image.hash).exists()
