"""The shards of a batch run on disk: images are staged one by one, and a full shard becomes visible in one rename.

    shards/00003.part/   being made: masks/…, rows/017 (its row, then its line of words.json), attempts/017
    shards/00003/        done: rows.jsonl, words.json, and masks/… until they are moved to their final place

Whatever is killed at whatever moment, what is staged stays, and is taken up by the next run.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from charsam.atomic import write_atomically
from charsam.batch.rows import BatchRow
from charsam.datasets import native
from charsam.datasets.writers import write_files
from charsam.runs.task import RunError

FOLDER: Final = "shards"
ROWS: Final = "rows.jsonl"
WORDS: Final = "words.json"


class Shards:
    """The shards of a run of `total` images, `size` to a shard, below the folder `out`.

    Whatever writes raises OSError, naming the file, where that fails.
    """

    def __init__(self, out: Path, size: int, total: int) -> None:
        self._out = out
        self._folder = out / FOLDER
        self._size = size
        self.total = total

    @property
    def number(self) -> int:
        """How many shards there are."""
        return -(-self.total // self._size)

    def of(self, index: int) -> int:
        """The shard of an image."""
        return index // self._size

    def images(self, shard: int) -> range:
        """The images of a shard."""
        return range(shard * self._size, min((shard + 1) * self._size, self.total))

    def is_done(self, shard: int) -> bool:
        """Whether a shard is visible."""
        return self._done(shard).is_dir()

    def is_whole(self, shard: int) -> bool:
        """Whether a visible shard has all that belongs to it."""
        try:
            return (self._done(shard) / WORDS).is_file() and all(
                (self._done(shard) / "masks" / mask).is_file() or (self._out / mask).is_file()
                for row in self.rows(shard)
                for mask in row.masks
            )
        except (OSError, RunError):
            return False

    def discard(self, shard: int) -> None:
        """Take a visible shard away, so that it is made anew."""
        shutil.rmtree(self._done(shard))

    def staged(self, shard: int) -> frozenset[int]:
        """Which of a shard's images are staged."""
        first = self.images(shard).start
        with suppress(OSError):
            return frozenset(
                first + int(path.name) for path in (self._part(shard) / "rows").iterdir() if path.name.isdecimal()
            )
        return frozenset()

    def staged_row(self, index: int) -> BatchRow:
        """The row of a staged image."""
        return self._staged(index)[0]

    def stage(self, row: BatchRow, files: dict[str, bytes], words: bytes | None) -> None:
        """Put one image into its shard. files: its masks. words: its entry of words.json; None where it failed."""
        part = self._part(self.of(row.index))
        write_files(part / "masks", files)
        path = self._numbered(part / "rows", row.index)
        path.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(path) as file:
            file.write(row.to_line() + b"\n" + (words or b""))

    def attempts(self, index: int) -> Path:
        """The file that tells how often an image was begun with, see `charsam.runs.attempts`."""
        return self._numbered(self._part(self.of(index)) / "attempts", index)

    def commit(self, shard: int) -> None:
        """Make a shard visible, all of whose images are staged; nothing where another process has done so."""
        part, done = self._part(shard), self._done(shard)
        try:
            self._fill(shard, part)
            part.rename(done)
        except OSError:
            if not done.is_dir():
                raise
            shutil.rmtree(part, ignore_errors=True)
        self._sweep(done)

    def publish(self, shard: int) -> None:
        """Move the masks of a shard that is done to their final place; nothing where they are there."""
        done = self._done(shard)
        if (done / "masks").is_dir():
            for row in self.rows(shard):
                for mask in row.masks:
                    target = self._out / mask
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with suppress(FileNotFoundError):  # an earlier run was stopped after this one
                        (done / "masks" / mask).replace(target)
            shutil.rmtree(done / "masks")
        self._sweep(done)
        # Where a machine was taken for dead, its process may have come late with an image.
        shutil.rmtree(self._part(shard), ignore_errors=True)

    def rows(self, shard: int) -> Iterator[BatchRow]:
        """The rows of a shard that is done. Raises RunError where their file is damaged."""
        with (self._done(shard) / ROWS).open("rb") as file:
            for line in file:
                yield BatchRow.from_line(line)

    def words(self, shard: int) -> Iterator[bytes]:
        """The entries of words.json of a shard that is done, a line of JSON each."""
        with (self._done(shard) / WORDS).open("rb") as file:
            for line in file:
                if line.startswith(b'{"file"'):
                    yield line.rstrip(b",\n")

    def _fill(self, shard: int, part: Path) -> None:
        """Write rows and words of a full shard, and remove what a process that was killed left half-written."""
        rows: list[BatchRow] = []
        entries: list[bytes] = []
        for index in self.images(shard):
            row, words = self._staged(index)
            rows.append(row)
            entries += [words] if words else []
        expected = {part / "masks" / mask for row in rows for mask in row.masks}
        for path in (part / "masks").rglob("*"):
            if path.is_file() and path not in expected:
                path.unlink(missing_ok=True)
        with write_atomically(part / ROWS) as file:
            file.writelines(row.to_line() + b"\n" for row in rows)
        with write_atomically(part / WORDS) as file:
            native.write_index(entries, file)

    def _staged(self, index: int) -> tuple[BatchRow, bytes]:
        """A staged image's row and its entry of words.json, empty where it failed."""
        path = self._numbered(self._part(self.of(index)) / "rows", index)
        line, _, words = path.read_bytes().partition(b"\n")
        try:
            return BatchRow.from_line(line), words
        except RunError as error:
            raise RunError(f"{path} is damaged ({error}); delete it") from error

    def _sweep(self, done: Path) -> None:
        """Remove all but the results from a shard that is done."""
        for path in done.iterdir():
            if path.name in ("rows", "attempts"):
                shutil.rmtree(path, ignore_errors=True)
            elif path.name not in (ROWS, WORDS, "masks"):
                path.unlink(missing_ok=True)

    def _done(self, shard: int) -> Path:
        return self._folder / f"{shard:05d}"

    def _part(self, shard: int) -> Path:
        return self._folder / f"{shard:05d}.part"

    def _numbered(self, folder: Path, index: int) -> Path:
        return folder / f"{index - self.images(self.of(index)).start:05d}"
