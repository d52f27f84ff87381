"""`charsam annotate`: images in, masks and words.json out."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from charsam.cli_settings import add_choices, add_details, settings_of
from charsam.datasets.encodings import reading_as
from charsam.datasets.image_names import MISSING, ImageNames, match
from charsam.datasets.label_pictures import label_pictures
from charsam.datasets.listing import FaultLog
from charsam.datasets.native import image_entry, list_images
from charsam.datasets.pictures import image_size
from charsam.datasets.readers import READERS
from charsam.datasets.registry import open_dataset
from charsam.errors import CharsamError, SettingsError, WeightsError, WordsError, sentence
from charsam.export import write_masks, write_words
from charsam.images import is_image_file, load_image, stretch_note, unread_picture
from charsam.locking import locked
from charsam.pipeline import CharSAM
from charsam.remarks import remarks_on
from charsam.roots import opened_root
from charsam.text import is_made_of
from charsam.trace import Settings
from charsam.types import ImageAnnotation, Word

WORDED: Final = ("auto", *READERS, "mlt-s", "coco-ts")
"""The formats whose words can be annotated; auto: told by the fields of the files."""
LOCK: Final = ".charsam-annotate.lock"
INDEX_SHARE: Final = 20
"""After words.json was written, it is not written again for so many times as long as that took, but at the end."""


@dataclass(frozen=True, slots=True)
class Job:
    """One image, the name that words.json calls it by, and the stem of its masks. also: other paths that lead to it."""

    image: Path
    file: str
    stem: str
    also: tuple[Path, ...] = ()


_Words = tuple[Word, ...] | CharsamError
"""Of an image; or why they cannot be had."""


@dataclass(frozen=True, slots=True)
class _Given:
    """The words of images. faults: how many words or entries could not be used. lost: entries that are for no image."""

    words: Mapping[Path, _Words]
    faults: int = 0
    lost: int = 0


def add_parser(commands: Any) -> None:
    """Add the command to the subparsers of `charsam`."""
    parser = commands.add_parser(
        "annotate",
        help="make the masks of every character of images",
        description="Writes OUT/words.json and for each image OUT/STEM_text.png (8-bit, 0 / 255) and "
        "OUT/STEM_chars.png (16-bit, the mask_value of each character), at the image's own size. "
        "Without --words the words are found and read. With --root the one name before it is a format, whose words are "
        "taken: " + ", ".join(WORDED) + ".",
    )
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE_OR_FOLDER_OR_FORMAT")
    parser.add_argument("--words", type=Path, help="words of the images, in the native format")
    parser.add_argument(
        "--ignore-marks",
        default="",
        metavar="MARKS",
        help="with --words: ignore words whose text has no other characters than these, such as '#*.'",
    )
    parser.add_argument("--root", type=Path, help="folder or zip file that holds a dataset in the format named before")
    parser.add_argument("--split", default=None, help="of the dataset: train, val or test, where it has them")
    parser.add_argument("--encoding", default=None, help="of text files that are not UTF-8, such as gb18030 or cp1252")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results; made where it is missing")
    add_choices(parser)
    add_details(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0: all images done; 1: some failed; 2: the arguments cannot be used."""
    try:
        settings = settings_of(args, args.segmenter, args.prompts, args.templates)
        if args.words is not None and args.words.resolve() == (args.out / "words.json").resolve():
            raise SettingsError(f"{args.words} would be overwritten by the result; choose another folder for --out")
        with ExitStack() as stack:
            stack.enter_context(reading_as(args.encoding))
            if args.root is not None:
                jobs, given = _dataset(args, stack.enter_context(opened_root(args.root, args.encoding)))
            else:
                jobs = jobs_of(args.images, args.out.resolve())
                given = _Given({}) if args.words is None else _words(args.words, jobs, args.ignore_marks)
            args.out.mkdir(parents=True, exist_ok=True)
            with locked(args.out / LOCK) as mine:
                if not mine:
                    raise SettingsError(f"another run is writing to {args.out}; wait for it, or choose another --out")
                status = _annotate_all(jobs, given.words, settings, args.out)
        missing = len(jobs) - len(given.words)
        return 1 if given.faults or (given.lost and missing) else status
    except (CharsamError, OSError) as error:
        _say(sentence(error))
        return 2


def _dataset(args: argparse.Namespace, root: Path) -> tuple[list[Job], _Given]:
    """The images of a dataset below a root with their words; what is wrong with it is said."""
    form = str(args.images[0])
    if len(args.images) > 1 or form not in WORDED:
        raise SettingsError(f"with --root, name one format: {', '.join(WORDED)}")
    if args.words is not None:
        raise SettingsError("--words is for images; with --root the words are those of the dataset")
    dataset = open_dataset(form, root, args.split)
    jobs, words = [], {}
    for sample in dataset.samples():
        try:
            file = sample.image.relative_to(root).as_posix()
        except ValueError:
            file = sample.image.name
        jobs.append(Job(sample.image, file, sample.name))
        words[sample.image] = sample.words
    for fault in dataset.faults:
        _say(fault.message)
    if not jobs:
        raise SettingsError(f"{args.root} has no image with words")
    return jobs, _Given(words, len(dataset.faults))


def _words(path: Path, jobs: Sequence[Job], ignored: str) -> _Given:
    """The words of a native file, matched with the images. What is malformed is said, and costs nothing but itself.
    ignored: the marks of which a word that is not to be read is made.

    Raises WordsError for a file that holds no entry that can be read.
    """
    log = FaultLog(strict=False)
    listed = list_images([path], log)
    if not listed and log.faults():
        raise WordsError(log.faults()[0].message)
    names = [(str(place), job) for job in jobs for place in (job.image.absolute(), job.image.resolve(), *job.also)]
    lost: dict[int, str] = {}
    found = match([(one.names, "") for one in listed], ImageNames(names), lost.__setitem__)
    for why in lost.values():
        _say(f"{path}: {why.replace(MISSING, 'no image given for the entry')}")
    words: dict[Path, _Words] = {}
    for job, place in found.items():
        try:
            words[job.image] = _ignoring(listed[place].words(image_size(job.image), log), ignored)
        except CharsamError as error:
            words[job.image] = error
    if log.faults() and not any(words.values()):
        raise WordsError(log.faults()[0].message)
    for fault in log.faults():
        _say(fault.message)
    for job in jobs:
        if job.image not in words:
            _say(f"{path}: there is no entry for {job.file}; its words are found and read")
    return _Given(words, len(log.faults()), len(lost))


def _ignoring(words: Sequence[Word], marks: str) -> tuple[Word, ...]:
    """The words, those ignored that have no text but these marks."""
    return tuple(replace(word, ignore=True) if is_made_of(word.text or "", marks) else word for word in words)


def _say(message: str) -> None:
    print(f"charsam annotate: {message}", file=sys.stderr)


class _Index:
    """words.json, written again while the run goes on: after each image, unless that takes a share of the time."""

    def __init__(self, out: Path) -> None:
        self.entries: list[dict[str, Any]] = []
        self._out = out
        self._due = 0.0

    def add(self, entry: dict[str, Any]) -> None:
        """Raises OSError where the file cannot be written."""
        self.entries.append(entry)
        begun = time.monotonic()
        if begun >= self._due:
            write_words(self._out, self.entries)
            now = time.monotonic()
            self._due = now + (now - begun) * INDEX_SHARE


def _annotate_all(jobs: Sequence[Job], words: Mapping[Path, _Words], settings: Settings, out: Path) -> int:
    """Raises WeightsError where the models cannot be loaded."""
    pipeline = CharSAM()
    pipeline.load()
    pipeline.segmenter(settings.segmenter)
    index = _Index(out)
    entries = index.entries
    failed, characters, doubtful, problems = 0, 0, 0, 0
    try:
        for job in tqdm(jobs, unit="image", disable=None):
            try:
                annotation = _annotate(pipeline, job, words.get(job.image), settings)
                write_masks(out, job.stem, annotation)
            except WeightsError:  # no image can be done
                raise
            except Exception as error:  # whatever is wrong with one image, the others are done
                failed += 1
                tqdm.write(f"charsam annotate: {job.image}: {sentence(error)}", file=sys.stderr)
                continue
            for problem in annotation.problems:
                tqdm.write(f"charsam annotate: {job.image}: {problem}", file=sys.stderr)
            for number, word in enumerate(annotation.words, start=1):
                for remark in remarks_on(word):
                    told = f"word {number} ({word.text[:40]}): {remark}"
                    tqdm.write(f"charsam annotate: {job.image}: {told}", file=sys.stderr)
            with suppress(OSError):  # it is tried again, and said, at the end
                index.add(image_entry(job.file, annotation))
            characters += len(annotation.characters)
            doubtful += sum(character.to_check for character in annotation.characters)
            problems += len(annotation.problems)
    finally:
        written = _write_words(out, entries)
    unusable = f", {problems} words could not be used" if problems else ""
    print(
        f"{len(entries)} of {len(jobs)} images done, {failed} failed: "
        f"{characters} characters, {doubtful} to check{unusable}"
    )
    return 0 if written and not failed else 1


def _write_words(out: Path, entries: Sequence[dict[str, Any]]) -> bool:
    try:
        write_words(out, entries)
    except OSError as error:
        print(f"charsam annotate: {sentence(error)}", file=sys.stderr)
        return False
    return True


def _annotate(pipeline: CharSAM, job: Job, words: _Words | None, settings: Settings) -> ImageAnnotation:
    image = load_image(job.image)
    note = stretch_note(job.image, job.image.name)
    if note is not None:
        tqdm.write(f"charsam annotate: {note}", file=sys.stderr)
    if isinstance(words, CharsamError):
        raise words
    annotation = pipeline.run(image, words, settings).annotation
    assert annotation is not None
    return annotation


def jobs_of(given: Sequence[Path], out: Path) -> list[Job]:
    """Every image once, those in the folder for the results and masks of others left out.

    Raises SettingsError for a path that does not exist, or where there is no image at all.
    """
    found: dict[Path, str] = {}
    paths: dict[Path, list[Path]] = defaultdict(list)
    for path in given:
        if path.is_dir():
            images = {p: p.relative_to(path).as_posix() for p in sorted(path.rglob("*")) if p.is_file()}
            for file, name in images.items():
                if (why := unread_picture(file)) is not None:
                    _say(f"{name} was left out: {why}")
            images = {p: name for p, name in images.items() if is_image_file(p)}
            if out != path.resolve():
                images = {p: name for p, name in images.items() if out not in p.resolve().parents}
            for mask, photo in label_pictures(images, ()).items():
                _say(f"{mask} is a mask of {photo}; it was left out")
                del images[mask]
            for image, name in images.items():
                found.setdefault(image.resolve(), name)
                paths[image.resolve()].append(image.absolute())
        elif path.exists() and not path.is_file():
            raise SettingsError(f"{path} is neither a file nor a folder")
        elif path.exists():
            found.setdefault(path.resolve(), path.name)
            paths[path.resolve()].append(path.absolute())
        else:
            raise SettingsError(f"{path} does not exist")
    if not found:
        raise SettingsError(f"there is no image in {', '.join(str(path) for path in given)}")
    return [replace(job, also=tuple(paths[job.image])) for job in _with_stems(_told_apart(found))]


def _told_apart(found: dict[Path, str]) -> dict[Path, str]:
    """The images' names, of those that repeat as much of the path as tells them apart."""
    names = dict(found)
    depth = 1
    while len(set(names.values())) < len(names):
        depth += 1
        repeated = Counter(names.values())
        names = {image: "/".join(image.parts[-depth:]) if repeated[name] > 1 else name for image, name in names.items()}
    return names


def _with_stems(found: dict[Path, str]) -> list[Job]:
    """Stems that no two images share: the file's own where it is the only one, else with its folder and suffix."""
    plain = Counter(Path(file).stem.casefold() for file in found.values())
    jobs, taken = [], set()
    for image, name in found.items():
        file = name.encode("utf-8", "backslashreplace").decode()
        stem = Path(file).stem
        if plain[stem.casefold()] > 1:
            stem = file.replace("/", "__").replace(".", "_")
        number = 2
        unique = stem
        while unique.casefold() in taken:
            unique, number = f"{stem}_{number}", number + 1
        taken.add(unique.casefold())
        jobs.append(Job(image, file, unique))
    return jobs
