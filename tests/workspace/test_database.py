"""The database: its schema comes from the migrations, and nothing acknowledged waits for a later write."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from workspaces import OpenWorkspace, add_word, picture

from charsam.errors import WorkspaceError
from charsam.workspace import database
from charsam.workspace.database import MIGRATIONS
from charsam.workspace.schema import REVISION, Table
from charsam.workspace.values import Role
from charsam.workspace.workspace import Workspace

NEXT = f"""
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{REVISION}"


def upgrade() -> None:
    op.add_column("projects", sa.Column("colour", sa.String(20), nullable=False, server_default="red"))
    op.execute("UPDATE projects SET name = name || ' of old'")
"""


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(workspace: Workspace) -> None:
    with workspace.store.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, Table.metadata) == []
        assert context.get_current_revision() == REVISION


def test_the_newest_migration_is_the_one_that_the_code_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


def test_opening_again_keeps_what_is_there(url: str | None, open_workspace: OpenWorkspace) -> None:
    first = open_workspace(url)
    ann = first.accounts.guest("Ann")
    project = first.projects.create("Signs", ann)
    first.close()

    assert open_workspace(url).projects.of(ann) == (project,)


@pytest.fixture
def next_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The version after the newest one, in which projects have a colour; returns its migration."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    monkeypatch.setattr(database, "MIGRATIONS", folder)
    monkeypatch.setattr(database, "REVISION", "next")
    migration = folder / "versions" / "v9999_next.py"
    migration.write_text(NEXT)
    return migration


def test_a_workspace_of_the_first_schema_is_brought_up_to_date_with_all_that_is_in_it(
    url: str | None, open_workspace: OpenWorkspace, request: pytest.FixtureRequest
) -> None:
    first = open_workspace(url)
    ann = first.accounts.guest("Ann")
    project = first.projects.create("Signs", ann)
    image = first.images.add(project.id, "a.png", picture(), ann)
    add_word(first, image.id, ann)
    before = first.history.document(image.id, ann)
    first.close()

    request.getfixturevalue("next_schema")
    second = open_workspace(url)

    assert [found.name for found in second.projects.of(ann)] == ["Signs of old"]
    assert second.history.document(image.id, ann) == before
    with second.store.database.reading() as session:
        assert session.execute(text("SELECT colour FROM projects")).scalars().all() == ["red"]
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar() == "next"


def test_a_migration_that_fails_changes_nothing(
    url: str | None, open_workspace: OpenWorkspace, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_workspace(url)
    project = first.projects.create("Signs", first.accounts.guest("Ann"))
    first.close()
    with monkeypatch.context() as later:
        migration: Path = request.getfixturevalue("next_schema")
        migration.write_text(NEXT + "    op.execute('no statement at all')\n")
        with pytest.raises(WorkspaceError, match="cannot be opened"):
            open_workspace(url)
        later.setattr(database, "REVISION", REVISION)

        again = open_workspace(url)

        assert again.projects.of(again.accounts.guest("Ann")) == (project,)


def test_a_database_of_a_newer_version_is_left_alone(url: str | None, open_workspace: OpenWorkspace) -> None:
    first = open_workspace(url)
    with first.store.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    first.close()

    with pytest.raises(WorkspaceError, match="of revision 9999, which this version of charsam does not know"):
        open_workspace(url)


def test_sqlite_writes_through_to_the_disk_and_checks_its_references(open_workspace: OpenWorkspace) -> None:
    with open_workspace().store.database.reading() as session:
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


def test_a_workspace_of_the_first_schema_gets_roles_and_a_trash(
    url: str | None, open_workspace: OpenWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, signs = "a" * 32, "b" * 32, "c" * 32
    with monkeypatch.context() as older:
        folder = tmp_path / "first"
        shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("v000[2-9]*"))
        older.setattr(database, "MIGRATIONS", folder)
        older.setattr(database, "REVISION", "0001")
        first = open_workspace(url)
        with first.store.database.writing() as session:
            for statement in (
                f"INSERT INTO users (id, name, name_key, created_at) VALUES ('{ann}', 'ann', 'ann', '2026')",
                f"INSERT INTO users (id, name, name_key, created_at) VALUES ('{bob}', 'bob', 'bob', '2026')",
                f"INSERT INTO projects (id, name, owner_id, created_at) VALUES ('{signs}', 'Signs', '{ann}', '2026')",
                f"INSERT INTO members (project_id, user_id) VALUES ('{signs}', '{ann}'), ('{signs}', '{bob}')",
            ):
                session.execute(text(statement))
        first.close()

    second = open_workspace(url)

    roles = {one.user.name: one.role for one in second.team.members(signs, second.accounts.guest("bob"))}
    assert roles == {"ann": Role.OWNER, "bob": Role.LABELER}
    assert second.trash.images(signs, second.accounts.guest("ann")) == ()


def test_a_folder_that_cannot_be_written_is_named(
    open_workspace: OpenWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_workspace().close()
    (tmp_path / "workspace" / "workspace.sqlite").unlink()
    (tmp_path / "workspace" / "workspace.sqlite").mkdir()  # which can't be opened, as little as one that is read-only
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    with pytest.raises(WorkspaceError, match=r"nothing can be written to .*workspace; make it writable"):
        open_workspace()
