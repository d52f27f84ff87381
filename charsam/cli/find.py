"""`charsam find` and `charsam evaluate-words`: the words of photos, and how many of them are found and read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from charsam.cli.command import arguments, command, say, say_each
from charsam.cli.options import Limit, Out, Root, Split, Strict, one_of
from charsam.datasets.registry import NAMES
from charsam.errors import SettingsError, sentence


@command("find", example="charsam find photos/ --out words.json")
def find(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE_OR_FOLDER", help="images, or folders of images")],
    *,
    out: Annotated[Path, typer.Option(metavar="WORDS.JSON", help="the file to write")],
) -> int:
    """Find and read the words of images.

    Writes the words, with polygons and texts, in the native format. Words that are seen but cannot be read come without
    text.
    """
    from tqdm import tqdm

    from charsam.atomic import write_atomically
    from charsam.cli.image_jobs import jobs_of
    from charsam.datasets.native import found_entry, words_json
    from charsam.images import load_image
    from charsam.pipeline import CharSAM

    with arguments():
        if out.is_dir() or not out.parent.is_dir():
            raise SettingsError(f"--out is {out}; name a file to write, such as words.json, in a folder that exists")
        jobs = jobs_of(images, out.resolve())
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
                say(f"{job.image}: {sentence(error)}")
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
            say(sentence(error))
            failed += 1
    for name in without:
        say(f"{name}: no words were found; to check")
    print(
        f"{len(entries)} of {len(jobs)} images done: {words} words, {unread} of them not read; "
        f"{len(without)} images without words"
    )
    return 1 if failed else 0


@command("evaluate-words", example="charsam evaluate-words total-text --root TotalText --out scores")
def evaluate_words(
    dataset: Annotated[str, typer.Argument(**one_of(NAMES, metavar="DATASET", help=", ".join(NAMES)))],
    *,
    root: Root,
    out: Out,
    split: Split = None,
    limit: Limit = None,
    strict: Strict = False,
) -> int:
    """Score the words found in a dataset's images.

    Finds the words and compares them with the dataset's own: precision, recall and F at polygon IoU 0.5, and the
    share of words read right. Writes OUT/scores.json, OUT/images.csv and OUT/words.json. A run that was stopped goes
    on where it was.
    """
    from charsam.datasets.registry import open_dataset
    from charsam.evaluation import evaluate_words as words
    from charsam.evaluation.walk import Walk

    with arguments():
        opened = open_dataset(dataset, root, split, strict=strict)
        walk = Walk(opened, root, split, limit)
        out.mkdir(parents=True, exist_ok=True)
    found, progress = words.evaluate_words(walk, out)
    scores = words.write_word_scores(out, found)
    progress.remove()
    print(words.summary(scores))
    say_each([f"{fault['file']}: {fault['reason']}" for fault in scores["faults"]])
    return 0 if scores["scored"] == scores["listed"] and scores["scored"] else 1
