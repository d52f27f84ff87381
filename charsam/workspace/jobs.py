"""Jobs of annotation in the background: how far one has come, as the database keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from charsam.workspace.schema import ImageTable, JobImageTable, JobTable

MOST_PROBLEMS: Final = 100
MOST_CHANGED: Final = 12
LEAST_CHANGED: Final = 0.01
"""Share of an image's mask from which it is one of those that an annotation changed."""


class JobState(StrEnum):
    """How far a job in the background is."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Problem:
    """An image that was not annotated, and why. failed: False where it was left because a person works on it."""

    image: str
    name: str
    message: str
    failed: bool


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job has come. at: the name of the image that is worked on now; problems: at most MOST_PROBLEMS.
    changed: the ids of the images whose masks changed most, of those that had masks before, at most MOST_CHANGED.
    trouble: why it pauses, such as a full disk; None while it goes on.
    """

    job: str
    state: JobState
    total: int
    done: int
    failed: int
    left: int
    at: str | None
    problems: tuple[Problem, ...]
    changed: tuple[str, ...] = ()
    trouble: str | None = None

    @property
    def waiting(self) -> int:
        return self.total - self.done - self.failed - self.left


def job_progress(session: Session, job_id: str, at: str | None, trouble: str | None) -> JobProgress:
    """How far a job is. at, trouble: as in `JobProgress`, from whoever works on it."""
    counted = select(JobImageTable.state, func.count()).where(JobImageTable.job_id == job_id)
    unhappy = (
        select(JobImageTable, ImageTable.name)
        .join(ImageTable, ImageTable.id == JobImageTable.image_id)
        .where(JobImageTable.job_id == job_id, JobImageTable.state.in_(["failed", "left"]))
        .order_by(JobImageTable.position)
        .limit(MOST_PROBLEMS)
    )
    changed = (
        select(JobImageTable.image_id)
        .join(ImageTable, ImageTable.id == JobImageTable.image_id)
        .where(JobImageTable.job_id == job_id, JobImageTable.changed >= LEAST_CHANGED, ImageTable.deleted_at.is_(None))
        .order_by(JobImageTable.changed.desc(), JobImageTable.position)
        .limit(MOST_CHANGED)
    )
    job = session.get_one(JobTable, job_id)
    counts = {str(state): int(n) for state, n in session.execute(counted.group_by(JobImageTable.state))}
    problems = tuple(
        Problem(item.image_id, name, item.message, failed=item.state == "failed")
        for item, name in session.execute(unhappy)
    )
    return JobProgress(
        job=job_id,
        state=JobState(job.state),
        total=sum(counts.values()),
        done=counts.get("done", 0),
        failed=counts.get("failed", 0),
        left=counts.get("left", 0),
        at=at,
        problems=problems,
        changed=tuple(session.scalars(changed)),
        trouble=trouble if job.state == JobState.RUNNING else None,
    )


def running() -> Select[JobTable]:
    """The jobs that are under way, the oldest first."""
    return select(JobTable).where(JobTable.state == JobState.RUNNING).order_by(JobTable.started_at, JobTable.id)
