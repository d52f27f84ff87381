"""The truth of images: given by somebody, kept with the image, compared with its masks by all who may see it."""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import select

from charsam.errors import DatasetError, WorkspaceError
from charsam.inspection.truth_files import TruthFile, truth_of_png, truth_png
from charsam.workspace.quota import check_quota
from charsam.workspace.schema import BlobTable, ImageTable, ProjectTable, TruthTable
from charsam.workspace.store import Store, image_of, project_of
from charsam.workspace.values import User

MOST_BYTES: Final = 8 * 2**20
"""Of one truth as it is kept; a mask of text takes a hundredth of that."""


class Truths:
    """`by` is always the acting user; what is not the user's raises NotFound."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, project_id: str, by: User) -> dict[str, str]:
        """Which images of a project have one: {image id: since when}. Raises NotFound."""
        wanted = select(TruthTable.image_id, TruthTable.given_at).join(ImageTable)
        with self._store.database.reading() as session:
            project_of(session, project_id, by)
            rows = session.execute(wanted.where(ImageTable.project_id == project_id))
            return {row.image_id: row.given_at for row in rows}

    def since(self, image_id: str, by: User) -> str | None:
        """When the truth of an image was given (ISO 8601, UTC); None where there is none. Raises NotFound."""
        with self._store.database.reading() as session:
            image_of(session, image_id, by)
            return session.scalar(select(TruthTable.given_at).where(TruthTable.image_id == image_id))

    def get(self, image_id: str, by: User) -> TruthFile | None:
        """The truth of an image; None where there is none. Raises NotFound; DatasetError where it is damaged."""
        with self._store.database.reading() as session:
            image_of(session, image_id, by)
            row = session.get(TruthTable, image_id)
            if row is None:
                return None
            categories = None if row.categories is None else json.loads(row.categories)
            return TruthFile(truth_of_png(row.body), row.form, categories)

    def give(self, image_id: str, truth: TruthFile, by: User) -> None:
        """Keep a truth in place of the one before. Raises NotFound; Forbidden for a reader; DatasetError for one of
        another size than the image; QuotaExceeded; WorkspaceError for one that is too large.
        """
        body, height, width = truth_png(truth.truth), *truth.truth.text.shape
        if len(body) > MOST_BYTES:
            raise WorkspaceError(f"A true mask takes at most {MOST_BYTES >> 20} MB as PNG; this one takes more.")
        with self._store.database.writing() as session:
            image = image_of(session, image_id, by, lock=True)
            blob = session.get_one(BlobTable, image.blob_hash)
            if (blob.height, blob.width) != (height, width):
                raise DatasetError(
                    f"the truth has {width} x {height} pixels; its image has {blob.width} x {blob.height}"
                )
            row = session.get(TruthTable, image_id) or TruthTable(image_id=image_id, body=b"")
            project = session.get_one(ProjectTable, image.project_id)
            check_quota(session, self._store.quota, project, len(body) - len(row.body), images=0)
            row.body, row.form = body, truth.form
            row.categories = None if truth.categories is None else json.dumps(truth.categories, ensure_ascii=False)
            row.given_at, row.given_by = self._store.now(), by.name
            session.add(row)

    def take_back(self, image_id: str, by: User) -> None:
        """Forget the truth of an image. Raises NotFound; Forbidden for a reader."""
        with self._store.freeing() as session:
            image_of(session, image_id, by, lock=True)
            row = session.get(TruthTable, image_id)
            if row is not None:
                session.delete(row)
