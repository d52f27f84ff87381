"""What a batch run came to: manifest and summary, the same bytes whenever and however often it was interrupted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from charsam.atomic import write_atomically
from charsam.batch.identity import to_json
from charsam.batch.instances import instances_part
from charsam.batch.rows import BINS, BatchRow, Counts
from charsam.batch.shards import Shards
from charsam.datasets import coco, native
from charsam.datasets.base import Fault

MANIFEST: Final = "manifest.json"
SUMMARY: Final = "summary.json"
READABLE: Final = "summary.txt"
WORDS: Final = "words.json"
INSTANCES: Final = coco.INDEX
FILES: Final = (MANIFEST, SUMMARY, READABLE, WORDS, INSTANCES)
WIDEST_BAR: Final = 40


def finish(
    out: Path, identity: dict[str, Any], shards: Shards, opening_faults: Iterable[Fault], *, instances: bool = False
) -> dict[str, Any]:
    """Move the masks of all shards to their final place and write words.json, the summary and, last, the manifest.

    opening_faults: what the dataset's reader found wrong before the first image. instances: also write instances.json,
    a mask of every character for pycocotools. Returns the summary.
    Raises OSError, naming the file, where something cannot be written.
    """
    numbers = range(shards.number)
    for shard in numbers:
        shards.publish(shard)
    with write_atomically(out / WORDS) as file:
        native.write_index((entry for shard in numbers for entry in shards.words(shard)), file)
    if instances:
        with write_atomically(out / INSTANCES) as file:
            coco.write_index((instances_part(entry) for shard in numbers for entry in shards.words(shard)), file)
    faults = dict.fromkeys(opening_faults)
    rows = (row for shard in numbers for row in shards.rows(shard))
    summary = summarise(identity["result"], _noting_faults(rows, faults))
    summary["dataset_faults"] = len(faults)
    manifest = {
        **identity,
        "shards": shards.number,
        "images": summary["images"],
        "faults": [{"file": fault.file, "message": fault.message} for fault in faults],
    }
    texts = {SUMMARY: to_json(summary), READABLE: readable(summary).encode("utf-8", "backslashreplace")}
    for name, text in {**texts, MANIFEST: to_json(manifest)}.items():
        with write_atomically(out / name) as file:
            file.write(text)
    return summary


def summarise(result: str, rows: Iterable[BatchRow]) -> dict[str, Any]:
    """The summary of all rows. Of each image nothing is kept but its failure."""
    total, listed, masks = Counts(), 0, 0
    failures: list[dict[str, str]] = []
    problems = 0
    for row in rows:
        listed += 1
        masks += len(row.masks)
        problems += len(row.problems)
        total += row.counts
        if row.failure is not None:
            failures.append({"name": row.name, "reason": row.failure})
    return {
        "result": result,
        "images": {"listed": listed, "done": listed - len(failures), "failed": len(failures), "masks": masks},
        "words": {
            "total": total.words,
            "ignored": total.ignored,
            "unusable": problems,
            "read_by_the_recogniser": total.read,
            "without_glyph_votes": total.without_votes,
        },
        "characters": {
            "total": total.characters,
            "to_check": total.to_check,
            "without_glyph_votes": total.characters_without_votes,
        },
        "suspicion": [
            {"from": bar / BINS, "to": (bar + 1) / BINS, "characters": count}
            for bar, count in enumerate(total.suspicion)
        ],
        "failures": failures,
        "timing": "log/timing.json",
    }


def readable(summary: dict[str, Any]) -> str:
    """The summary as plain text."""
    images, words, characters = summary["images"], summary["words"], summary["characters"]
    lines = [
        summary["result"],
        "",
        f"{images['done']} of {_counted(images['listed'], 'image')} done, {images['failed']} failed",
        f"{_counted(words['total'], 'word')}: {words['ignored']} ignored, {words['unusable']} could not be worked on, "
        f"{words['read_by_the_recogniser']} had no text and were read",
        f"{_counted(characters['total'], 'character')}, {characters['to_check']} to check",
        f"{_counted(words['without_glyph_votes'], 'word')} "
        f"({_counted(characters['without_glyph_votes'], 'character')}) of scripts that have no glyph votes: boxes and "
        "masks, no points",
        f"{_counted(summary['dataset_faults'], 'fault')} of the dataset (manifest.json has them)",
        "",
        "suspicion   characters",
    ]
    most = max(bar["characters"] for bar in summary["suspicion"]) or 1
    for bar in summary["suspicion"]:
        drawn = "#" * -(-WIDEST_BAR * bar["characters"] // most)
        lines.append(f"{bar['from']:.1f} to {bar['to']:.1f}  {bar['characters']:>10} {drawn}".rstrip())
    reasons = Counter(_kind(failure) for failure in summary["failures"])
    if reasons:
        lines += ["", "failures"]
        lines += [f"{count:>6} {reason}" for reason, count in reasons.most_common(20)]
        if len(reasons) > 20:
            lines.append(f"       and {len(reasons) - 20} other reasons (summary.json has all)")
    return "\n".join(lines) + "\n"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _kind(failure: dict[str, str]) -> str:
    """The reason of a failure without names of files and numbers, so that like can be counted with like."""
    name = re.escape(failure["name"])
    return re.sub(rf"{name}[^\s:]*|[^\s('\"]*\d[^\s:)'\"]*|\S*/\S*", "…", failure["reason"])


def _noting_faults(rows: Iterable[BatchRow], faults: dict[Fault, None]) -> Iterable[BatchRow]:
    for row in rows:
        faults.update(dict.fromkeys(row.faults))
        yield row
