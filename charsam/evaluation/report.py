"""The reports as single HTML files: nothing is fetched, light or dark as the reader's system is."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

from charsam.evaluation.overlay import FALSE_COLOUR, IGNORED_COLOUR, MISSED_COLOUR, TRUE_COLOUR
from charsam.evaluation.pictures import Picture
from charsam.evaluation.published import BY_DATASET

MOST_ROWS: Final = 2000
"""Images listed in the page; images.csv has all."""

NAMES: Final = {
    "fgiou": "fgIoU",
    "f_mean_pr": "F-score (of mean precision and recall)",
    "f_dataset": "F-score (over all pixels)",
    "mean_precision": "Mean precision",
    "mean_recall": "Mean recall",
    "character_iou": "Mean character IoU",
    "box_recall": "Character boxes found",
}

_STYLE: Final = """
:root { color-scheme: light dark; --bg: #f6f6f5; --panel: #fff; --line: #d9d9d6; --text: #1d1e20; --soft: #5d6066; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #16171a; --panel: #1f2024; --line: #3a3c42; --text: #ececee; --soft: #a4a7ae; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 60px; max-width: 1240px; background: var(--bg); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 36px 0 10px; }
p { margin: 6px 0; max-width: 75ch; }
.soft { color: var(--soft); }
.scroll { overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; text-align: right; border-top: 1px solid var(--line); white-space: nowrap; }
tr:first-child th { border-top: 0; }
th { font-weight: 600; color: var(--soft); font-size: 13px; white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
td.wrap { white-space: normal; text-align: left; overflow-wrap: anywhere; }
figure { margin: 0 0 18px; }
figure img { width: 100%; max-width: 926px; height: auto; display: block; border: 1px solid var(--line);
  border-radius: 6px; }
figcaption { margin: 4px 0; overflow-wrap: anywhere; }
.key { display: inline-block; width: 12px; height: 12px; border-radius: 2px; margin: 0 5px 0 14px; vertical-align: -1px;
  border: 1px solid var(--line); }
.key:first-child { margin-left: 0; }
"""


def evaluation_page(scores: dict[str, Any], worst: Sequence[tuple[Picture, bytes]]) -> str:
    """The report of one evaluation. scores: what scores.json holds. worst: the worst images, the worst first."""
    name, images = scores["dataset"], scores["images"]
    parts = [f"<h1>charsam on {escape(name)}</h1>", _subtitle(scores), *_paragraphs(scores["notes"]), _counts(scores)]
    parts.append(
        table(
            ("Figure", "Measured", "95 % interval"),
            [
                (NAMES[key], percent(scores[key]), interval(scores["intervals"][key]))
                for key in NAMES
                if scores[key] is not None
            ],
        )
    )
    parts.append(
        '<p class="soft">Intervals: percentile bootstrap over images. An image with an empty prediction has precision '
        "0, one with an empty truth recall 0, and those zeros stay in the means.</p>"
    )
    parts += [] if scores["generated"] else _published(name)
    parts += _pictures(worst)
    parts += [_all_images(images)]
    return page(f"charsam on {name}", parts + losses(scores))


def page(title: str, parts: Iterable[str]) -> str:
    """A whole HTML document."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An HTML table of texts, which are escaped."""
    lines = ["<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    return '<div class="scroll"><table>' + "\n".join(lines) + "</table></div>"


def losses(results: dict[str, Any]) -> list[str]:
    """The images that failed and the faults in files, where there are any."""
    return [
        *_list("Images that failed", [(entry["image"], entry["reason"]) for entry in results["failed"]]),
        *_list("Faults in files", [(entry["file"], entry["reason"]) for entry in results["faults"]]),
    ]


def percent(value: float | None) -> str:
    """A figure, 0..1, in per cent; a dash for None."""
    return "–" if value is None else f"{100 * value:.2f} %"


def signed(value: float | None) -> str:
    """A difference in points of per cent."""
    return "–" if value is None else f"{100 * value:+.2f}"


def interval(values: Sequence[float | None]) -> str:
    """Two figures, 0..1, in per cent; a dash for None."""
    low, high = values
    return "–" if low is None or high is None else f"{100 * low:.2f} – {100 * high:.2f}"


def _subtitle(scores: dict[str, Any]) -> str:
    split = f", split {scores['split']}" if scores["split"] else ""
    given = "Words are given by the dataset; their characters are not."
    words = given if scores["words"] == "given" else "Words were found and read, not given by the dataset."
    return (
        f'<p class="soft">Segmenter {escape(scores["segmenter"])}, prompts {escape(scores["prompts"])}, '
        f"{scores['templates']} glyph templates, vote threshold {scores['vote_threshold']:g}{escape(split)}. "
        f"charsam {escape(scores['charsam'])}. {words}</p>"
    )


def _paragraphs(notes: Sequence[str]) -> list[str]:
    return [f"<p>{escape(note)}</p>" for note in notes]


def _counts(scores: dict[str, Any]) -> str:
    missing = scores["listed"] - scores["scored"]
    left_out = f" {missing} could not be scored and are left out of every figure." if missing else ""
    characters = sum(row["characters"] for row in scores["images"])
    bare = sum(bool(row["hits"] or row["missed"]) and not row["characters"] for row in scores["images"])
    wordless = f" {bare} images have true text, but no word that could be worked on." if bare else ""
    to_check = sum(row["to_check"] for row in scores["images"])
    return (
        f"<p>{scores['scored']} of {scores['listed']} images scored.{left_out} "
        f"{characters} characters made, {to_check} to check.{wordless}</p>"
    )


def _published(dataset: str) -> list[str]:
    rows = [
        (entry.method, percent(entry.shares()["fgiou"]), f"{entry.f_score:.2f} %")
        for entry in BY_DATASET.get(dataset, ())
    ]
    if not rows:
        return []
    return ["<h2>Published figures of others, not measured here</h2>", table(("Method", "fgIoU", "F-score"), rows)]


def _pictures(worst: Sequence[tuple[Picture, bytes]]) -> list[str]:
    if not worst:
        return []
    keys = (("true", TRUE_COLOUR), ("false", FALSE_COLOUR), ("missed", MISSED_COLOUR), ("ignored", IGNORED_COLOUR))
    legend = "".join(f'<span class="key" style="background: rgb{colour}"></span>{name}' for name, colour in keys)
    parts = ["<h2>The worst images first</h2>", f"<p>{legend}</p>"]
    for picture, jpeg in worst:
        data = base64.b64encode(jpeg).decode("ascii")
        name = escape(picture.name, quote=True)
        parts.append(
            f"<figure><figcaption>{name} <span class='soft'>fgIoU {100 * picture.iou:.1f} %</span></figcaption>"
            f'<img loading="lazy" alt="{name}: the photo, and its true, false and missed pixels" '
            f'src="data:image/jpeg;base64,{data}"></figure>'
        )
    return parts


def _all_images(images: Sequence[dict[str, Any]]) -> str:
    ranked = sorted(images, key=lambda row: (row["fgiou"] is None, row["fgiou"] or 0.0, row["image"]))
    rows = [
        (
            row["image"],
            *(percent(row[key]) for key in ("fgiou", "precision", "recall", "f_score", "character_iou", "box_recall")),
            str(row["characters"]),
            str(row["to_check"]),
        )
        for row in ranked[:MOST_ROWS]
    ]
    head = ("Image", "fgIoU", "Precision", "Recall", "F", "Character IoU", "Boxes", "Characters", "To check")
    more = f"<p>The {MOST_ROWS} worst of {len(ranked)}; images.csv has all.</p>" if len(ranked) > MOST_ROWS else ""
    return f"<h2>All images</h2>{more}{table(head, rows)}"


def _list(title: str, entries: Sequence[tuple[str, str]]) -> list[str]:
    if not entries:
        return []
    rows = "".join(
        f"<tr><td class='wrap'>{escape(name)}</td><td class='wrap'>{escape(reason)}</td></tr>"
        for name, reason in entries[:MOST_ROWS]
    )
    return [f"<h2>{escape(title)}: {len(entries)}</h2>", f'<div class="scroll"><table>{rows}</table></div>']
