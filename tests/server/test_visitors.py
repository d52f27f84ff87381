"""Visitors of a demo: how long they are known, and that their work goes with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from charsam.server.visitors import GRACE, IDLE, Visitors
from charsam.workspace.values import User
from charsam.workspace.workspace import Workspace


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Demo:
    """A demo with one visitor in it."""

    workspace: Workspace
    visitors: Visitors
    clock: Clock
    token: str
    user: User


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    workspace, clock = Workspace.open(tmp_path), Clock()
    visitors = Visitors(workspace, clock)
    token = visitors.welcome()
    visitor = visitors.get(token)
    assert visitor is not None
    yield Demo(workspace, visitors, clock, token, visitors.user(visitor))
    visitors.close()
    workspace.close()


def test_a_visitors_work_is_deleted_when_they_have_gone(demo: Demo) -> None:
    demo.visitors.page_opened(demo.token, "one")
    demo.clock.now = IDLE - 1
    demo.visitors.sweep()
    assert len(demo.visitors) == 1
    demo.visitors.page_closed(demo.token, "one")
    demo.clock.now += GRACE - 1
    demo.visitors.sweep()
    assert demo.visitors.get(demo.token) is not None
    demo.clock.now += GRACE + 1
    demo.visitors.sweep()
    assert demo.visitors.get(demo.token) is None
    assert demo.user not in demo.workspace.accounts.users()


def test_a_visitor_who_waits_for_an_answer_has_not_gone(demo: Demo) -> None:
    with demo.visitors.answering(demo.token):
        demo.clock.now += GRACE + 1
        demo.visitors.sweep()
    demo.clock.now += GRACE - 1
    demo.visitors.sweep()
    assert len(demo.visitors) == 1
    demo.clock.now += 2
    demo.visitors.sweep()
    assert len(demo.visitors) == 0


def test_a_visitor_idle_for_long_loses_their_work_even_with_a_page_open(demo: Demo) -> None:
    demo.visitors.page_opened(demo.token, "one")
    demo.clock.now = IDLE + 1
    demo.visitors.sweep()
    assert demo.workspace.accounts.users() == ()
