"""The results of `charsam downstream` as files: downstream.json, downstream.md, report.html."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, Final

from charsam.evaluation import bootstrap
from charsam.evaluation.downstream import ROWS, Downstream
from charsam.evaluation.metrics import figures
from charsam.evaluation.published import TABLE_4
from charsam.evaluation.report import interval, page, percent, signed, table
from charsam.evaluation.results import rounded, write_json, write_text

_SHOWN: Final = ("fgiou", "f_mean_pr", "f_dataset", "mean_precision", "mean_recall")
_TITLES: Final = {
    "baseline": "Baseline: true labels, nothing added",
    "weak": "#1: added with bad labels",
    "charsam": "#2: added with charsam's labels",
    "true": "Bound: added with true labels",
}
_HEAD: Final = (
    "Training set",
    "Added labels' fgIoU",
    "fgIoU",
    "95 %",
    "Δ",
    "95 % of Δ",
    "F-score",
    "Δ",
    "Paper: fgIoU / F",
)


def write_downstream(out: Path, found: Downstream) -> dict[str, Any]:
    """Write all files into a folder; returns what downstream.json holds. Raises OSError, naming the file."""
    results = downstream_json(found)
    write_json(out / "downstream.json", results)
    write_text(out / "downstream.md", plain_table(results))
    write_text(out / "report.html", _page(results))
    return results


def downstream_json(found: Downstream) -> dict[str, Any]:
    """A row for each training set: the figures on the test scenes, each 0..1, their differences from the baseline's
    with intervals (resampled together), and beside them what the paper printed.
    """
    base = figures(found.sums["baseline"].sum(0))
    rows = []
    for name in ROWS:
        sums = found.sums[name]
        measured, between = figures(sums.sum(0)), bootstrap.intervals(sums)
        change = bootstrap.difference_intervals(sums, found.sums["baseline"])
        labels = figures(found.labels[name].sum(0))["fgiou"] if name in found.labels else None
        printed = TABLE_4.get(name)
        rows.append(
            {
                "row": name,
                "labels_fgiou": None if labels is None else rounded(float(labels)),
                **{key: rounded(float(measured[key])) for key in _SHOWN},
                "intervals": {key: [rounded(value) for value in between[key]] for key in _SHOWN},
                "change": {key: rounded(float(measured[key] - base[key])) for key in _SHOWN},
                "change_intervals": {key: [rounded(value) for value in change[key]] for key in _SHOWN},
                "published": None if printed is None else printed.shares(),
            }
        )
    return {**found.names, "confidence": bootstrap.CONFIDENCE, "resamples": bootstrap.RESAMPLES, "rows": rows}


def plain_table(results: dict[str, Any]) -> str:
    """The table in Markdown."""
    rows = [f"| {' | '.join(cells)} |" for cells in (_HEAD, ["---"] * len(_HEAD), *map(_cells, results["rows"]))]
    return "\n\n".join([*_notes(results), "\n".join(rows)]) + "\n"


def _page(results: dict[str, Any]) -> str:
    title = "charsam: what labels are worth downstream"
    paragraphs = [f"<p>{escape(note)}</p>" for note in _notes(results)]
    return page(title, [f"<h1>{title}</h1>", *paragraphs, table(_HEAD, map(_cells, results["rows"]))])


def _notes(results: dict[str, Any]) -> list[str]:
    return [
        f"A small U-Net, {results['steps']} steps, trained on {results['trusted']} generated scenes with true labels "
        f"and, below the baseline, on {results['added']} more; scored on {results['test']} other generated scenes. "
        f"charsam's labels are by the segmenter {results['segmenter']} from the words. Bad labels are shrunk and grown "
        f"word polygons, blurred thresholds, and words left out. It took {results['minutes']} minutes.",
        "One training run a row, all from the same first weights: the intervals are over test scenes, not over "
        "training runs. The last column is what the paper printed (TextSeg, TexRNet); it was not measured here.",
    ]


def _cells(row: dict[str, Any]) -> list[str]:
    first, printed = row["row"] == "baseline", row["published"]
    return [
        _TITLES[row["row"]],
        percent(1.0 if row["row"] == "true" else row["labels_fgiou"]),
        percent(row["fgiou"]),
        interval(row["intervals"]["fgiou"]),
        "" if first else signed(row["change"]["fgiou"]),
        "" if first else interval(row["change_intervals"]["fgiou"]),
        percent(row["f_mean_pr"]),
        "" if first else signed(row["change"]["f_mean_pr"]),
        "–" if printed is None else f"{100 * printed['fgiou']:.2f} / {100 * printed['f_score']:.2f}",
    ]
