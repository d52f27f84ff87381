"""The database behind a workspace: connections that lose nothing, transactions, and the schema brought up to date."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.orm import Session

from charsam.errors import WorkspaceError
from charsam.workspace.errors import Unavailable
from charsam.workspace.schema import REVISION

FILE: Final = "workspace.sqlite"
MIGRATIONS: Final = Path(__file__).parent / "migrations"
PATIENCE: Final = 30_000
"""Milliseconds that a writer waits for another to finish."""
PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
MIGRATION_LOCK: Final = 4_210_511
"""PostgreSQL's advisory lock under which one process at a time migrates."""


class Database:
    """An engine with the schema in place. Raises WorkspaceError where it cannot be opened."""

    def __init__(self, folder: Path, url: str | None) -> None:
        self._batch = threading.local()
        place = _url(folder, url)
        self._shown = place.render_as_string(hide_password=True)
        if url is None:  # it holds hashes of passwords; what SQLite lays beside it gets the same rights
            with contextlib.suppress(OSError):
                (folder / FILE).touch(mode=0o600)
                (folder / FILE).chmod(0o600)
        self.engine = _engine(place)
        try:
            self._migrate()
        except SQLAlchemyError as error:
            self.engine.dispose()
            why = reason(error)
            if url is None and not os.access(folder, os.W_OK):
                why = f"nothing can be written to {folder}; make it writable, or name another folder with --workspace"
            raise WorkspaceError(f"The workspace's database {self._shown} cannot be opened: {why}.") from error
        except WorkspaceError:
            self.engine.dispose()
            raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database. Raises Unavailable where it cannot be read."""
        try:
            with Session(self.engine) as session:
                yield session
        except DatabaseError as error:
            raise _unavailable(error, "The workspace could not be read") from error

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are on the disk when the block ends, or not there at all when it raises.

        Within `together` they are on the disk when that ends.
        """
        outer: Session | None = getattr(self._batch, "session", None)
        if outer is not None:
            with outer.begin_nested():
                yield outer
            return
        try:
            with Session(self.engine.execution_options(charsam_writes=True)) as session, session.begin():
                yield session
        except DatabaseError as error:
            raise _unavailable(error, "The workspace could not be written, nothing was saved") from error

    @contextmanager
    def together(self) -> Iterator[None]:
        """Writes of this thread that become one: they wait for the disk once, and nobody else writes meanwhile.

        What is read sees nothing of them until the block ends.
        """
        with self.writing() as session:
            self._batch.session = session
            try:
                yield
            finally:
                self._batch.session = None

    def forget(self) -> None:
        """Make sure that what was deleted can't be read off the disk; SQLite keeps older pages beside the database."""
        if self.engine.dialect.name == "sqlite":
            with contextlib.suppress(SQLAlchemyError), self.engine.connect() as connection:
                connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]

    def close(self) -> None:
        self.engine.dispose()

    def _migrate(self) -> None:
        with self.engine.connect() as connection:
            if _revision(connection) == REVISION:
                return
        with self.engine.execution_options(charsam_writes=True).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            found = _revision(connection)
            if found != REVISION:  # else another process has done it while this one waited
                _upgrade(connection, found, self._shown)


def _unavailable(error: DatabaseError, what: str) -> Exception:
    """What to raise in place of a database's error; an error of the caller's stays as it is."""
    if isinstance(error, IntegrityError | ProgrammingError):
        return error
    damaged = "; the database is damaged, restore it from a backup" if "malformed" in str(error) else ""
    return Unavailable(f"{what}: {reason(error)}{damaged}.")


def reason(error: SQLAlchemyError) -> str:
    """What the database itself said, on one line, without the statement and its values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(str(cause).split())[:300].rstrip(".")


def _url(folder: Path, url: str | None) -> URL:
    if url is None:
        return URL.create("sqlite", database=str(folder / FILE))
    try:
        place = make_url(url)
    except ArgumentError as error:
        raise WorkspaceError("The workspace's database URL cannot be understood; see SQLAlchemy's docs.") from error
    if place.get_backend_name() == "sqlite" and place.database in (None, "", ":memory:"):
        raise WorkspaceError("A workspace cannot live in a database in memory; name a file.")
    return place.set(drivername="postgresql+psycopg") if place.drivername == "postgresql" else place


def _engine(place: URL) -> Engine:
    try:
        if place.get_backend_name() != "sqlite":
            return create_engine(place, pool_pre_ping=True)
        engine = create_engine(place, connect_args={"timeout": PATIENCE / 1000})
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        wanted = "; install it with: pip install 'charsam[postgres]'" if "psycopg" in str(error) else ""
        raise WorkspaceError(f"The driver for {place.drivername} is not installed ({error}){wanted}.") from error
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # Python's sqlite3 would otherwise begin, and end, transactions as it likes
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={PATIENCE}", *PRAGMAS):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: one that reads first and writes later may find its state outdated, and fail.
    writes = connection.get_execution_options().get("charsam_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, found: str | None, shown: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise WorkspaceError(
            f"The workspace's database {shown} is of revision {found}, which this version of charsam does not know; "
            "it was made by a newer one. Update charsam."
        ) from error
