"""`charsam annotate`: images in, masks and words.json out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import typer

from charsam.cli.command import arguments, command, going_on, say
from charsam.cli.image_jobs import jobs_of
from charsam.cli.options import Cluster, Encoding, Out, Processes, Split, takes_settings
from charsam.dataset_root import opened_root
from charsam.datasets.encodings import reading_as
from charsam.datasets.image_names import MISSING, ImageNames, match
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.native import list_images
from charsam.datasets.pictures import image_size
from charsam.datasets.readers import READERS
from charsam.datasets.registry import open_dataset
from charsam.errors import CharsamError, SettingsError, WordsError, sentence
from charsam.file_lock import locked
from charsam.runs import photos
from charsam.runs.photos import Photo, Photos, Words
from charsam.runs.row_run import Workers
from charsam.text import is_made_of
from charsam.trace import Settings
from charsam.types import Word

WORDED: Final = ("auto", *READERS, "mlt-s", "coco-ts")
"""The formats whose words can be annotated; auto: told by the fields of the files."""
LOCK: Final = ".charsam-annotate.lock"


@dataclass(frozen=True, slots=True)
class _Given:
    """The words of images. faults: how many words or entries could not be used. lost: entries that are for no image."""

    words: Mapping[Path, Words]
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
    workers: Processes = None,
    ray: Cluster = None,
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
            with going_on(out):
                source = Photos(tuple(jobs), given.words)
                done = photos.annotate(source, settings, out, say, workers=Workers(workers, ray))
    if done.written is not None:
        say(sentence(done.written))
    characters, doubtful, problems = (
        sum(row[name] for row in done.rows.values()) for name in ("characters", "to_check", "problems")
    )
    unusable = f", {problems} words could not be used" if problems else ""
    print(
        f"{len(done.rows)} of {len(jobs)} images done, {len(done.failures)} failed: "
        f"{characters} characters, {doubtful} to check{unusable}"
    )
    lost = given.lost and len(jobs) > len(given.words)
    return 1 if given.faults or lost or done.failures or done.written is not None else 0


def _dataset(named: Sequence[Path], given: Path, root: Path, split: str | None) -> tuple[list[Photo], _Given]:
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
        jobs.append(Photo(sample.image, file, sample.name))
        words[sample.image] = sample.words
    for fault in dataset.faults:
        say(fault.message)
    if not jobs:
        raise SettingsError(f"{given} has no image with words")
    return jobs, _Given(words, len(dataset.faults))


def _words(path: Path, jobs: Sequence[Photo], ignored: str) -> _Given:
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
    words: dict[Path, Words] = {}
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
