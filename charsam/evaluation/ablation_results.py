"""The results of an ablation as files: ablation.json, ablation.csv, images.csv, ablation.md, report.html."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from charsam.evaluation import bootstrap
from charsam.evaluation.ablation import ADDITIONS_TABLE, Ablation, variant_key
from charsam.evaluation.metrics import FIGURES, figures
from charsam.evaluation.published import TABLE_2, TABLE_3, Published
from charsam.evaluation.report import interval, losses, page, percent, signed, table
from charsam.evaluation.results import csv_text, rounded, write_json, write_text

COLUMNS: Final = ("table", "segmenter", "row", "prompts", "templates", *FIGURES)
_PUBLISHED: Final[Mapping[str, Mapping[str, Published]]] = {"II": TABLE_2, "III": TABLE_3}
_TITLES: Final = {
    "II": "Table II: the modules",
    "III": "Table III: granularity of the prompts",
    ADDITIONS_TABLE: "What charsam adds to the paper",
}
_HEAD: Final = (
    "Row",
    "fgIoU",
    "95 %",
    "Δ",
    "F-score",
    "Δ",
    "F (all pixels)",
    "Character IoU",
    "Boxes found",
    "Paper: fgIoU / F",
)
_PAPER: Final = "The last column is what the paper printed (TextSeg, SAM-B). It was not measured here."


def write_ablation(out: Path, found: Ablation, notes: Sequence[str]) -> dict[str, Any]:
    """Write all files into a folder; returns what ablation.json holds. Raises OSError, naming the file."""
    results = ablation_json(found, notes)
    write_json(out / "ablation.json", results)
    write_text(out / "ablation.csv", csv_text(COLUMNS, results["rows"]))
    write_text(out / "images.csv", _images_csv(found))
    write_text(out / "ablation.md", plain_tables(results))
    write_text(out / "report.html", _page(results))
    return results


def ablation_json(found: Ablation, notes: Sequence[str]) -> dict[str, Any]:
    """A row for each line of both tables and each segmenter: the figures, each 0..1, their intervals, their differences
    from the table's first line with intervals (resampled together), and beside them what the paper printed.
    """
    rows = []
    for settings in found.bases:
        for name, lines in found.tables.items():
            base = found.sums[variant_key(lines[0].settings(settings))]
            for line in lines:
                sums = found.sums[variant_key(line.settings(settings))]
                measured, first = figures(sums.sum(0)), figures(base.sum(0))
                between, change = bootstrap.intervals(sums), bootstrap.difference_intervals(sums, base)
                printed = _PUBLISHED.get(name, {}).get(line.label)
                rows.append(
                    {
                        "table": name,
                        "segmenter": settings.segmenter,
                        "row": line.label,
                        "first": line is lines[0],
                        "prompts": str(line.prompts),
                        "templates": line.templates if line.prompts.positive else None,
                        "changed": {key: str(value) for key, value in line.changed},
                        **{key: rounded(float(measured[key])) for key in FIGURES},
                        "intervals": {key: [rounded(value) for value in between[key]] for key in FIGURES},
                        "change": {key: rounded(float(measured[key] - first[key])) for key in FIGURES},
                        "change_intervals": {key: [rounded(value) for value in change[key]] for key in FIGURES},
                        "published": None if printed is None else printed.shares(),
                    }
                )
    return {
        **found.names,
        "notes": list(notes),
        "confidence": bootstrap.CONFIDENCE,
        "resamples": bootstrap.RESAMPLES,
        "listed": found.listed,
        "scored": len(found.images),
        "stages": found.stages,
        "stages_reused": found.reused,
        "failed": [{"image": failure.name, "reason": failure.reason} for failure in found.failures],
        "faults": [{"file": fault.name, "reason": fault.reason} for fault in found.faults],
        "rows": rows,
        "images": list(found.images),
    }


def _images_csv(found: Ablation) -> str:
    """FgIoU of every image under every variant."""
    columns = {key: figures(sums)["fgiou"] for key, sums in found.sums.items()}
    rows = [
        {"image": name, **{key: rounded(float(values[index])) for key, values in columns.items()}}
        for index, name in enumerate(found.images)
    ]
    return csv_text(("image", *columns), rows)


def plain_tables(results: dict[str, Any]) -> str:
    """Both tables of every segmenter in Markdown."""
    parts = [f"{results['dataset']}: {results['scored']} of {results['listed']} images.", *results["notes"], _PAPER]
    for segmenter, name, lines in _tables(results):
        rows = [f"| {' | '.join(cells)} |" for cells in (_HEAD, ["---"] * len(_HEAD), *map(_cells, lines))]
        parts.append(f"**{_TITLES[name]}, segmenter {segmenter}**\n\n" + "\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _page(results: dict[str, Any]) -> str:
    title = f"charsam: ablation on {results['dataset']}"
    parts = [f"<h1>{title}</h1>"]
    for note in (*results["notes"], _PAPER, _explained(results)):
        parts.append(f"<p>{escape(note)}</p>")
    for segmenter, name, lines in _tables(results):
        parts.append(f"<h2>{_TITLES[name]}, segmenter {segmenter}</h2>")
        parts.append(table(_HEAD, map(_cells, lines)))
    return page(title, parts + losses(results))


def _explained(results: dict[str, Any]) -> str:
    return (
        f"{results['scored']} of {results['listed']} images, the same for every row. Intervals: percentile bootstrap "
        f"over images; Δ in points, against the first row of the table. {results['stages_reused']} of "
        f"{results['stages']} stages were shared between rows. Rows without glyph votes have no TN."
    )


def _tables(results: dict[str, Any]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Segmenter, table and its lines, the tables of one segmenter together."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in results["rows"]:
        found.setdefault((row["segmenter"], row["table"]), []).append(row)
    return [(segmenter, name, lines) for (segmenter, name), lines in found.items()]


def _cells(row: dict[str, Any]) -> list[str]:
    first = row["first"]
    printed = row["published"]
    return [
        row["row"],
        percent(row["fgiou"]),
        interval(row["intervals"]["fgiou"]),
        "" if first else signed(row["change"]["fgiou"]),
        percent(row["f_mean_pr"]),
        "" if first else signed(row["change"]["f_mean_pr"]),
        percent(row["f_dataset"]),
        percent(row["character_iou"]),
        percent(row["box_recall"]),
        "–" if printed is None else f"{100 * printed['fgiou']:.2f} / {100 * printed['f_score']:.2f}",
    ]
