"""Turns at the models go round between people, and end when nobody waits for them any more."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio.to_thread
import pytest

from charsam.cancellation import cancellable, checkpoint
from charsam.errors import Cancelled, TooLong
from charsam.server.abandoned_work import AbandonableRoute, PageRuns
from charsam.server.model_turns import TooBusy, Turns


class Crowd:
    """Workers in threads; each notes when its turn comes, and ends it when told to."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.order, self.go = turns, [], threading.Semaphore(0)
        self.threads: list[threading.Thread] = []

    def ask(self, key: str, large: bool = False) -> None:
        before = self.waiting(key)
        self.threads.append(threading.Thread(target=self._work, args=(key, large), daemon=True))
        self.threads[-1].start()
        while self.waiting(key) == before and key not in self.turns._running:
            time.sleep(0.001)

    def waiting(self, key: str) -> int:
        return len(self.turns._waiting.get(key, ()))

    def _work(self, key: str, large: bool) -> None:
        with self.turns.turn(key, large=large):
            self.order.append(key)
            self.go.acquire()

    def end(self) -> None:
        for _ in self.threads:
            self.go.release()
        for thread in self.threads:
            thread.join(10)


def test_one_persons_jobs_leave_room_for_everybody_else() -> None:
    crowd = Crowd(Turns(at_once=1, waiting=20))
    crowd.ask("ann")
    for _ in range(9):
        crowd.ask("ann")
    crowd.ask("bob")
    crowd.ask("eve")
    crowd.end()
    assert crowd.order[:3] == ["ann", "bob", "eve"]
    assert len(crowd.order) == 12


def test_one_person_never_has_all_turns() -> None:
    turns = Turns(at_once=2, each=1)
    crowd = Crowd(turns)
    crowd.ask("ann")
    crowd.ask("ann")
    assert crowd.waiting("ann") == 1
    with turns.turn("bob"):
        assert crowd.order == ["ann"]
    crowd.end()


def test_of_turns_that_take_much_memory_there_is_one_at_a_time_and_small_ones_go_ahead() -> None:
    turns = Turns(at_once=2)
    crowd = Crowd(turns)
    with turns.turn("ann", large=True):
        crowd.ask("bob", large=True)
        assert crowd.waiting("bob") == 1
        crowd.ask("eve")
        assert crowd.waiting("eve") == 0
    crowd.end()
    assert crowd.order == ["eve", "bob"]
    with turns.turn("ann", large=True):
        pass


def test_who_asks_for_too_much_is_told_and_the_others_are_not() -> None:
    turns = Turns(at_once=1, waiting=2)
    crowd = Crowd(turns)
    for _ in range(3):
        crowd.ask("ann")
    with pytest.raises(TooBusy, match="2 of your requests are waiting"), turns.turn("ann"):
        pass
    crowd.ask("bob")
    crowd.end()
    assert sorted(crowd.order) == ["ann", "ann", "ann", "bob"]


def test_a_wait_that_is_cancelled_gives_up_its_place() -> None:
    turns = Turns(at_once=1)
    with turns.turn("ann"):
        with cancellable(lambda: True), pytest.raises(Cancelled), turns.turn("bob"):
            pass
        assert turns._waiting == {}


def test_a_request_whose_client_has_gone_stops_at_its_next_look() -> None:
    """An ASGI app that works in a thread, and a client that leaves after the body was sent."""
    done: list[str] = []

    def work() -> None:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                checkpoint()
            except Cancelled:
                done.append("stopped")
                return
            time.sleep(0.01)
        done.append("finished")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "http.request"
        await anyio.to_thread.run_sync(work)

    messages = [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        await asyncio.sleep(0.05)
        return messages.pop(0)

    async def send(message: Any) -> None:
        raise AssertionError("nobody is there")

    begun = time.monotonic()
    with ThreadPoolExecutor(1) as thread:  # the browser tests keep a loop running in this one
        thread.submit(asyncio.run, AbandonableRoute(app)({"type": "http"}, receive, send)).result()
    assert done == ["stopped"]
    assert time.monotonic() - begun < 1


def test_the_runs_of_a_page_that_was_left_are_told() -> None:
    leaving = PageRuns()
    with leaving.watch("page") as mine, leaving.watch("other") as other:
        leaving.left("page")
        assert mine.is_set()
        assert not other.is_set()
    assert not leaving._runs


def test_a_turn_that_takes_too_long_ends_with_a_sentence_and_others_get_theirs() -> None:
    turns = Turns(at_once=1, longest=0.05)
    with pytest.raises(TooLong, match="longer than 0 seconds, so it was stopped"), turns.turn("ann"):
        while True:
            checkpoint()
            time.sleep(0.005)
    with turns.turn("bob"):
        checkpoint()
