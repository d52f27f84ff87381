"""The history: edits are only added, the document is their sum, and nobody overwrites what one has not seen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from workspaces import OpenWorkspace, add_word, picture, with_word, without_word

from charsam.editing.changes import difference
from charsam.editing.document import Document
from charsam.errors import EditError, WorkspaceError
from charsam.workspace.errors import StaleEdit
from charsam.workspace.history_import import check_history, stacks_of
from charsam.workspace.schema import EntryTable, ImageTable
from charsam.workspace.values import Appended, State, User
from charsam.workspace.workspace import Workspace

EMPTY = Document(64, 48)


@pytest.fixture
def bob(workspace: Workspace) -> User:
    return workspace.accounts.guest("bob")


@pytest.fixture
def image(workspace: Workspace, ann: User, bob: User) -> str:
    project = workspace.projects.create("Signs", ann)
    workspace.team.share(project.id, "bob", ann)
    return workspace.images.add(project.id, "a.png", picture(), ann).id


def checked(workspace: Workspace, image: str, by: User) -> Document:
    """The newest document, once all that is said of it elsewhere has been found to agree."""
    document, seq, _, _ = workspace.history.document(image, by)
    entries = workspace.history.entries(image, by, changes=True)
    row = workspace.images.get(image, by)
    check_history(document, entries)
    assert workspace.history.fold(image, by) == document
    assert (len(entries), row.seq) == (seq, seq)
    assert row.words == len([word for word in document.words if not word.ignore])
    stacks = stacks_of(entries)
    with workspace.store.database.reading() as session:
        stored = session.get_one(ImageTable, image)
        assert (stored.undo_top, stored.redo_top) == (stacks.undo_top, stacks.redo_top)
        rests = [session.get_one(EntryTable, (image, entry.seq)).rest for entry in entries]
    assert tuple(rests) == stacks.rests
    return document


def test_a_new_image_has_an_empty_document_of_its_size(workspace: Workspace, image: str, ann: User) -> None:
    assert workspace.history.document(image, ann) == (EMPTY, 0, None, None)
    assert workspace.history.entries(image, ann) == ()


def test_an_edit_is_kept_across_a_restart(url: str | None, open_workspace: OpenWorkspace) -> None:
    first = open_workspace(url)
    ann = first.accounts.guest("Ann")
    image = first.images.add(first.projects.inbox(ann).id, "a.png", picture(), ann).id
    entry = add_word(first, image, ann, "HÖT")
    first.close()
    second = open_workspace(url)

    assert second.history.document(image, ann) == (with_word(EMPTY, "HÖT"), 1, "Word HÖT", None)
    (found,) = second.history.entries(image, ann, changes=True)
    assert (found.seq, found.kind, found.by, found.at, found.change) == (1, "add_word", "Ann", entry.at, entry.change)
    assert checked(second, image, ann) == with_word(EMPTY, "HÖT")


def test_undo_and_redo_go_all_the_way_and_back(workspace: Workspace, image: str, ann: User) -> None:
    documents = [EMPTY]
    for letter in "ABCDE":
        add_word(workspace, image, ann, letter)
        documents.append(workspace.history.document(image, ann).document)

    for number in range(4, -1, -1):
        done = workspace.history.undo(image, workspace.images.get(image, ann).seq, ann)
        assert done.undoes == number + 1
        assert done.redo == f"Word {'ABCDE'[number]}"
        assert checked(workspace, image, ann) == documents[number]
    with pytest.raises(EditError, match="nothing to undo"):
        workspace.history.undo(image, 10, ann)
    for number in range(1, 6):
        done = workspace.history.redo(image, workspace.images.get(image, ann).seq, ann)
        assert (done.redoes, done.undo) == (number, f"Word {'ABCDE'[number - 1]}")
        assert checked(workspace, image, ann) == documents[number]
    with pytest.raises(EditError, match="nothing to redo"):
        workspace.history.redo(image, 15, ann)


def test_an_edit_after_an_undo_forgets_what_could_be_redone(workspace: Workspace, image: str, ann: User) -> None:
    add_word(workspace, image, ann, "A")
    add_word(workspace, image, ann, "B")
    workspace.history.undo(image, 2, ann)
    add_word(workspace, image, ann, "C")

    assert workspace.history.document(image, ann)[1:] == (4, "Word C", None)
    with pytest.raises(EditError, match="nothing to redo"):
        workspace.history.redo(image, 4, ann)
    workspace.history.undo(image, 4, ann)
    assert [word.text for word in checked(workspace, image, ann).words] == ["A"]
    workspace.history.redo(image, 5, ann)
    assert [word.text for word in checked(workspace, image, ann).words] == ["A", "C"]


def test_undo_and_redo_mixed_at_will_agree_with_the_history(workspace: Workspace, image: str, ann: User) -> None:
    steps = "eeuuereuuurrrueeuurueuuuuuurrrr"
    for step in steps:
        seq = workspace.images.get(image, ann).seq
        act: dict[str, Callable[[], Appended]] = {
            "e": lambda: add_word(workspace, image, ann),
            "u": lambda seq=seq: workspace.history.undo(image, seq, ann),
            "r": lambda seq=seq: workspace.history.redo(image, seq, ann),
        }
        try:
            act[step]()
        except EditError:
            assert workspace.images.get(image, ann).seq == seq
        checked(workspace, image, ann)


def test_the_second_of_two_people_is_told(workspace: Workspace, image: str, ann: User, bob: User) -> None:
    newest = add_word(workspace, image, bob, "B")
    change = difference(EMPTY, with_word(EMPTY, "A"))

    for act in (
        lambda: workspace.history.append(image, 0, "add_word", "Word A", change, ann),
        lambda: workspace.history.undo(image, 0, ann),
        lambda: workspace.history.redo(image, 0, ann),
        lambda: workspace.history.append(image, 2, "add_word", "Word A", change, ann),
        lambda: workspace.history.append(image, -1, "add_word", "Word A", change, ann),
    ):
        with pytest.raises(StaleEdit, match="bob changed this image") as caught:
            act()
        assert (caught.value.by, caught.value.seq, caught.value.at) == ("bob", 1, newest.at)
    assert [word.text for word in checked(workspace, image, ann).words] == ["B"]


def test_of_edits_at_once_exactly_one_wins(url: str | None, open_workspace: OpenWorkspace) -> None:
    people, rounds = 6, 5
    workspaces = [open_workspace(url) for _ in range(people)]
    ann = workspaces[0].accounts.guest("Ann")
    image = workspaces[0].images.add(workspaces[0].projects.inbox(ann).id, "a.png", picture(), ann).id
    gate = threading.Barrier(people)

    def edit(number: int, base: int, document: Document) -> str:
        change = difference(document, with_word(document, f"{number}", 10))
        gate.wait()
        try:
            return f"won {workspaces[number].history.append(image, base, 'add_word', 'Word', change, ann).seq}"
        except StaleEdit as error:
            return f"told {error.seq}"

    for turn in range(rounds):
        document, base, _, _ = workspaces[0].history.document(image, ann)
        with ThreadPoolExecutor(people) as pool:
            results = list(pool.map(edit, range(people), [base] * people, [document] * people))
        assert sorted(results) == [*[f"told {turn + 1}"] * (people - 1), f"won {turn + 1}"]
    assert len(checked(workspaces[0], image, ann).words) == rounds


def test_the_database_itself_refuses_a_number_twice(workspace: Workspace, image: str, ann: User) -> None:
    add_word(workspace, image, ann)
    copy = "INSERT INTO entries SELECT image_id, seq, kind, label, \"by\", at, body, undoes, redoes, rest, state, note FROM entries"  # fmt: skip  # noqa: E501

    with pytest.raises(IntegrityError), workspace.store.database.writing() as session:
        session.execute(text(copy))


def test_what_is_answered_is_what_will_be_read_again(url: str | None, open_workspace: OpenWorkspace) -> None:
    first = open_workspace(url)
    ann = first.accounts.guest("Ann")
    image = first.images.add(first.projects.inbox(ann).id, "a.png", picture(), ann).id
    rough = with_word(EMPTY, "E\u0301", 10, suspicion=1 / 3)

    entry = first.history.append(image, 0, "annotate", "Annotated", difference(EMPTY, rough), ann)
    add_word(first, image, ann)
    second = open_workspace(url)

    assert entry.change != difference(EMPTY, rough)
    assert second.history.entries(image, ann, changes=True)[0].change == entry.change
    assert checked(second, image, ann) == first.history.document(image, ann).document


@pytest.mark.parametrize(
    "broken",
    [
        replace(with_word(EMPTY, "A"), next_id=1),
        with_word(EMPTY, "A", 45),
        replace(EMPTY, words=with_word(EMPTY, "AB").words * 2, next_id=9),
    ],
    ids=["ids that will be given again", "a mask beyond the image", "an id twice"],
)
def test_an_edit_after_which_the_document_could_not_be_read_is_refused(
    workspace: Workspace, image: str, ann: User, broken: Document
) -> None:
    with pytest.raises(EditError):
        workspace.history.append(image, 0, "add_word", "Word", difference(EMPTY, broken), ann)
    assert workspace.history.document(image, ann) == (EMPTY, 0, None, None)


def test_a_change_that_does_not_fit_changes_nothing(workspace: Workspace, image: str, ann: User) -> None:
    add_word(workspace, image, ann, "A")
    before = workspace.images.get(image, ann)
    other = with_word(EMPTY, "B")

    with pytest.raises(EditError, match="is not as it was"):
        workspace.history.append(image, 1, "delete_word", "Deleted B", difference(other, without_word(other, 0)), ann)
    assert workspace.images.get(image, ann) == before
    assert len(checked(workspace, image, ann).words) == 1


class TestStates:
    def test_machine_then_hand_then_verdict(self, workspace: Workspace, image: str, ann: User) -> None:
        assert add_word(workspace, image, ann, kind="replace").state == State.ANNOTATED  # imported with characters
        assert add_word(workspace, image, ann, kind="annotate").state == State.ANNOTATED
        assert add_word(workspace, image, ann, kind="add_point").state == State.CORRECTED
        assert add_word(workspace, image, ann, kind="annotate").state == State.CORRECTED
        assert workspace.history.set_state(image, State.ACCEPTED, ann).state == State.ACCEPTED
        assert add_word(workspace, image, ann, kind="add_point").state == State.CORRECTED
        assert workspace.history.set_state(image, State.REJECTED, ann).state == State.REJECTED
        verdicts = [entry for entry in workspace.history.entries(image, ann) if entry.kind == "state"]
        assert [entry.label for entry in verdicts] == ["Accepted", "Rejected"]
        assert [entry.state for entry in verdicts] == [State.ACCEPTED, State.REJECTED]

    def test_undo_gives_back_the_state_that_was(self, workspace: Workspace, image: str, ann: User) -> None:
        add_word(workspace, image, ann, kind="annotate")
        add_word(workspace, image, ann, kind="add_point")

        assert workspace.history.undo(image, 2, ann).state == State.ANNOTATED
        assert workspace.history.undo(image, 3, ann).state == State.NEW
        assert workspace.history.redo(image, 4, ann).state == State.ANNOTATED
        assert workspace.history.redo(image, 5, ann).state == State.CORRECTED

    def test_a_verdict_can_be_taken_back(self, workspace: Workspace, image: str, ann: User) -> None:
        add_word(workspace, image, ann, kind="annotate")
        workspace.history.set_state(image, State.ACCEPTED, ann)

        assert workspace.history.set_state(image, State.CORRECTED, ann).state == State.ANNOTATED
        assert workspace.history.entries(image, ann)[-1].label == "Opened again"

    def test_the_same_verdict_again_is_no_entry(self, workspace: Workspace, image: str, ann: User) -> None:
        first = workspace.history.set_state(image, State.ACCEPTED, ann)

        assert workspace.history.set_state(image, State.ACCEPTED, ann) == first

    def test_ones_own_verdict_does_not_make_an_edit_stale(
        self, workspace: Workspace, image: str, ann: User, bob: User
    ) -> None:
        workspace.history.set_state(image, State.ACCEPTED, ann)
        workspace.history.set_note(image, "look at the script", bob)
        change = difference(EMPTY, with_word(EMPTY, "A"))

        with pytest.raises(StaleEdit):
            workspace.history.append(image, 0, "annotate", "Annotated", change, ann, strict=True)
        assert workspace.history.append(image, 0, "add_word", "Word A", change, ann).seq == 3

    def test_anothers_verdict_does(self, workspace: Workspace, image: str, ann: User, bob: User) -> None:
        workspace.history.set_state(image, State.ACCEPTED, ann)

        with pytest.raises(StaleEdit, match="Ann changed"):
            workspace.history.append(image, 0, "add_word", "Word A", difference(EMPTY, with_word(EMPTY, "A")), bob)


class TestNotes:
    def test_a_note_is_kept_and_so_is_the_one_before(
        self, workspace: Workspace, image: str, ann: User, bob: User
    ) -> None:
        workspace.history.set_note(image, "first\nline", ann)
        row = workspace.history.set_note(image, " second\0 \ud800", bob)

        assert (row.note, row.by, row.seq) == ("second ?", "bob", 2)
        assert [(entry.by, entry.note) for entry in workspace.history.entries(image, ann)] == [
            ("Ann", "first\nline"),
            ("bob", "second ?"),
        ]
        assert checked(workspace, image, ann) == EMPTY

    def test_a_note_too_long_is_refused(self, workspace: Workspace, image: str, ann: User) -> None:
        with pytest.raises(WorkspaceError, match="at most 4000 characters; this one has 4001"):
            workspace.history.set_note(image, "x" * 4001, ann)


def test_the_queue_knows_the_figures_and_words_of_the_newest_document(
    workspace: Workspace, image: str, ann: User
) -> None:
    after = with_word(with_word(with_word(EMPTY, "HOTEL"), "BAR", 20, suspicion=0.7), "xx", 30, ignore=True)
    workspace.history.append(image, 0, "annotate", "Annotated", difference(EMPTY, after), ann)

    row = workspace.images.get(image, ann)
    assert (row.words, row.characters, row.to_check) == (2, 8, 3)
    assert [found.id for found in workspace.images.page(row.project, ann, search="hotel").images] == [image]
    workspace.history.undo(image, 1, ann)
    assert workspace.images.page(row.project, ann, search="hotel").images == ()


def test_a_lost_copy_is_made_anew_from_the_history(url: str | None, open_workspace: OpenWorkspace) -> None:
    first = open_workspace(url)
    ann = first.accounts.guest("Ann")
    image = first.images.add(first.projects.inbox(ann).id, "a.png", picture(), ann).id
    for letter in "ABC":
        add_word(first, image, ann, letter)
    document = first.history.document(image, ann).document
    with first.store.database.writing() as session:
        session.execute(text("DELETE FROM documents"))
    first.close()

    assert open_workspace(url).history.document(image, ann).document == document


def test_labels_and_kinds_of_any_length_are_kept_as_far_as_there_is_room(
    workspace: Workspace, image: str, ann: User
) -> None:
    change = difference(EMPTY, with_word(EMPTY, "A"))

    entry = workspace.history.append(image, 0, "k" * 100, "\0\ud800" + "l" * 1000, change, ann)

    assert (entry.kind, entry.label) == ("k" * 40, "?" + "l" * 299)
    assert workspace.history.undo(image, 1, ann).label.startswith("Undo: ?lll")


def test_a_picture_in_which_nothing_was_found_is_to_check(workspace: Workspace, image: str, ann: User) -> None:
    workspace.history.append(image, 0, "find", "Looked for words; found none", difference(EMPTY, EMPTY), ann)

    row = workspace.images.get(image, ann)
    assert (row.state, row.words, row.to_check) == (State.ANNOTATED, 0, 1)


def test_words_that_were_found_wait_for_the_machine_and_leave_hand_work_hand_work(
    workspace: Workspace, image: str, ann: User
) -> None:
    bare = with_word(EMPTY, "AB")
    bare = replace(bare, words=tuple(replace(word, characters=()) for word in bare.words))
    workspace.history.append(image, 0, "find", "Found 1 word", difference(EMPTY, bare), ann)
    assert workspace.images.get(image, ann).state == State.NEW

    edited = with_word(bare, "CD", 30)
    workspace.history.append(image, 1, "word", "Add CD", difference(bare, edited), ann)
    workspace.history.append(image, 2, "find", "Found 1 word", difference(edited, with_word(edited, "EF", 20)), ann)
    assert workspace.images.get(image, ann).state == State.CORRECTED


def test_a_word_that_cannot_be_read_counts_as_to_check(workspace: Workspace, image: str, ann: User) -> None:
    unread = with_word(EMPTY, "AB")
    unread = replace(unread, words=(replace(unread.words[0], text="", characters=(), problem="give its text"),))
    workspace.history.append(image, 0, "find", "Found 1 word", difference(EMPTY, unread), ann)

    assert workspace.images.get(image, ann).to_check == 1
