"""The workspace: everything that people and machines do to images, kept so that nothing acknowledged is ever lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from charsam.workspace.accounts import Accounts
from charsam.workspace.history import History
from charsam.workspace.images import Images
from charsam.workspace.learned import LearnedSegmenters
from charsam.workspace.projects import Projects
from charsam.workspace.quota import TEAM, Quota
from charsam.workspace.store import Clock, Store, utc_now
from charsam.workspace.team import Team
from charsam.workspace.trash import Trash
from charsam.workspace.truths import Truths


class Workspace:
    """A folder of image files and a database beside it, or anywhere that SQLAlchemy reaches. Safe for several threads.

    Every method of its members that reads or writes images or projects takes the acting user and raises NotFound for
    what is not that user's. A method that returns has written what it says to the disk.
    """

    def __init__(self, store: Store) -> None:
        self.store, self.folder, self.quota = store, store.folder, store.quota
        self.accounts = Accounts(store)
        self.projects = Projects(store)
        self.images = Images(store)
        self.history = History(store)
        self.trash = Trash(store)
        self.learned = LearnedSegmenters(store)
        self.truths = Truths(store)
        self.team = Team(store, self.projects, self.images)

    @classmethod
    def open(cls, folder: Path, url: str | None = None, *, clock: Clock = utc_now, quota: Quota = TEAM) -> Workspace:
        """Open the workspace in a folder, making it where there is none, and bring its database up to date.

        url: an SQLAlchemy URL for a team, such as postgresql://…; None for an SQLite file in the folder, which
        then must be on a local disk. The image files are in the folder in any case. quota: what one person may bring
        and keep. Raises WorkspaceError.
        """
        return cls(Store(folder, url, clock, quota))

    def close(self) -> None:
        """Give the database's connections back. What was acknowledged is on the disk whether or not this is called."""
        self.store.database.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Many images or edits written as one: faster, and on the disk when the block ends, or none of them where it
        raises. Short blocks only, for everybody else's writing waits.
        """
        try:
            with self.store.database.together():
                yield
        except BaseException:
            self.history.forget()
            raise
