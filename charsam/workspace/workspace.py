"""The workspace: everything that people and machines do to images, kept so that nothing acknowledged is ever lost."""

from __future__ import annotations

from pathlib import Path

from charsam.workspace.accounts import Accounts
from charsam.workspace.history import History
from charsam.workspace.quota import TEAM, Quota
from charsam.workspace.store import Clock, utc_now
from charsam.workspace.team import Team
from charsam.workspace.trash import Trash


class Workspace(Accounts, Team, Trash, History):
    """A folder of image files and a database beside it, or anywhere that SQLAlchemy reaches. Safe for several threads.

    Every method that reads or writes images or projects takes the acting user and raises NotFound for what is not that
    user's. A method that returns has written what it says to the disk.
    """

    @classmethod
    def open(cls, folder: Path, url: str | None = None, *, clock: Clock = utc_now, quota: Quota = TEAM) -> Workspace:
        """Open the workspace in a folder, making it where there is none, and bring its database up to date.

        url: an SQLAlchemy URL for a team, such as postgresql://…; None for an SQLite file in the folder, which
        then must be on a local disk. The image files are in the folder in any case. quota: what one person may bring
        and keep. Raises WorkspaceError.
        """
        return cls(folder, url, clock, quota)
