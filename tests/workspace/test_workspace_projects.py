"""Projects: seen by their members and by nobody else."""

from __future__ import annotations

import pytest
from workspaces import picture

from charsam.errors import WorkspaceError
from charsam.workspace.errors import Forbidden, NotFound
from charsam.workspace.values import State, User
from charsam.workspace.workspace import Workspace


@pytest.fixture
def ann(workspace: Workspace) -> User:
    return workspace.guest("Ann")


@pytest.fixture
def bob(workspace: Workspace) -> User:
    return workspace.guest("bob")


def test_a_project_is_its_owners_until_it_is_shared(workspace: Workspace, ann: User, bob: User) -> None:
    project = workspace.create_project(" Street  signs ", ann)

    assert project.name == "Street signs"
    assert workspace.projects(bob) == ()
    workspace.share(project.id, "BOB", ann)
    assert workspace.projects(bob) == (project,)
    assert [one.user for one in workspace.members(project.id, bob)] == [ann, bob]
    workspace.unshare(project.id, "bob", ann)
    assert workspace.projects(bob) == ()


def test_what_is_anothers_and_what_does_not_exist_look_alike(workspace: Workspace, ann: User, bob: User) -> None:
    project = workspace.create_project("Signs", ann)
    image = workspace.add_image(project.id, "a.png", picture(), ann)
    asks = [
        lambda id: workspace.project(id, bob),
        lambda id: workspace.rename_project(id, "Mine", bob),
        lambda id: workspace.members(id, bob),
        lambda id: workspace.share(id, "bob", bob),
        lambda id: workspace.unshare(id, "Ann", bob),
        lambda id: workspace.delete_project(id, bob),
        lambda id: workspace.add_image(id, "b.png", picture(), bob),
        lambda id: workspace.images(id, bob),
        lambda id: workspace.counts(id, bob),
        lambda id: workspace.next_image(id, bob),
        lambda id: workspace.image(id, bob),
        lambda id: workspace.image_bytes(id, bob),
        lambda id: workspace.thumbnail(id, bob),
        lambda id: workspace.delete_image(id, bob),
        lambda id: workspace.document(id, bob),
        lambda id: workspace.undo(id, 0, bob),
        lambda id: workspace.redo(id, 0, bob),
        lambda id: workspace.history(id, bob),
        lambda id: workspace.fold(id, bob),
        lambda id: workspace.set_state(id, State.ACCEPTED, bob),
        lambda id: workspace.set_note(id, "mine", bob),
    ]
    for ask in asks:
        refusals = set()
        for unknown in (project.id, image.id, "0" * 32, "", "\0", "../../etc/passwd", "x" * 10_000):
            with pytest.raises(NotFound) as caught:
                ask(unknown)
            refusals.add(str(caught.value))
        assert len(refusals) == 1
    assert workspace.image(image.id, ann) == image


def test_only_the_owner_shares_and_deletes(workspace: Workspace, ann: User, bob: User) -> None:
    project = workspace.create_project("Signs", ann)
    workspace.share(project.id, "bob", ann)

    for ask in (workspace.share, workspace.unshare):
        with pytest.raises(Forbidden, match="Only the owner"):
            ask(project.id, "Ann", bob)
    with pytest.raises(Forbidden, match="Only the owner"):
        workspace.delete_project(project.id, bob)
    with pytest.raises(WorkspaceError, match="keeps its owner"):
        workspace.unshare(project.id, "Ann", ann)
    with pytest.raises(WorkspaceError, match="no user named carl"):
        workspace.share(project.id, "carl", ann)


def test_everyone_has_one_inbox_of_ones_own(workspace: Workspace, ann: User, bob: User) -> None:
    inbox = workspace.inbox(ann)

    assert inbox == workspace.inbox(ann)
    assert inbox.inbox
    assert inbox != workspace.inbox(bob)
    with pytest.raises(WorkspaceError, match="can't be shared"):
        workspace.share(inbox.id, "bob", ann)


@pytest.mark.parametrize("name", ["", " ", "x" * 121, "a\0b"])
def test_an_unfit_name_is_refused(workspace: Workspace, ann: User, name: str) -> None:
    with pytest.raises(WorkspaceError, match="1 to 120 letters"):
        workspace.create_project(name, ann)


def test_a_guest_is_forgotten_with_all_that_was_the_guests(workspace: Workspace, ann: User, bob: User) -> None:
    kept = workspace.create_project("Kept", ann)
    shared = workspace.add_image(kept.id, "a.png", picture(1), ann)
    gone = workspace.create_project("Gone", bob)
    workspace.add_image(gone.id, "a.png", picture(1), bob)
    lone = workspace.add_image(workspace.inbox(bob).id, "b.png", picture(2), bob)
    token = workspace.open_session(bob)

    workspace.forget_guest(bob)

    assert workspace.session_user(token) is None
    assert workspace.users() == (ann,)
    assert workspace.image_bytes(shared.id, ann) == picture(1)
    assert [path.name for path in workspace.folder.glob("images/*/*")] == [shared.hash]
    assert lone.hash != shared.hash
