"""A folder of results opened for inspection: what `charsam annotate`, `refine` or `evaluate` has written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from charsam.datasets.base import Sample, TruthMask
from charsam.datasets.fields import Field
from charsam.datasets.files import FileTree
from charsam.datasets.json_file import members, read_entry
from charsam.datasets.native import check_version, match_images
from charsam.datasets.registry import open_dataset
from charsam.editing.document import Document
from charsam.editing.image_edits import with_imported
from charsam.editing.native_words import imported_words
from charsam.errors import CharsamError, DatasetError, WordsError, sentence
from charsam.images import load_image
from charsam.inspection.findings import WordFinding, inspect_image

WORDS: Final = "words.json"
WORDS_FOLDER: Final = "words"
"""Where `charsam evaluate` puts a words file for each image."""
SCORES: Final = "scores.json"
LOG: Final = Path("log") / "log.jsonl"


@dataclass(frozen=True, slots=True)
class Inspected:
    """One image of a folder of results. findings: its words; problem: why there are none, where it failed."""

    file: str
    image: Path | None
    findings: tuple[WordFinding, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where the entry of one image lies: bytes start..stop of a words file."""

    file: str
    words: Path
    start: int
    stop: int


class Results:
    """The results of a folder, read one image at a time.

    folder: has words.json, or words/NAME.json. images: the folder of the photos; None to take it from what the results
    say of themselves. truth: (format of `charsam.datasets`, root); None for that of an evaluation, if it is one.
    Raises DatasetError, saying what to give, where the folder holds no results or the photos are not found.
    """

    def __init__(self, folder: Path, images: Path | None = None, truth: tuple[str, Path] | None = None) -> None:
        self.folder = folder
        self._entries = _entries(folder)
        scores = _json(folder / SCORES)
        if truth is None and scores is not None:
            truth = str(scores.get("dataset")), Path(str(scores.get("root")))
        roots = [images] if images is not None else _named_roots(folder, scores)
        self._images = _matched(self._entries, roots, folder)
        self._truth = {} if truth is None else _truths(*truth, split=None if scores is None else scores.get("split"))
        self.has_truth = truth is not None

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Inspected]:
        for entry in self._entries:
            image = self._images.get(entry.file)
            try:
                yield self._inspected(entry, image)
            except (CharsamError, OSError) as error:
                yield Inspected(entry.file, image, problem=sentence(error))

    def _inspected(self, entry: _Entry, image: Path | None) -> Inspected:
        if image is None:
            raise DatasetError(f"the photo {entry.file} is not there")
        item = Field(f"{entry.words.name}: {entry.file}", read_entry(entry.words, entry.start, entry.stop))
        pixels = load_image(image)
        document = document_of(item, pixels.shape)
        sample = self._truth.get(Path(entry.file).stem)
        truth: TruthMask | None = None
        if sample is not None and sample.truth is not None:
            truth = sample.truth()
        categories = None if sample is None else [one.category for word in sample.words for one in word.characters]
        return Inspected(entry.file, image, inspect_image(pixels, document, truth, categories))


def document_of(item: Field, shape: Sequence[int]) -> Document:
    """An entry of a native words file as a document, with its masks. shape: of the image.

    Raises WordsError, naming the field, for what is malformed or is for an image of another size.
    """
    height, width = shape[:2]
    for name, size in (("width", width), ("height", height)):
        stored = item.find(name)
        if stored is not None and round(stored.number()) != size:
            raise stored.error(f"the photo has {size} pixels there")
    return with_imported(Document(width, height), imported_words(item.get("words"), (height, width)))


def _entries(folder: Path) -> list[_Entry]:
    single, several = folder / WORDS, sorted((folder / WORDS_FOLDER).glob("*.json"))
    files = [single] if single.is_file() else several
    if not files:
        raise DatasetError(
            f"{folder} holds neither {WORDS} nor a folder {WORDS_FOLDER}; name the folder that charsam annotate, "
            "refine or evaluate has written (--out)"
        )
    found: dict[str, _Entry] = {}
    for path in files:
        for member in members(path, {"charsam": object, "images": list}):
            place = f"{path.name}: {'charsam' if member.field == 'charsam' else f'images[{member.key}]'}"
            item = Field(place, member.value)
            if member.field == "charsam":
                check_version(item)
            elif member.key is not None:
                file = item.get("file").text()
                if file in found:
                    raise WordsError(f"{place}.file: there is an entry for {file[:80]} before")
                found[file] = _Entry(file, path, member.start, member.stop)
    return list(found.values())


def _named_roots(folder: Path, scores: dict[str, Any] | None) -> list[Path]:
    """Where the photos may be, after what the results say."""
    roots = [] if scores is None else [Path(str(scores.get("root")))]
    try:
        for line in (folder / LOG).read_text(encoding="utf-8").splitlines():
            if '"root"' in line:
                roots.append(Path(str(json.loads(line)["root"])))
    except (OSError, ValueError, KeyError):
        pass
    return [*roots[-2:], folder]


def _matched(entries: Sequence[_Entry], roots: Sequence[Path], folder: Path) -> dict[str, Path]:
    """The photo of every entry. Raises DatasetError where none is found."""
    for root in roots:
        if not root.is_dir():
            continue
        tree = FileTree(root)
        photos = [file for file in tree.photos() if not file.name.endswith(("_text.png", "_chars.png"))]
        shown = {_as_written(photo): photo for photo in photos}
        matches, _ = match_images([entry.file for entry in entries], list(shown))
        if matches:
            return {entries[place].file: shown[image] for image, place in matches.items()}
    looked = ", ".join(str(root) for root in roots)
    named = entries[0].file if entries else "of the results"
    raise DatasetError(f"the photo {named[:80]} is not in {looked}; say where the photos are (--images FOLDER)")


def _truths(name: str, root: Path, split: str | None) -> dict[str, Sample]:
    """The samples of a dataset by the stems of their images."""
    dataset = open_dataset(name, root, split)
    return {sample.image.stem: sample for sample in dataset.samples()}


def _json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _as_written(photo: Path) -> Path:
    """A path as words.json has it, where a name that is not UTF-8 is spelled out, read as `match_images` reads that."""
    written = str(photo).encode("utf-8", "backslashreplace").decode()
    return photo if written == str(photo) else Path(written.replace("\\", "/"))
