"""The results of an evaluation as files: scores.json, images.csv, report.html."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from charsam.atomic import write_atomically
from charsam.evaluation import bootstrap
from charsam.evaluation.evaluate import Evaluation, ScoredImage
from charsam.evaluation.metrics import FIGURES, Scores, Sum, SumsArray
from charsam.evaluation.report import evaluation_page

COLUMNS: Final = (
    "image",
    "fgiou",
    "precision",
    "recall",
    "f_score",
    "hits",
    "false",
    "missed",
    "character_iou",
    "box_recall",
    "true_characters",
    "characters",
    "to_check",
    "problems",
    "seconds",
)


def write_evaluation(out: Path, found: Evaluation, notes: Sequence[str]) -> dict[str, Any]:
    """Write all files into a folder; returns what scores.json holds. notes: sentences on how the truth came about.

    Raises OSError, naming the file, where that fails.
    """
    scores = scores_json(found, notes)
    write_json(out / "scores.json", scores)
    write_text(out / "images.csv", csv_text(COLUMNS, scores["images"]))
    write_text(out / "report.html", evaluation_page(scores, found.worst))
    return scores


def scores_json(found: Evaluation, notes: Sequence[str]) -> dict[str, Any]:
    """What scores.json holds: the figures, each 0..1 (null where there is nothing to score), and a row an image."""
    streaming = Scores()
    for row in found.rows:
        streaming.update(row.score)
    summary = streaming.summary()
    between = bootstrap.intervals(stacked([row.score.sums() for row in found.rows]))
    return {
        **found.names,
        **{name: rounded(summary[name]) for name in FIGURES},
        "intervals": {name: [rounded(value) for value in between[name]] for name in FIGURES},
        "confidence": bootstrap.CONFIDENCE,
        "resamples": bootstrap.RESAMPLES,
        "listed": found.listed,
        "scored": len(found.rows),
        "notes": list(notes),
        "failed": [{"image": failure.name, "reason": failure.reason} for failure in found.failures],
        "faults": [{"file": fault.name, "reason": fault.reason} for fault in found.faults],
        "images": [image_row(row) for row in found.rows],
    }


def image_row(row: ScoredImage) -> dict[str, Any]:
    """An image's line in scores.json and images.csv; null where its truth does not say."""
    pixels, true = row.score.pixels, row.score.characters
    return {
        "image": row.name,
        "fgiou": None if pixels is None or pixels.iou is None else rounded(pixels.iou),
        "precision": None if pixels is None else rounded(pixels.precision),
        "recall": None if pixels is None else rounded(pixels.recall),
        "f_score": None if pixels is None else rounded(pixels.f_score),
        "hits": None if pixels is None else pixels.hits,
        "false": None if pixels is None else pixels.false,
        "missed": None if pixels is None else pixels.missed,
        "character_iou": rounded(true.iou / true.masks) if true.masks else None,
        "box_recall": rounded(true.found / true.boxes) if true.boxes else None,
        "true_characters": true.boxes,
        "characters": row.characters,
        "to_check": row.to_check,
        "problems": row.problems,
        "seconds": row.seconds,
    }


def stacked(rows: Sequence[SumsArray]) -> SumsArray:
    """(n, len(Sum)) of n rows, n >= 0."""
    return np.stack(rows) if rows else np.zeros((0, len(Sum)), np.float64)


def rounded(value: float) -> float | None:
    """To six places; None for nan, which JSON does not have."""
    return None if math.isnan(value) else round(value, 6)


def csv_text(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    """A table as CSV. A name that a spreadsheet would take for a formula is quoted with an apostrophe."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _harmless(row[name]) for name in columns})
    return buffer.getvalue()


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a readable JSON file, atomically. Raises OSError."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file, atomically. Raises OSError."""
    with write_atomically(path) as file:
        file.write(text.encode("utf-8", "backslashreplace"))


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
