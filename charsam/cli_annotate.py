"""`charsam annotate`: images in, masks and words.json out."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from charsam.cli_settings import add_choices, add_details, settings_of
from charsam.datasets.native import ImageWords, image_entry, match_images, read_words
from charsam.errors import CharsamError, SettingsError, WordsError, sentence
from charsam.export import write_masks, write_words
from charsam.images import is_image_file, load_image
from charsam.pipeline import CharSAM
from charsam.trace import Settings
from charsam.types import ImageAnnotation


@dataclass(frozen=True, slots=True)
class Job:
    """One image, the name that words.json calls it by, and the stem of its masks."""

    image: Path
    file: str
    stem: str


def add_parser(commands: Any) -> None:
    """Add the command to the subparsers of `charsam`."""
    parser = commands.add_parser(
        "annotate",
        help="make the masks of every character of images",
        description="Writes OUT/words.json and for each image OUT/STEM_text.png (8-bit, 0 / 255) and "
        "OUT/STEM_chars.png (16-bit, the mask_value of each character), at the image's own size. "
        "Without --words the words are found and read.",
    )
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE_OR_FOLDER")
    parser.add_argument("--words", type=Path, help="words of the images, in the native format")
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
        jobs = jobs_of(args.images, args.out.resolve())
        entries = read_words(args.words) if args.words is not None else ()
        words, strays = match_images(entries, [job.image for job in jobs])
        args.out.mkdir(parents=True, exist_ok=True)
    except (CharsamError, OSError) as error:
        print(f"charsam annotate: {error}", file=sys.stderr)
        return 2
    for stray in strays:
        print(f"charsam annotate: {args.words}: no image given for the entry {stray}", file=sys.stderr)
    return _annotate_all(jobs, words, settings, args.out)


def _annotate_all(jobs: Sequence[Job], words: dict[Path, ImageWords], settings: Settings, out: Path) -> int:
    pipeline = CharSAM()
    pipeline.load()
    entries: list[dict[str, Any]] = []
    failed, characters, doubtful, problems = 0, 0, 0, 0
    try:
        for job in tqdm(jobs, unit="image", disable=None):
            try:
                annotation = _annotate(pipeline, job, words.get(job.image), settings)
                write_masks(out, job.stem, annotation)
            except Exception as error:  # whatever is wrong with one image, the others are done
                failed += 1
                tqdm.write(f"charsam annotate: {job.image}: {sentence(error)}", file=sys.stderr)
                continue
            for problem in annotation.problems:
                tqdm.write(f"charsam annotate: {job.image}: {problem}", file=sys.stderr)
            entries.append(image_entry(job.file, annotation))
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


def _annotate(pipeline: CharSAM, job: Job, entry: ImageWords | None, settings: Settings) -> ImageAnnotation:
    image = load_image(job.image)
    height, width = image.shape[:2]
    if entry is not None and (entry.width or width, entry.height or height) != (width, height):
        raise WordsError(
            f"its words are for an image of {entry.width} x {entry.height} pixels; this one has {width} x {height}"
        )
    annotation = pipeline.run(image, None if entry is None else entry.words, settings).annotation
    assert annotation is not None
    return annotation


def jobs_of(given: Sequence[Path], out: Path) -> list[Job]:
    """Every image once, those in the folder for the results left out.

    Raises SettingsError for a path that does not exist, or where there is no image at all.
    """
    found: dict[Path, str] = {}
    for path in given:
        if path.is_dir():
            for image in sorted(p for p in path.rglob("*") if p.is_file() and is_image_file(p)):
                if out == path.resolve() or out not in image.resolve().parents:
                    found.setdefault(image.resolve(), image.relative_to(path).as_posix())
        elif path.exists():
            found.setdefault(path.resolve(), path.name)
        else:
            raise SettingsError(f"{path} does not exist")
    if not found:
        raise SettingsError(f"there is no image in {', '.join(str(path) for path in given)}")
    return _with_stems(_told_apart(found))


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
