"""What the workspace refuses, told apart so that a server can answer each in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from charsam.errors import WorkspaceError

MOST_NAMED: Final = 5


class NotFound(WorkspaceError):
    """There is no such thing for this person: it does not exist, or belongs to a project of others."""


class Forbidden(WorkspaceError):
    """A member asked for what only the project's owner may do."""


class Unavailable(WorkspaceError):
    """The database or the disk cannot do it now: it is full, away or damaged. Nothing was changed."""


class StaleEdit(WorkspaceError):
    """An edit of a state that somebody has changed in the meantime; nothing was written.

    by, seq, at: who made the newest change, its number in the image's history, and when (ISO 8601, UTC).
    """

    def __init__(self, by: str, seq: int, at: str) -> None:
        super().__init__(f"{by} changed this image in the meantime; look at the new state, then edit again.")
        self.by, self.seq, self.at = by, seq, at


class TooManyAttempts(WorkspaceError):
    """Too many wrong passwords. wait: seconds until the next may be tried."""

    def __init__(self, wait: int) -> None:
        minutes = max(1, round(wait / 60))
        super().__init__(f"Too many wrong passwords; try again in {minutes} minute{'s' if minutes > 1 else ''}.")
        self.wait = wait


class BudgetSpent(Unavailable):
    """A person has computed for as long as one may in an hour. wait: seconds until they may go on."""

    def __init__(self, seconds: float, wait: int) -> None:
        minutes = max(1, -(-wait // 60))
        super().__init__(
            f"You have used the {seconds:.0f} seconds of computing that one person has in an hour; "
            f"go on in {minutes} minute{'s' if minutes > 1 else ''}."
        )
        self.wait = wait


class UploadError(WorkspaceError):
    """An upload that is refused as a whole, with nothing of it kept."""


class QuotaExceeded(WorkspaceError):
    """A person has brought as much as may be kept at a time."""


class DamagedBackup(UploadError):
    """A backup of which not all can be restored. faults: a sentence for each part that can't; whole: how many images
    can, when asked to restore what there is.
    """

    def __init__(self, name: str, faults: Sequence[str], whole: int) -> None:
        more = f" (and {len(faults) - MOST_NAMED} more)" if len(faults) > MOST_NAMED else ""
        rest = f"{whole} image{'' if whole == 1 else 's'} can be restored without it."
        super().__init__(f"{' '.join(faults[:MOST_NAMED])}{more} Nothing of {name} was restored; {rest}")
        self.faults, self.whole = tuple(faults), whole
