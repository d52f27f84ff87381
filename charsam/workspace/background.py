"""Annotating many images in the background: with progress, cancel, and a list that survives a restart."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, update

from charsam.cancellation import cancellable
from charsam.editing.changes import apply_change
from charsam.editing.difference import changed_share
from charsam.editing.document import Document
from charsam.errors import Cancelled, CharsamError, sentence
from charsam.images import load_image
from charsam.types import ImageArray
from charsam.workspace.errors import BudgetSpent, NotFound, StaleEdit, Unavailable
from charsam.workspace.jobs import JobProgress, JobState, job_progress, running
from charsam.workspace.schema import ImageTable, JobImageTable, JobTable, UserTable
from charsam.workspace.store import new_id, project_of
from charsam.workspace.values import BATCH, ImageRow, State, User
from charsam.workspace.workspace import Workspace

if TYPE_CHECKING:
    from charsam.editing.editor import Edit

Annotate = Callable[[ImageRow, ImageArray, Document, User], "Edit"]
"""(the image's row, its pixels, its document, for whom) -> the edit that annotates it."""

TRIES: Final = 3
"""How often an image is annotated anew because somebody edited it meanwhile."""
PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds until the work is tried again after it could not be written down; the last of them again and again."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of an image. state, message: of its `JobImageTable`. changed: see `changed_share`."""

    state: str
    message: str
    changed: float | None = None


class Annotator:
    """One thread that works through the jobs of a workspace, one image of each person in turn. One process has one for
    its workspace. Whatever happens to it, it goes on, or says in `Progress.trouble` why it pauses.
    """

    def __init__(self, workspace: Workspace, annotate: Annotate, pauses: Sequence[float] = PAUSES) -> None:
        self._pauses = pauses
        self._trouble: tuple[str | None, str] | None = None
        self._wake = threading.Event()
        self._served: dict[str, int] = {}
        self._stopped: set[str] = set()
        self._workspace = workspace
        self._database = workspace.store.database
        self._annotate = annotate
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._at: tuple[str, str] | None = None

    def start(
        self,
        project_id: str,
        by: User,
        states: Collection[State] = (State.NEW,),
        *,
        doubtful_first: bool = False,
    ) -> JobProgress:
        """Annotate the images of a project that are in these states; returns at once. While a job of the project runs,
        that one goes on, and images that have come since join it. doubtful_first: those with most characters to check
        first, else as they were added. Raises NotFound.
        """
        with self._database.writing() as session:
            project_of(session, project_id, by, write=True)
            job = session.scalar(running().where(JobTable.project_id == project_id))
            if job is None:
                job = JobTable(
                    id=new_id(),
                    project_id=project_id,
                    user_id=by.id,
                    state=JobState.RUNNING,
                    states=",".join(sorted(states)),
                    started_at=self._workspace.store.now(),
                )
                session.add(job)
                session.flush()
            listed = select(JobImageTable.image_id).where(JobImageTable.job_id == job.id)
            wanted = select(ImageTable.id).where(ImageTable.project_id == project_id, ImageTable.id.not_in(listed))
            wanted = wanted.where(ImageTable.state.in_(job.states.split(",")), ImageTable.deleted_at.is_(None))
            first = session.scalar(
                select(func.count()).select_from(JobImageTable).where(JobImageTable.job_id == job.id)
            )
            order = (ImageTable.to_check.desc(),) if doubtful_first else ()
            found = session.scalars(wanted.order_by(*order, ImageTable.added_at, ImageTable.id)).all()
            for position, image_id in enumerate(found, start=first or 0):
                session.add(
                    JobImageTable(job_id=job.id, position=position, image_id=image_id, state="waiting", message="")
                )
            job_id = job.id
        self._wake.set()  # where it pauses for another's sake
        self.resume()
        return self._progress(job_id)

    def resume(self) -> None:
        """Go on with the jobs that a restart or a crash has interrupted; call it once the server is up."""
        with self._lock:
            alive = self._thread is not None and self._thread.is_alive()
            if not alive and not self._closed:
                self._thread = threading.Thread(target=self._work, name="charsam-annotate", daemon=True)
                self._thread.start()

    def progress(self, project_id: str, by: User) -> JobProgress | None:
        """Of the newest job of a project; None where there has been none. Raises NotFound."""
        newest = select(JobTable.id).where(JobTable.project_id == project_id)
        with self._database.reading() as session:
            project_of(session, project_id, by)
            job = session.scalar(newest.order_by(JobTable.started_at.desc(), JobTable.id).limit(1))
        if job is None:
            return None
        found = self._progress(job)
        if found.state is JobState.RUNNING:
            self.resume()  # a watchdog: whoever looks finds it running, or sets it going
        return found

    def cancel(self, project_id: str, by: User) -> JobProgress | None:
        """Stop the running job of a project, also within the image that it works on. Raises NotFound."""
        with self._database.writing() as session:
            project_of(session, project_id, by, write=True)
            for job in session.scalars(running().where(JobTable.project_id == project_id)):
                job.state, job.finished_at = JobState.CANCELLED, self._workspace.store.now()
                self._stopped.add(job.id)
        return self.progress(project_id, by)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until there is nothing left to do; False where that took longer than `timeout` seconds."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def close(self) -> None:
        """Stop, also within the image that is worked on; what is left is done after the next start."""
        self._closed = True
        self._wake.set()
        self.wait()

    def _work(self) -> None:
        failures, job = 0, None
        while True:
            try:
                job = self._next_job()
                if job is None:
                    return
                self._step(job)
                failures, self._trouble = 0, None
            except Exception as error:  # the database is away, the disk is full: the list is kept, and tried again
                if not isinstance(error, CharsamError):
                    traceback.print_exception(error)
                self._trouble = (job if isinstance(error, BudgetSpent) else None), sentence(error)
                self._wake.wait(self._pauses[min(failures, len(self._pauses) - 1)])
                failures += 1
                if not self._closed:
                    self._wake.clear()

    def _next_job(self) -> str | None:
        """The running job of the person served longest ago, the oldest of theirs; where there is none, this thread is
        over (decided under the lock that starts one).
        """
        with self._lock:
            found: list[tuple[str, str]] = []
            if not self._closed:
                with self._database.reading() as session:
                    rows = session.execute(running().with_only_columns(JobTable.id, JobTable.user_id))
                    found = [(job, user) for job, user in rows]
            if not found:
                self._thread = None
                return None
            job, user = min(found, key=lambda one: self._served.get(one[1], 0))
            self._served = {one: self._served.get(one, 0) for _, one in found}
            self._served[user] = max(self._served.values()) + 1
            return job

    def _step(self, job_id: str) -> None:
        """Annotate the next image of a job, or end the job."""
        waiting = select(JobImageTable).where(JobImageTable.job_id == job_id, JobImageTable.state == "waiting")
        with self._database.writing() as session:
            job = session.get(JobTable, job_id)
            item = session.scalar(waiting.order_by(JobImageTable.position).limit(1))
            if job is None or job.state != JobState.RUNNING:
                return
            if item is None:
                job.state, job.finished_at = JobState.DONE, self._workspace.store.now()
                return
            user = session.get_one(UserTable, job.user_id)
            by = User(user.id, user.name, guest=user.password is None)
            states, position, image_id = job.states.split(","), item.position, item.image_id
        try:
            with cancellable(lambda: self._closed or job_id in self._stopped):
                outcome = self._annotated(image_id, by, {State(state) for state in states}, job_id)
        except Cancelled:  # it waits for the next job, or the next start
            return
        with self._database.writing() as session:
            session.execute(
                update(JobImageTable)
                .where(JobImageTable.job_id == job_id, JobImageTable.position == position)
                .values(state=outcome.state, message=outcome.message, changed=outcome.changed)
            )

    def _annotated(self, image_id: str, by: User, states: Collection[State], job_id: str) -> _Outcome:
        try:
            for _ in range(TRIES):
                try:
                    return self._try(image_id, by, states, job_id)
                except StaleEdit as error:
                    message = f"{error.by} is editing it."
            return _Outcome("left", message)
        except NotFound:
            return _Outcome("left", "It has been deleted, or is no longer shared with who started this.")
        except (Cancelled, Unavailable):
            raise
        except CharsamError as error:
            return _Outcome("failed", str(error))
        except Exception:
            traceback.print_exc()
            return _Outcome("failed", "It could not be annotated; the server's log says why.")
        finally:
            self._at = None

    def _try(self, image_id: str, by: User, states: Collection[State], job_id: str) -> _Outcome:
        row = self._workspace.images.get(image_id, by)
        self._at = (job_id, row.name)
        if row.state not in states:
            return _Outcome("left", f"It is {row.state} already, by {row.by}.")
        document, seq, _, _ = self._workspace.history.document(image_id, by)
        if seq != row.seq:
            raise StaleEdit(row.by, seq, row.at)
        image = load_image(self._workspace.images.read(image_id, by), name=row.name)
        edit = self._annotate(row, image, document, by)
        self._workspace.history.append(image_id, seq, BATCH, edit.label, edit.change, by, strict=True)
        return _Outcome("done", edit.message, changed_share(document, apply_change(document, edit.change)))

    def _progress(self, job_id: str) -> JobProgress:
        at, trouble = self._at, self._trouble
        mine = trouble is not None and trouble[0] in (None, job_id)
        with self._database.reading() as session:
            return job_progress(
                session,
                job_id,
                at[1] if at is not None and at[0] == job_id else None,
                trouble[1] if trouble is not None and mine else None,
            )
