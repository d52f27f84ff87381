"""The root of a dataset on the command line: a folder, or a zip file, which is unpacked for as long as it is needed."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from charsam.errors import DatasetError
from charsam.workspace.upload_folder import Upload, UploadFolder, lay_out


@contextmanager
def opened_root(path: Path, encoding: str | None = None) -> Iterator[Path]:
    """A folder that holds what is below a root. encoding: of names in a zip that are not UTF-8.

    Raises DatasetError for a path that does not exist, UploadError for a zip that is dangerous or damaged.
    """
    if not path.exists():
        raise DatasetError(f"{path} does not exist; expected a folder or a zip file")
    if not (path.is_file() and zipfile.is_zipfile(path)):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="charsam-root-") as folder:
        stage = UploadFolder(Path(folder).resolve())
        lay_out(stage, [Upload(path.name, path)], encoding=encoding)
        if stage.faults:
            raise DatasetError(stage.faults[0].message)
        yield stage.root
