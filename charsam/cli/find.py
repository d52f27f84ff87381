"""`charsam find` and `charsam evaluate-words`: the words of photos, and how many of them are found and read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from charsam.cli.command import arguments, command, going_on, say, say_each
from charsam.cli.options import Cluster, Limit, Out, Processes, Root, Split, Strict, one_of
from charsam.datasets.registry import NAMES
from charsam.errors import SettingsError


@command("find", example="charsam find photos/ --out words.json")
def find(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE_OR_FOLDER", help="images, or folders of images")],
    *,
    out: Annotated[Path, typer.Option(metavar="WORDS.JSON", help="the file to write")],
    workers: Processes = None,
    ray: Cluster = None,
) -> int:
    """Find and read the words of images.

    Writes the words, with polygons and texts, in the native format. Words that are seen but cannot be read come without
    text. A run that was stopped goes on where it was.
    """
    from charsam.cli.image_jobs import jobs_of
    from charsam.runs.photos import find_words
    from charsam.runs.row_run import Workers

    with arguments():
        if out.is_dir() or not out.parent.is_dir():
            raise SettingsError(f"--out is {out}; name a file to write, such as words.json, in a folder that exists")
        jobs = jobs_of(images, out.resolve())
    with going_on(out.parent):
        found, failures = find_words(jobs, out, workers=Workers(workers, ray))
    words = [word for entry in found for word in entry["words"]]
    without = [entry["file"] for entry in found if not entry["words"]]
    for name in without:
        say(f"{name}: no words were found; to check")
    unread = sum("text" not in word for word in words)
    print(
        f"{len(found)} of {len(jobs)} images done: {len(words)} words, {unread} of them not read; "
        f"{len(without)} images without words"
    )
    return 1 if failures else 0


@command("evaluate-words", example="charsam evaluate-words total-text --root TotalText --out scores")
def evaluate_words(
    dataset: Annotated[str, typer.Argument(**one_of(NAMES, metavar="DATASET", help=", ".join(NAMES)))],
    *,
    root: Root,
    out: Out,
    split: Split = None,
    limit: Limit = None,
    strict: Strict = False,
    workers: Processes = None,
    ray: Cluster = None,
) -> int:
    """Score the words found in a dataset's images.

    Finds the words and compares them with the dataset's own: precision, recall and F at polygon IoU 0.5, and the
    share of words read right. Writes OUT/scores.json, OUT/images.csv and OUT/words.json. A run that was stopped goes
    on where it was.
    """
    from charsam.datasets.registry import open_dataset
    from charsam.evaluation import evaluate_words as words
    from charsam.runs.row_run import Workers
    from charsam.runs.sources import Walk

    with arguments():
        opened = open_dataset(dataset, root, split, strict=strict)
        walk = Walk(opened, root, split, limit, strict)
        out.mkdir(parents=True, exist_ok=True)
    with going_on(out):
        found, progress = words.evaluate_words(walk, out, workers=Workers(workers, ray))
    scores = words.write_word_scores(out, found)
    progress.remove()
    print(words.summary(scores))
    say_each([f"{fault['file']}: {fault['reason']}" for fault in scores["faults"]])
    return 0 if scores["scored"] == scores["listed"] and scores["scored"] else 1
