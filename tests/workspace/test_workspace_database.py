"""The database: its schema comes from the migrations, and nothing acknowledged waits for a later write."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from workspaces import OpenWorkspace

import charsam.workspace
from charsam.errors import WorkspaceError
from charsam.workspace.schema import REVISION, Table
from charsam.workspace.workspace import Workspace

MIGRATIONS = Path(charsam.workspace.__file__).parent / "migrations"


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(workspace: Workspace) -> None:
    with workspace._database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, Table.metadata) == []
        assert context.get_current_revision() == REVISION


def test_the_newest_migration_is_the_one_that_the_code_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


def test_opening_again_keeps_what_is_there(url: str | None, open_workspace: OpenWorkspace) -> None:
    first = open_workspace(url)
    ann = first.guest("Ann")
    project = first.create_project("Signs", ann)
    first.close()

    assert open_workspace(url).projects(ann) == (project,)


def test_a_database_of_a_newer_version_is_left_alone(url: str | None, open_workspace: OpenWorkspace) -> None:
    first = open_workspace(url)
    with first._database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    first.close()

    with pytest.raises(WorkspaceError, match="of revision 9999, which this version of charsam does not know"):
        open_workspace(url)


def test_sqlite_writes_through_to_the_disk_and_checks_its_references(open_workspace: OpenWorkspace) -> None:
    with open_workspace()._database.reading() as session:
        pragmas = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in
                   ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}  # fmt: skip

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_url_that_cannot_be_used_is_explained(open_workspace: OpenWorkspace, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be understood"):
        open_workspace("no url at all")
    with pytest.raises(WorkspaceError, match="in memory"):
        open_workspace("sqlite://")
    with pytest.raises(WorkspaceError, match="driver for oracle"):
        open_workspace("oracle://scott:tiger@nowhere/db")
    with pytest.raises(WorkspaceError, match="cannot be opened") as caught:
        open_workspace(f"postgresql://ann:secret@/db?host={tmp_path}")
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_left_alone(open_workspace: OpenWorkspace, tmp_path: Path) -> None:
    file = tmp_path / "workspace" / "workspace.sqlite"
    file.parent.mkdir()
    file.write_bytes(b"somebody's notes, not a database at all" * 100)

    with pytest.raises(WorkspaceError, match="file is not a database"):
        open_workspace()
    assert file.read_bytes().startswith(b"somebody's notes")
