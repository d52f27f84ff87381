"""Workspaces on both databases; the PostgreSQL server is one that the tests start themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from workspaces import OpenWorkspace

from charsam.workspace.values import Project, User
from charsam.workspace.workspace import Workspace

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a database of a PostgreSQL server in a folder of its own; it syncs nothing."""
    tools = _postgres_tools()
    if tools is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    as_owner: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="charsam-pg-"))
    if os.geteuid() == 0:  # its server refuses to be run by root
        if shutil.which("runuser") is None:
            pytest.skip("PostgreSQL can't be run by root, and there is no runuser to become somebody else")
        as_owner = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")
    data = folder / "data"
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=60"
    start = [tools / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start"]
    stop = [tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
    try:
        for command in ([tools / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N"], start):
            subprocess.run([*as_owner, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        subprocess.run([*as_owner, *map(str, stop)], check=False, capture_output=True, cwd=folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Where the database is to be: an empty one of each kind in turn."""
    if request.param == "sqlite":
        return None
    server: str = request.getfixturevalue("postgres")
    name = f"test{next(_numbers)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))  # made at once, where a database takes a second
    engine.dispose()
    return f"{server}&options=-csearch_path%3D{name}"


@pytest.fixture
def open_workspace(tmp_path: Path) -> Iterator[OpenWorkspace]:
    """Opens workspaces in the test's folder and closes them at its end."""
    opened: list[Workspace] = []

    def open_one(url: str | None = None, **more: object) -> Workspace:
        opened.append(Workspace.open(tmp_path / "workspace", url, **more))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for workspace in opened:
        workspace.close()


@pytest.fixture
def workspace(url: str | None, open_workspace: OpenWorkspace) -> Workspace:
    """A new workspace, on each database in turn."""
    return open_workspace(url)


@pytest.fixture
def ann(workspace: Workspace) -> User:
    """Somebody at work."""
    return workspace.accounts.guest("Ann")


@pytest.fixture
def project(workspace: Workspace, ann: User) -> Project:
    """An empty project of Ann's."""
    return workspace.projects.create("Signs", ann)


def _postgres_tools() -> Path | None:
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None
