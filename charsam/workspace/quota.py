"""What one person may bring and keep: bounds on what it costs, checked before the work is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from charsam.images import MAX_PIXELS
from charsam.workspace import archives
from charsam.workspace.archives import Limits
from charsam.workspace.errors import QuotaExceeded
from charsam.workspace.schema import BlobTable, ImageTable, ProjectTable, Table, TruthTable


@dataclass(frozen=True, slots=True)
class Quota:
    """images, bytes: of all projects that a person owns; None: as many as there is room for. pixels: of one image.
    run_area: pixels of the straightened words of a run (see `CharSAM.most_area`). run_seconds: after which it is
    stopped. hour_seconds: of all that a person computes in an hour; None: as many as they like. trash_days: how long
    what was deleted can be brought back; 0: not at all. upload, backup: of one zip file.
    """

    images: int | None = None
    bytes: int | None = None
    pixels: int = MAX_PIXELS
    run_area: float = 4e6
    run_seconds: float = 900
    hour_seconds: float | None = 3000
    trash_days: int = 30
    upload: Limits = archives.UPLOAD
    backup: Limits = archives.BACKUP


TEAM: Final = Quota()
DEMO: Final = Quota(
    images=60,
    bytes=150 * 2**20,
    pixels=16_000_000,
    run_area=1e6,
    run_seconds=180,
    hour_seconds=300,
    trash_days=0,
    upload=archives.DEMO,
    backup=archives.DEMO,
)
"""Of a visitor of the public demo."""


def check_quota(session: Session, quota: Quota, project: ProjectTable, size: int, *, images: int = 1) -> None:
    """Raise QuotaExceeded where the project's owner has no room for `size` bytes more, of so many more images."""
    if quota.images is None and quota.bytes is None:
        return

    def held(value: Any, table: type[Table]) -> int:
        wanted = select(value).select_from(ImageTable).join(table)
        wanted = wanted.join(ProjectTable, ProjectTable.id == ImageTable.project_id)
        return int(session.scalar(wanted.where(ProjectTable.owner_id == project.owner_id)) or 0)

    if quota.images is not None and images and held(func.count(), BlobTable) + images > quota.images:
        raise QuotaExceeded(f"At most {quota.images} images are kept here at a time; delete some first.")
    if quota.bytes is not None:
        used = held(func.sum(BlobTable.size), BlobTable) + held(func.sum(func.length(TruthTable.body)), TruthTable)
        if used + size > quota.bytes:
            raise QuotaExceeded(f"At most {quota.bytes >> 20} MB of images are kept here at a time; delete some first.")
