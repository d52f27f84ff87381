"""The results of `charsam reproduce`: one table of all four, beside the published figures."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, Final

import numpy as np

from charsam.evaluation import bootstrap
from charsam.evaluation.ablation import Ablation, variant_key
from charsam.evaluation.metrics import SumsArray, figures
from charsam.evaluation.published import HI_SAM, TABLE_1, TABLE_2, TABLE_3, TABLE_4, Published
from charsam.evaluation.report import interval, losses, page, percent, signed, table
from charsam.evaluation.reproduce import AS_PAPER, WITH_ADDITIONS, Trained
from charsam.evaluation.results import csv_text, rounded, write_json, write_text

_HEAD: Final = ("Table", "Row", "Paper: fgIoU / F", "fgIoU", "95 %", "Δ fgIoU", "F-score", "95 %", "Δ F-score")
_COLUMNS: Final = ("table", "row", "published_fgiou", "published_f_score", "fgiou", "f_score", "images")
_FOURTH: Final = {
    "baseline": "Baseline: true labels alone",
    "weak": "#1: + the added sets with their own labels",
    "charsam": "#2: + the same images with charsam's labels",
}


def write_reproduction(out: Path, found: Ablation | None, trained: Trained | None, notes: list[str]) -> dict[str, Any]:
    """Write reproduction.json, .csv, .md and report.html into a folder; returns what the first holds.

    Raises OSError, naming the file.
    """
    results: dict[str, Any] = {
        "notes": notes,
        "confidence": bootstrap.CONFIDENCE,
        "tables_of": None if found is None else found.names,
        "table4_of": None if trained is None else {**trained.names, "images": trained.images},
        "failed": [] if found is None else [{"image": f.name, "reason": f.reason} for f in found.failures],
        "faults": [] if found is None else [{"file": f.name, "reason": f.reason} for f in found.faults],
        "listed": 0 if found is None else found.listed,
        "scored": 0 if found is None else len(found.images),
        "rows": [*_first_rows(found), *_module_rows(found), *_fourth_rows(trained)],
    }
    write_json(out / "reproduction.json", results)
    flat = [
        {**row, **{f"published_{key}": (row["published"] or {}).get(key) for key in ("fgiou", "f_score")}}
        for row in results["rows"]
    ]
    write_text(out / "reproduction.csv", csv_text(_COLUMNS, flat))
    write_text(out / "reproduction.md", plain(results))
    write_text(out / "report.html", _page(results))
    return results


def plain(results: dict[str, Any]) -> str:
    """The table in Markdown, as the terminal shows it, too."""
    lines = [f"| {' | '.join(cells)} |" for cells in (_HEAD, ["---"] * len(_HEAD), *map(_cells, results["rows"]))]
    return "\n\n".join([*results["notes"], "\n".join(lines)]) + "\n"


def _first_rows(found: Ablation | None) -> list[dict[str, Any]]:
    """Table I whole: the methods that are only quoted, and Char-SAM as it was measured here."""
    rows = [_line("I", entry.method, entry, None) for entry in (*TABLE_1[:-1], *HI_SAM)]
    rows.append(_line("I", AS_PAPER, TABLE_1[-1], _sums(found, "I", AS_PAPER)))
    return [*rows, _line("I", WITH_ADDITIONS, None, _sums(found, "I", WITH_ADDITIONS))]


def _module_rows(found: Ablation | None) -> list[dict[str, Any]]:
    return [
        _line(name, label, printed, _sums(found, name, label))
        for name, published in (("II", TABLE_2), ("III", TABLE_3))
        for label, printed in published.items()
    ]


def _fourth_rows(trained: Trained | None) -> list[dict[str, Any]]:
    return [
        _line("IV", title, TABLE_4[row], None if trained is None else trained.sums[row])
        for row, title in _FOURTH.items()
    ]


def _sums(found: Ablation | None, name: str, label: str) -> SumsArray | None:
    if found is None or not found.images:
        return None
    line = next(line for line in found.tables[name] if line.label == label)
    return found.sums[variant_key(line.settings(found.bases[0]))]


def _line(name: str, label: str, printed: Published | None, sums: SumsArray | None) -> dict[str, Any]:
    """One row: what the paper printed and what was measured here, each 0..1; None where there is nothing."""
    shares = None if printed is None else printed.shares()
    row: dict[str, Any] = {"table": name, "row": label, "published": shares, "images": 0}
    if sums is None:
        return {**row, "fgiou": None, "f_score": None, "intervals": None}
    measured, between = figures(np.asarray(sums).sum(0)), bootstrap.intervals(sums)
    keys = {"fgiou": "fgiou", "f_score": "f_mean_pr"}
    return {
        **row,
        "images": len(sums),
        **{name: rounded(float(measured[key])) for name, key in keys.items()},
        "intervals": {name: [rounded(value) for value in between[key]] for name, key in keys.items()},
    }


def _page(results: dict[str, Any]) -> str:
    title = "charsam: the paper's tables"
    parts = [f"<h1>{title}</h1>", *(f"<p>{escape(note)}</p>" for note in results["notes"])]
    parts.append(table(_HEAD, map(_cells, results["rows"])))
    return page(title, parts + losses(results))


def _cells(row: dict[str, Any]) -> list[str]:
    printed, between = row["published"] or {}, row["intervals"] or {"fgiou": (None, None), "f_score": (None, None)}
    shown = [f"{100 * value:.2f}" if (value := printed.get(key)) is not None else "–" for key in ("fgiou", "f_score")]
    cells = [row["table"], row["row"], " / ".join(shown)]
    for key in ("fgiou", "f_score"):
        theirs, ours = printed.get(key), row[key]
        away = None if theirs is None or ours is None else ours - theirs
        cells += [percent(ours), interval(between[key]), signed(away)]
    return cells
