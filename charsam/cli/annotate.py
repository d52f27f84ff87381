"""`charsam annotate`: images in, masks and words.json out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from tqdm import tqdm

from charsam.cli.command import arguments, command, say
from charsam.cli.image_jobs import Job, jobs_of
from charsam.cli.options import Encoding, Out, Split, takes_settings
from charsam.datasets.encodings import reading_as
from charsam.datasets.image_names import MISSING, ImageNames, match
from charsam.datasets.listing import FaultLog
from charsam.datasets.native import image_entry, list_images
from charsam.datasets.pictures import image_size
from charsam.datasets.readers import READERS
from charsam.datasets.registry import open_dataset
from charsam.errors import CharsamError, SettingsError, WeightsError, WordsError, sentence
from charsam.export import write_masks, write_words
from charsam.images import load_image, stretch_note
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


_Words = tuple[Word, ...] | CharsamError
"""Of an image; or why they cannot be had."""


@dataclass(frozen=True, slots=True)
class _Given:
    """The words of images. faults: how many words or entries could not be used. lost: entries that are for no image."""

    words: Mapping[Path, _Words]
    faults: int = 0
    lost: int = 0


@command("annotate", example="charsam annotate photos/ --words words.json --out OUT")
@takes_settings()
def annotate(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE_OR_FOLDER", help="images, folders of images, or with --root a format")
    ],
    *,
    out: Out,
    words: Annotated[
        Path | None, typer.Option(metavar="WORDS.JSON", help="words of the images, in the native format")
    ] = None,
    ignore_marks: Annotated[
        str,
        typer.Option(
            metavar="MARKS",
            help="with --words: ignore words whose text has no other characters than these, such as '#*.'",
        ),
    ] = "",
    root: Annotated[
        Path | None,
        typer.Option(
            metavar="ROOT",
            help=f"folder or zip file that holds a dataset in the format named before: {', '.join(WORDED)}",
        ),
    ] = None,
    split: Split = None,
    encoding: Encoding = None,
    settings: Settings,
) -> int:
    """Make the masks of every character of images.

    Writes OUT/words.json and for each image OUT/STEM_text.png (8-bit, 0 / 255) and OUT/STEM_chars.png (16-bit, the
    mask_value of each character), at the image's own size. Without --words the words are found and read. With
    --root the one name before it is a format, whose words are taken; auto: told by its files.
    """
    with arguments(), ExitStack() as stack:
        if words is not None and words.resolve() == (out / "words.json").resolve():
            raise SettingsError(f"{words} would be overwritten by the result; choose another folder for --out")
        stack.enter_context(reading_as(encoding))
        if root is not None:
            if words is not None:
                raise SettingsError("--words is for images; with --root the words are those of the dataset")
            folder = stack.enter_context(opened_root(root, encoding))
            jobs, given = _dataset(images, root, folder, split)
        else:
            jobs = jobs_of(images, out.resolve())
            given = _Given({}) if words is None else _words(words, jobs, ignore_marks)
        out.mkdir(parents=True, exist_ok=True)
        with locked(out / LOCK) as mine:
            if not mine:
                raise SettingsError(f"another run is writing to {out}; wait for it, or choose another --out")
            status = _annotate_all(jobs, given.words, settings, out)
    missing = len(jobs) - len(given.words)
    return 1 if given.faults or (given.lost and missing) else status


def _dataset(named: Sequence[Path], given: Path, root: Path, split: str | None) -> tuple[list[Job], _Given]:
    """The images of a dataset with their words; what is wrong with it is said.

    named: the format, alone. given: the root as the user named it; root: the folder that holds what is in it.
    """
    form = str(named[0])
    if len(named) > 1 or form not in WORDED:
        raise SettingsError(f"with --root, name one format: {', '.join(WORDED)}")
    dataset = open_dataset(form, root, split)
    jobs, words = [], {}
    for sample in dataset.samples():
        try:
            file = sample.image.relative_to(root).as_posix()
        except ValueError:
            file = sample.image.name
        jobs.append(Job(sample.image, file, sample.name))
        words[sample.image] = sample.words
    for fault in dataset.faults:
        say(fault.message)
    if not jobs:
        raise SettingsError(f"{given} has no image with words")
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
        say(f"{path}: {why.replace(MISSING, 'no image given for the entry')}")
    words: dict[Path, _Words] = {}
    for job, place in found.items():
        try:
            words[job.image] = _ignoring(listed[place].words(image_size(job.image), log), ignored)
        except CharsamError as error:
            words[job.image] = error
    if log.faults() and not any(words.values()):
        raise WordsError(log.faults()[0].message)
    for fault in log.faults():
        say(fault.message)
    for job in jobs:
        if job.image not in words:
            say(f"{path}: there is no entry for {job.file}; its words are found and read")
    return _Given(words, len(log.faults()), len(lost))


def _ignoring(words: Sequence[Word], marks: str) -> tuple[Word, ...]:
    """The words, those ignored that have no text but these marks."""
    return tuple(replace(word, ignore=True) if is_made_of(word.text or "", marks) else word for word in words)


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
                say(f"{job.image}: {sentence(error)}")
                continue
            for problem in annotation.problems:
                say(f"{job.image}: {problem}")
            for number, word in enumerate(annotation.words, start=1):
                for remark in remarks_on(word):
                    told = f"word {number} ({word.text[:40]}): {remark}"
                    say(f"{job.image}: {told}")
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
        say(sentence(error))
        return False
    return True


def _annotate(pipeline: CharSAM, job: Job, words: _Words | None, settings: Settings) -> ImageAnnotation:
    image = load_image(job.image)
    note = stretch_note(job.image, job.image.name)
    if note is not None:
        say(f"{note}")
    if isinstance(words, CharsamError):
        raise words
    annotation = pipeline.run(image, words, settings).annotation
    assert annotation is not None
    return annotation
