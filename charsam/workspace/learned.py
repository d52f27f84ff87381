"""The segmenters that projects learned from their corrections: kept, used, given up, handed out."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session, defer

from charsam.atomic import write_atomically
from charsam.errors import WeightsError, WorkspaceError
from charsam.segmenters.learned import (
    MOST_BYTES,
    SUFFIX,
    LearnedCard,
    base_sum,
    load_learned,
    read_card,
    usable_name,
)
from charsam.workspace.errors import NotFound
from charsam.workspace.schema import LearnedTable
from charsam.workspace.store import Store, is_id, new_id, project_of
from charsam.workspace.values import User

MOST: Final = 20
"""Learned segmenters of a project."""
FOLDER: Final = "learned"
"""Of the workspace: where their files lie while they are used, made of the database whenever they are missing."""


@dataclass(frozen=True, slots=True)
class LearnedRow:
    """A learned segmenter of a project. at, by: when it came (ISO 8601, UTC), and who brought it. used: whether it
    makes the project's masks. card: None where its file is damaged. fits: whether it was learned on the weights of
    `compact` that this charsam has, so that it can be used.
    """

    id: str
    project: str
    name: str
    at: str
    by: str
    used: bool
    card: LearnedCard | None
    fits: bool


class LearnedSegmenters:
    """`by` is always the acting user; what is not the user's raises NotFound."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, project_id: str, by: User) -> tuple[LearnedRow, ...]:
        """Those of a project, the newest first. Raises NotFound."""
        wanted = select(LearnedTable).where(LearnedTable.project_id == project_id).options(defer(LearnedTable.body))
        with self._store.database.reading() as session:
            project_of(session, project_id, by)
            rows = session.scalars(wanted.order_by(LearnedTable.added_at.desc(), LearnedTable.id)).all()
            return tuple(self._row(row) for row in rows)

    def check_write(self, project_id: str, by: User) -> None:
        """Raises NotFound for a stranger, Forbidden for a reader."""
        with self._store.database.reading() as session:
            project_of(session, project_id, by, write=True)

    def add(self, project_id: str, body: bytes, by: User, name: str | None = None) -> LearnedRow:
        """Take the file of a learned segmenter in; it is not used yet. Another of its name gets a number.

        name: None for the one on its card. Raises WeightsError where the file is none, or was learned on other weights;
        SettingsError for a name that cannot be one; WorkspaceError where a project has too many; Forbidden for readers.
        """
        on_card = _checked(body)
        name = on_card if name is None else usable_name(name)
        with self._store.database.writing() as session:
            project_of(session, project_id, by, write=True)
            taken = set(session.scalars(select(LearnedTable.name).where(LearnedTable.project_id == project_id)))
            if len(taken) >= MOST:
                raise WorkspaceError(f"A project keeps at most {MOST} learned segmenters; delete one first.")
            row = LearnedTable(
                id=new_id(),
                project_id=project_id,
                name=_free(name, taken),
                body=body,
                added_at=self._store.now(),
                added_by=by.name,
                used=False,
            )
            session.add(row)
            session.flush()
            return self._row(row)

    def use(self, project_id: str, learned_id: str | None, by: User) -> None:
        """Let one of them make the project's masks from now on; None: `compact` again. Raises NotFound, Forbidden."""
        with self._store.database.writing() as session:
            project_of(session, project_id, by, write=True)
            session.execute(update(LearnedTable).where(LearnedTable.project_id == project_id).values(used=False))
            if learned_id is not None:
                _of_project(session, project_id, learned_id).used = True

    def remove(self, project_id: str, learned_id: str, by: User) -> None:
        """Delete one for good; where it was used, `compact` makes the masks again. Raises NotFound, Forbidden."""
        with self._store.freeing() as session:
            project_of(session, project_id, by, write=True)
            session.delete(_of_project(session, project_id, learned_id))
        shutil.rmtree(self._store.folder / FOLDER / learned_id, ignore_errors=True)

    def body(self, project_id: str, learned_id: str, by: User) -> tuple[str, bytes]:
        """Its name and its file. Raises NotFound."""
        with self._store.database.reading() as session:
            project_of(session, project_id, by)
            row = _of_project(session, project_id, learned_id)
            return row.name, row.body

    def used_file(self, project_id: str) -> Path | None:
        """The file of the one that makes a project's masks; None where `compact` does. For whoever may see the project.

        Raises OSError where it cannot be laid out.
        """
        wanted = select(LearnedTable).where(LearnedTable.project_id == project_id, LearnedTable.used)
        with self._store.database.reading() as session:
            row = session.scalar(wanted.options(defer(LearnedTable.body)))
            return None if row is None else self._laid_out(row)

    def used_name(self, project_id: str) -> str | None:
        """The name of the one that makes a project's masks; None where `compact` does. For whoever may see the
        project.
        """
        wanted = select(LearnedTable.name).where(LearnedTable.project_id == project_id, LearnedTable.used)
        with self._store.database.reading() as session:
            return session.scalar(wanted)

    def sweep(self) -> None:
        """Remove the files of those that are no more. Call it at a start."""
        with self._store.database.reading() as session:
            known = set(session.scalars(select(LearnedTable.id)))
        for folder in (self._store.folder / FOLDER).glob("*"):
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def _laid_out(self, row: LearnedTable) -> Path:
        path = self._store.folder / FOLDER / row.id / f"{row.name}{SUFFIX}"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with write_atomically(path) as stream:
                stream.write(row.body)
        return path

    def _row(self, row: LearnedTable) -> LearnedRow:
        card, fits = None, False
        try:
            card = read_card(self._laid_out(row))
            fits = card.base == base_sum()
        except (WeightsError, OSError):
            pass
        return LearnedRow(row.id, row.project_id, row.name, row.added_at, row.added_by, row.used, card, fits)


def _of_project(session: Session, project_id: str, learned_id: str) -> LearnedTable:
    found = session.get(LearnedTable, learned_id) if is_id(learned_id) else None
    if found is None or found.project_id != project_id:
        raise NotFound("There is no such learned segmenter here (any more).")
    return found


def _checked(body: bytes) -> str:
    """The name on the card of a file that can be used. Raises WeightsError."""
    if len(body) > MOST_BYTES:
        raise WeightsError(f"a learned segmenter has at most {MOST_BYTES // 10**6} MB; this file is larger")
    with tempfile.TemporaryDirectory(prefix="charsam-learned-") as folder:
        path = Path(folder) / f"file{SUFFIX}"
        path.write_bytes(body)
        try:
            return load_learned(path).name
        except WeightsError as error:
            raise WeightsError(
                str(error).replace(f"{path} ", "the file ").replace(f"{path.name} ", "the file ")
            ) from error


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        ending = f" {number}"
        free, number = usable_name(f"{name[: 40 - len(ending)]}{ending}"), number + 1
    return free
