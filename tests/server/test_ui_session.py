"""Visitors are kept apart, and a bounded number of them is remembered."""

from __future__ import annotations

import made
import numpy as np

from charsam.page import answers
from charsam.page.session import Session, SessionStore
from charsam.trace import Trace


def test_two_sessions_share_nothing() -> None:
    store = SessionStore()
    first, second = store.open("page-1"), store.open("page-2")
    first.show(*_sign())
    assert first.token != second.token
    assert second.image is None
    assert store.get(first.token) is first
    assert store.get(second.token) is second


def test_a_token_that_was_never_given_out_opens_nothing() -> None:
    store = SessionStore()
    store.open()
    assert [store.get(token) for token in (None, "", "guess", 1, ["x"])] == [None] * 5


def test_the_session_idle_for_longest_is_closed_when_there_are_too_many() -> None:
    store = SessionStore(most=2)
    old, kept = store.open(), store.open()
    store.get(old.token)
    new = store.open()
    assert len(store) == 2
    assert store.get(kept.token) is None
    assert store.get(old.token) is old
    assert store.get(new.token) is new


def test_sessions_are_closed_when_their_images_take_too_much_memory() -> None:
    store = SessionStore(most_bytes=2_000_000)
    big = np.zeros((600, 600, 3), np.uint8)
    first = store.open()
    first.show(big, "a", "")
    second = store.open()
    second.show(big, "b", "")
    store.trim()
    assert store.get(first.token) is None
    assert first.image is None
    assert store.get(second.token) is second


def test_leaving_the_page_lets_go_of_image_result_and_files() -> None:
    store = SessionStore()
    session = store.open("page")
    session.show(*_sign())
    folder = session.new_folder()
    (folder / "mask.png").write_bytes(b"x")
    running = session.cancel
    store.close_page("page")
    assert store.get(session.token) is None
    assert session.image is None
    assert not folder.exists()
    assert running.is_set()
    store.close_page("page")


def test_a_new_image_cancels_what_runs_and_forgets_the_result() -> None:
    session = SessionStore().open()
    session.show(*_sign())
    session.trace = made.trace(*made.sign())
    running, key = session.cancel, session.key
    session.show(*_sign())
    assert running.is_set()
    assert not session.cancel.is_set()
    assert session.trace is None
    assert session.key != key


def test_downloads_of_the_last_result_make_room_for_the_next() -> None:
    session = SessionStore().open()
    first = session.new_folder()
    second = session.new_folder()
    assert not first.exists()
    assert second.is_dir()
    session.close()
    assert not second.exists()


def _sign() -> tuple[np.ndarray, str, str]:
    return made.sign()[0], "sign", "id of the image"


def test_only_the_newest_answers_to_programs_stay_on_disk() -> None:
    kept = [answers.answer_folder("somebody") for _ in range(answers.MOST_ANSWERS + 3)]
    assert [folder.is_dir() for folder in kept] == [False] * 3 + [True] * answers.MOST_ANSWERS


def test_a_result_counts_towards_the_memory_of_its_session(sign_trace: Trace) -> None:
    session = Session()
    session.show(sign_trace.image, "sign.jpg", "")
    before = session.nbytes

    session.trace = sign_trace

    assert session.nbytes >= before + sum(regions.strip.nbytes for regions in sign_trace.regions)
