"""The example photos of `assets/examples`: NAME.jpg files and one words.json in the native format."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from charsam.errors import CharsamError
from charsam.paths import ASSETS_DIR
from charsam.server import overlays
from charsam.types import ImageArray, Word
from charsam.workspace.blobs import hash_of

FOLDER = ASSETS_DIR / "examples"
MOST = 12


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """An example photo, its words and a small JPEG of it. file: its name. data: the file's bytes."""

    file: str
    image: ImageArray
    words: tuple[Word, ...]
    thumbnail: bytes
    data: bytes

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return Path(self.file).stem

    @property
    def hash(self) -> str:
        """Of the file's bytes, as the workspace knows it."""
        return hash_of(self.data)

    @property
    def title(self) -> str:
        """The file's name in plain words."""
        return self.name.replace("_", " ").replace("-", " ")


@lru_cache(maxsize=1)
def examples(folder: Path = FOLDER) -> tuple[Example, ...]:
    """The examples in order of their names; none where the folder is missing."""
    from charsam.datasets.native import read_words
    from charsam.images import load_image

    files = sorted(folder.glob("*.jpg"))[:MOST] if folder.is_dir() else []
    try:
        words = read_words(folder / "words.json") if (folder / "words.json").is_file() else ()
    except CharsamError:
        words = ()
    found = []
    for file in files:
        try:
            data = file.read_bytes()
            image = load_image(data, name=file.name)
        except (CharsamError, OSError):
            continue
        own = next((entry.words for entry in words if Path(entry.file).name == file.name), ())
        found.append(Example(file.name, image, own, overlays.thumbnail(image, 180), data))
    return tuple(found)


def first_example() -> Example | None:
    """The example that a first visit shows."""
    return next(iter(examples()), None)
