"""Projects: seen by their members and by nobody else."""

from __future__ import annotations

import pytest
from workspaces import picture

from charsam.errors import WorkspaceError
from charsam.workspace.errors import Forbidden, NotFound
from charsam.workspace.values import State, User
from charsam.workspace.workspace import Workspace


@pytest.fixture
def bob(workspace: Workspace) -> User:
    return workspace.accounts.guest("bob")


def test_a_project_is_its_owners_until_it_is_shared(workspace: Workspace, ann: User, bob: User) -> None:
    project = workspace.projects.create(" Street  signs ", ann)

    assert project.name == "Street signs"
    assert workspace.projects.of(bob) == ()
    workspace.team.share(project.id, "BOB", ann)
    assert workspace.projects.of(bob) == (project,)
    assert [one.user for one in workspace.team.members(project.id, bob)] == [ann, bob]
    workspace.team.unshare(project.id, "bob", ann)
    assert workspace.projects.of(bob) == ()


def test_what_is_anothers_and_what_does_not_exist_look_alike(workspace: Workspace, ann: User, bob: User) -> None:
    project = workspace.projects.create("Signs", ann)
    image = workspace.images.add(project.id, "a.png", picture(), ann)
    asks = [
        lambda id: workspace.projects.get(id, bob),
        lambda id: workspace.projects.rename(id, "Mine", bob),
        lambda id: workspace.team.members(id, bob),
        lambda id: workspace.team.share(id, "bob", bob),
        lambda id: workspace.team.unshare(id, "Ann", bob),
        lambda id: workspace.projects.delete(id, bob),
        lambda id: workspace.images.add(id, "b.png", picture(), bob),
        lambda id: workspace.images.page(id, bob),
        lambda id: workspace.images.counts(id, bob),
        lambda id: workspace.images.next(id, bob),
        lambda id: workspace.images.get(id, bob),
        lambda id: workspace.images.read(id, bob),
        lambda id: workspace.images.thumbnail(id, bob),
        lambda id: workspace.images.delete(id, bob),
        lambda id: workspace.history.document(id, bob),
        lambda id: workspace.history.undo(id, 0, bob),
        lambda id: workspace.history.redo(id, 0, bob),
        lambda id: workspace.history.entries(id, bob),
        lambda id: workspace.history.fold(id, bob),
        lambda id: workspace.history.set_state(id, State.ACCEPTED, bob),
        lambda id: workspace.history.set_note(id, "mine", bob),
    ]
    for ask in asks:
        refusals = set()
        for unknown in (project.id, image.id, "0" * 32, "", "\0", "../../etc/passwd", "x" * 10_000):
            with pytest.raises(NotFound) as caught:
                ask(unknown)
            refusals.add(str(caught.value))
        assert len(refusals) == 1
    assert workspace.images.get(image.id, ann) == image


def test_only_the_owner_shares_and_deletes(workspace: Workspace, ann: User, bob: User) -> None:
    project = workspace.projects.create("Signs", ann)
    workspace.team.share(project.id, "bob", ann)

    for ask in (workspace.team.share, workspace.team.unshare):
        with pytest.raises(Forbidden, match="Only the owner"):
            ask(project.id, "Ann", bob)
    with pytest.raises(Forbidden, match="Only the owner"):
        workspace.projects.delete(project.id, bob)
    with pytest.raises(WorkspaceError, match="keeps its owner"):
        workspace.team.unshare(project.id, "Ann", ann)
    with pytest.raises(WorkspaceError, match="no user named carl"):
        workspace.team.share(project.id, "carl", ann)


def test_everyone_has_one_inbox_of_ones_own(workspace: Workspace, ann: User, bob: User) -> None:
    inbox = workspace.projects.inbox(ann)

    assert inbox == workspace.projects.inbox(ann)
    assert inbox.inbox
    assert inbox != workspace.projects.inbox(bob)
    with pytest.raises(WorkspaceError, match="can't be shared"):
        workspace.team.share(inbox.id, "bob", ann)


@pytest.mark.parametrize("name", ["", " ", "x" * 121, "a\0b"])
def test_an_unfit_name_is_refused(workspace: Workspace, ann: User, name: str) -> None:
    with pytest.raises(WorkspaceError, match="1 to 120 letters"):
        workspace.projects.create(name, ann)


def test_a_guest_is_forgotten_with_all_that_was_the_guests(workspace: Workspace, ann: User, bob: User) -> None:
    kept = workspace.projects.create("Kept", ann)
    shared = workspace.images.add(kept.id, "a.png", picture(1), ann)
    gone = workspace.projects.create("Gone", bob)
    workspace.images.add(gone.id, "a.png", picture(1), bob)
    lone = workspace.images.add(workspace.projects.inbox(bob).id, "b.png", picture(2), bob)
    token = workspace.accounts.open_session(bob)

    workspace.accounts.forget_guest(bob)

    assert workspace.accounts.session_user(token) is None
    assert workspace.accounts.users() == (ann,)
    assert workspace.images.read(shared.id, ann) == picture(1)
    assert [path.name for path in workspace.folder.glob("images/*/*")] == [shared.hash]
    assert lone.hash != shared.hash
