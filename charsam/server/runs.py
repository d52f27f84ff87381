"""Runs of the pipeline that a page follows: each says what it has found as its stages end, and ends with its page.

A run works in a thread of its own and keeps what it has said, so that it can be followed by a stream or by requests
that wait for what comes next, and a connection that breaks loses nothing. One that nobody follows any more is stopped:
at once where its page says so or closed the connection, later where the next request is only late. Whoever comes back
after all is told that it was abandoned, and may begin it again, which goes on with the stages that were done.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from charsam.cancellation import cancellable
from charsam.errors import Cancelled, CharsamError

LATE: Final = 15.0
"""Seconds in which a follower whose last request was answered must ask again: a phone's network may take some."""
CLOSED: Final = 0.7
"""Seconds after which a run is stopped whose only follower closed the connection; another may be on its way."""
KEPT: Final = 120.0
"""Seconds for which the end of a run can still be asked for."""
MOST_RUNS: Final = 500

Event = dict[str, Any]
log = logging.getLogger("charsam.runs")


@dataclass(eq=False)
class Run:
    """owner: the key of whoever began it. image: its id. events: what it has said so far, the last one how it ended.
    cancel: set to stop it. until: when it is abandoned if nobody follows it by then. left: whether that has happened.
    """

    owner: str
    image: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    events: list[Event] = field(default_factory=list)
    over: bool = False
    ended: float = 0.0
    cancel: threading.Event = field(default_factory=threading.Event)
    followers: int = 0
    until: float = field(default_factory=lambda: time.monotonic() + LATE)
    left: bool = False

    def say(self, kind: str, **more: Any) -> None:
        """Add an event."""
        self.events.append({"kind": kind, **more})

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Within the block somebody waits for what it says; leaving it by an exception is a connection that closed."""
        self.followers += 1
        self.until, grace = 0.0, CLOSED
        try:
            yield
            grace = LATE
        finally:
            self.followers -= 1  # who was answered meanwhile may be late, though another connection was closed
            self.until = max(self.until, time.monotonic() + grace)

    def abandoned(self) -> bool:
        """Whether it is to stop."""
        if not self.followers and time.monotonic() > self.until and not self.cancel.is_set():
            self.left = True
            self.cancel.set()
        return self.cancel.is_set()


Work = Callable[[Run], Iterator[Event]]
"""Does the work of a run, and yields what it has to say; the events have a `kind`."""


class Runs:
    """The runs that are going on or have just ended. Safe for several threads."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()

    def begin(self, owner: str, image: str, work: Work) -> Run:
        """Start a run; whatever the same person ran for that image is stopped."""
        run = Run(owner, image)
        with self._lock:
            self._sweep()
            for other in self._runs.values():
                if (other.owner, other.image) == (owner, image):
                    other.cancel.set()
            self._runs[run.id] = run
        threading.Thread(target=_carry_out, args=(run, work), name="charsam-run", daemon=True).start()
        return run

    def get(self, owner: str, run_id: str) -> Run | None:
        """A run of this person; None where there is none (any more)."""
        with self._lock:
            found = self._runs.get(run_id)
        if found is None or found.owner != owner:
            return None
        return found

    def forget(self, owner: str) -> None:
        """Stop all runs of somebody who has left."""
        with self._lock:
            gone = [run for run in self._runs.values() if run.owner == owner]
            self._runs = {name: run for name, run in self._runs.items() if run.owner != owner}
        for run in gone:
            run.cancel.set()

    def close(self) -> None:
        """Stop all of them."""
        with self._lock:
            for run in self._runs.values():
                run.cancel.set()

    def _sweep(self) -> None:
        now = time.monotonic()
        old = [run.id for run in self._runs.values() if run.over and now - run.ended > KEPT]
        surplus = [run.id for run in self._runs.values() if run.over][: max(0, len(self._runs) - MOST_RUNS)]
        for name in {*old, *surplus}:
            del self._runs[name]


def _carry_out(run: Run, work: Work) -> None:
    try:
        with cancellable(run.abandoned):
            for event in work(run):
                run.events.append(event)
    except Cancelled:
        if run.left:
            run.say("abandoned", text="Nobody waited for this run any more, so it was stopped.")
        else:
            run.say("cancelled", text="Cancelled.")
    except CharsamError as error:
        run.say("error", text=str(error))
    except Exception:
        log.exception("a run failed")
        run.say("error", text="Something went wrong inside charsam; the server's log says why. Try again.")
    finally:
        run.ended = time.monotonic()
        run.over = True
