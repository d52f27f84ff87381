"""Learning in the background of a server: one project at a time, in a thread that gives way to everybody else."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from charsam.atomic import write_atomically
from charsam.cancellation import cancellable
from charsam.errors import Cancelled, CharsamError, sentence
from charsam.segmenters.learned import LearnedCard, usable_name
from charsam.server.access import Caller
from charsam.server.engine import Engine
from charsam.workspace.corrected import corrected_pictures
from charsam.workspace.errors import Unavailable

if TYPE_CHECKING:
    from charsam.learning.learn import Learning

log = logging.getLogger("charsam.learner")

NICE: Final = 10
"""Of the thread: runs and edits come first."""
UNDER_WAY: Final = "learning.json"
"""In the workspace while something is being learned: after a crash it tells what was lost."""
LOST: Final = "The server stopped while this was being learned, so nothing was kept. Learn again."


@dataclass(slots=True)
class LearningJob:
    """One learning, under way or over. by: the name of who asked for it. learned: the id of what came of it, None where
    nothing did. card: with the scores, also where it was not better and so was not kept. message: in a sentence.
    """

    name: str
    by: str
    what: str = "waiting for the models"
    share: float = 0.0
    over: bool = False
    learned: str | None = None
    card: LearnedCard | None = None
    message: str = ""
    stop: threading.Event = field(default_factory=threading.Event)


class Learner:
    """What projects learn. Nothing is kept of a learning before it has proved itself, so a crash loses but its time,
    and the next start says so.
    """

    def __init__(self, engine: Engine, seconds: float, folder: Path) -> None:
        """seconds: that a learning may take, about. folder: the workspace's."""
        self._engine, self._seconds = engine, seconds
        self._under_way = folder / UNDER_WAY
        self._lock = threading.Lock()
        self._closed = False
        self._jobs: dict[str, LearningJob] = dict(self._lost())

    def job(self, project_id: str) -> LearningJob | None:
        """The newest of a project since the server was started, or the one that was lost when it stopped."""
        with self._lock:
            return self._jobs.get(project_id)

    def start(self, caller: Caller, project_id: str, name: str) -> LearningJob:
        """Begin to learn; returns at once. Raises SettingsError for a name that cannot be one, Unavailable while some
        project is learning.
        """
        job = LearningJob(usable_name(name), caller.user.name)
        with self._lock:
            busy = next((place for place, one in self._jobs.items() if not one.over), None)
            if busy is not None:
                whose = "This project" if busy == project_id else "Another project"
                raise Unavailable(f"{whose} is learning; try again when that is done.")
            self._jobs[project_id] = job
        with suppress(OSError), write_atomically(self._under_way) as stream:
            stream.write(json.dumps({"project": project_id, "name": job.name, "by": job.by}).encode())
        threading.Thread(target=self._work, args=(caller, project_id, job), name="charsam-learn", daemon=True).start()
        return job

    def cancel(self, project_id: str) -> None:
        """Stop the learning of a project; nothing of it is kept."""
        job = self.job(project_id)
        if job is not None:
            job.stop.set()

    def close(self) -> None:
        """Stop whatever is learning; the next start says so."""
        with self._lock:
            self._closed = True
            for job in self._jobs.values():
                job.stop.set()

    def _work(self, caller: Caller, project_id: str, job: LearningJob) -> None:
        with suppress(AttributeError, OSError):  # of this thread alone, on Linux
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        try:
            with cancellable(job.stop.is_set):
                self._learn(caller, project_id, job)
        except Cancelled:
            job.message = "Stopped; nothing was kept."
        except CharsamError as error:
            job.message = sentence(error)
        except Exception:
            log.exception("learning failed")
            job.message = "It could not be learned; the server's log says why."
        finally:
            if not self._closed:
                self._forget()
            job.over = True

    def _lost(self) -> Iterator[tuple[str, LearningJob]]:
        """What was being learned when the server was killed."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads(self._under_way.read_bytes())
            yield str(found["project"]), LearningJob(str(found["name"]), str(found["by"]), over=True, message=LOST)
        self._forget()

    def _forget(self) -> None:
        with suppress(OSError):
            self._under_way.unlink(missing_ok=True)

    def _learn(self, caller: Caller, project_id: str, job: LearningJob) -> None:
        self._engine.wait()
        from charsam.learning.learn import learn

        project = caller.workspace.projects.get(project_id, caller.user)

        def told(learning: Learning) -> None:
            job.what, job.share = learning.what, learning.share

        found = learn(
            corrected_pictures(caller.workspace, project_id, caller.user),
            name=job.name,
            origin=project.name,
            by=caller.user.name,
            seconds=self._seconds,
            pipeline=self._engine.pipe,
            told=told,
        )
        job.card = found.card
        if not found.card.better:
            job.message = "It is no better than compact on the words kept aside, so it was not kept."
            return
        row = caller.workspace.learned.add(project_id, found.to_bytes(), caller.user)
        job.learned, job.message = row.id, ""
