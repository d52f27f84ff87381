"""`charsam find` and `charsam evaluate-words`: the words of photos, and how many of them are found and read."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from charsam.errors import CharsamError, SettingsError, sentence


def add_parsers(commands: Any) -> None:
    """Add the commands to the subparsers of `charsam`."""
    find = commands.add_parser(
        "find",
        help="find and read the words of images",
        description="Writes the words of images, with polygons and texts, in the native format. Words that are seen "
        "but cannot be read come without text.",
    )
    find.add_argument("images", nargs="+", type=Path, metavar="IMAGE_OR_FOLDER")
    find.add_argument("--out", type=Path, required=True, metavar="WORDS.JSON", help="the file to write")
    find.set_defaults(run=run_find)

    from charsam.datasets.registry import NAMES

    scores = commands.add_parser(
        "evaluate-words",
        help="score the words found in a dataset's images",
        description="Finds the words of a dataset's images and compares them with its own: precision, recall and F at "
        "polygon IoU 0.5, and the share of words read right. Writes OUT/scores.json, OUT/images.csv and "
        "OUT/words.json. A run that was stopped goes on where it was.",
    )
    scores.add_argument("dataset", choices=NAMES, metavar="DATASET", help=", ".join(NAMES))
    scores.add_argument("--root", type=Path, required=True, help="folder that holds the dataset")
    scores.add_argument("--out", type=Path, required=True, help="folder for the results; made where it is missing")
    scores.add_argument("--split", default=None, help="train, val or test, where the dataset has them (default: all)")
    scores.add_argument("--limit", type=int, default=None, metavar="N", help="only the first N images")
    scores.add_argument("--strict", action="store_true", help="stop at the first malformed file instead of skipping it")
    scores.set_defaults(run=run_evaluate_words)


def run_find(args: argparse.Namespace) -> int:
    """0: all images done; 1: some failed; 2: the arguments cannot be used."""
    from tqdm import tqdm

    from charsam.atomic import write_atomically
    from charsam.cli_annotate import jobs_of
    from charsam.datasets.native import found_entry, words_json
    from charsam.images import load_image
    from charsam.pipeline import CharSAM

    out: Path = args.out
    try:
        if out.is_dir() or not out.parent.is_dir():
            raise SettingsError(f"--out is {out}; name a file to write, such as words.json, in a folder that exists")
        jobs = jobs_of(args.images, out.resolve())
    except (CharsamError, OSError) as error:
        print(f"charsam find: {sentence(error)}", file=sys.stderr)
        return 2
    pipeline = CharSAM()
    entries: list[dict[str, Any]] = []
    failed, words, unread, without = 0, 0, 0, []
    try:
        for job in tqdm(jobs, unit="image", disable=None):
            try:
                image = load_image(job.image)
                found = pipeline.find_words(image)
            except Exception as error:  # whatever is wrong with one image, the others are done
                failed += 1
                tqdm.write(f"charsam find: {job.image}: {sentence(error)}", file=sys.stderr)
                continue
            entries.append(found_entry(job.file, (image.shape[1], image.shape[0]), found))
            words += len(found)
            unread += sum(not word.text for word in found)
            if not found:
                without.append(job.file)
    finally:
        try:
            with write_atomically(out) as file:
                file.write(words_json(entries))
        except OSError as error:
            print(f"charsam find: {sentence(error)}", file=sys.stderr)
            failed += 1
    for name in without:
        print(f"charsam find: {name}: no words were found; to check", file=sys.stderr)
    print(
        f"{len(entries)} of {len(jobs)} images done: {words} words, {unread} of them not read; "
        f"{len(without)} images without words"
    )
    return 1 if failed else 0


def run_evaluate_words(args: argparse.Namespace) -> int:
    """0: all images scored; 1: some failed; 2: the arguments cannot be used."""
    from charsam.datasets.registry import open_dataset
    from charsam.evaluation.evaluate_words import evaluate_words, summary, write_word_scores
    from charsam.evaluation.walk import Walk

    try:
        if args.limit is not None and args.limit < 1:
            raise SettingsError(f"--limit is {args.limit}; it must be at least 1")
        dataset = open_dataset(args.dataset, args.root, args.split, strict=args.strict)
        walk = Walk(dataset, args.root, args.split, args.limit)
        args.out.mkdir(parents=True, exist_ok=True)
    except (CharsamError, OSError) as error:
        print(f"charsam evaluate-words: {sentence(error)}", file=sys.stderr)
        return 2
    try:
        found, progress = evaluate_words(walk, args.out)
        scores = write_word_scores(args.out, found)
    except OSError as error:
        print(f"charsam evaluate-words: {sentence(error)}", file=sys.stderr)
        return 1
    progress.remove()
    print(summary(scores))
    for fault in scores["faults"][:20]:
        print(f"charsam evaluate-words: {fault['file']}: {fault['reason']}", file=sys.stderr)
    return 0 if scores["scored"] == scores["listed"] and scores["scored"] else 1
