"""`charsam ablate`: the rows of Tables II and III, what they share, and published figures kept apart."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from charsam.cli import main
from charsam.evaluation import ablation
from charsam.evaluation import evaluate as evaluating
from charsam.pipeline import CharSAM
from charsam.settings import ADDITIONS


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, benchmark_root: Path, pipeline: CharSAM) -> Path:
    """The folder with the ablation of both segmenters that need no checkpoint, on one scene."""
    out = tmp_path_factory.mktemp("ablation")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ablation, "CharSAM", lambda: pipeline)
        patch.setattr(evaluating, "CharSAM", lambda: pipeline)
        named = ["--root", str(benchmark_root), "--limit", "1"]
        assert main(["ablate", "textseg", *named, "--out", str(out), "--segmenters", "colour,compact"]) == 0
        chosen = ["--segmenter", "colour", "--templates", "40"]
        assert main(["evaluate", "textseg", *named, "--out", str(out / "alone"), *chosen]) == 0
    return out


def read(results: Path) -> dict[str, Any]:
    return json.loads((results / "ablation.json").read_text(encoding="utf-8"))


def test_every_row_of_both_tables_is_there_for_every_segmenter(results: Path) -> None:
    rows = [(row["table"], row["row"]) for row in read(results)["rows"] if row["segmenter"] == "compact"]

    assert rows == [
        ("II", "Baseline"),
        ("II", "+ CBR"),
        ("II", "+ CBR + CGR, TN = 40"),
        ("II", "+ CBR + CGR, TN = 80"),
        ("III", "B"),
        ("III", "P_char"),
        ("III", "P_char+pos"),
        ("III", "P_char+pos+neg"),
    ]
    assert {row["segmenter"] for row in read(results)["rows"]} == {"colour", "compact"}


@pytest.mark.slow
def test_each_addition_is_switched_off_alone_and_all_together(tmp_path: Path, benchmark_root: Path) -> None:
    named = ["--root", str(benchmark_root), "--limit", "1", "--out", str(tmp_path)]

    assert main(["ablate", "textseg", *named, "--segmenters", "colour", "--additions"]) == 0

    rows = [row for row in read(tmp_path)["rows"] if row["table"] == "additions"]
    assert {name for row in rows[1:-1] for name in row["changed"]} == set(ADDITIONS)
    assert set(rows[-1]["changed"]) == set(ADDITIONS)
    assert rows[0]["changed"] == {}
    assert all(row["published"] is None for row in rows)
    assert rows[-1]["fgiou"] != rows[0]["fgiou"]
    assert "What charsam adds to the paper" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_sharing_stages_changes_no_figure(results: Path) -> None:
    alone = json.loads((results / "alone" / "scores.json").read_text(encoding="utf-8"))
    shared = next(
        row for row in read(results)["rows"] if row["segmenter"] == "colour" and row["row"] == "+ CBR + CGR, TN = 40"
    )

    for name in ("fgiou", "f_mean_pr", "f_dataset", "character_iou", "box_recall"):
        assert shared[name] == alone[name]


def test_most_stages_are_shared(results: Path) -> None:
    found = read(results)

    assert found["stages"] == 70  # 7 stages of 5 variants of 2 segmenters
    assert found["stages_reused"] == 49


def test_changes_are_against_the_first_row_of_the_table(results: Path) -> None:
    for row in read(results)["rows"]:
        first = next(
            other
            for other in read(results)["rows"]
            if (other["segmenter"], other["table"]) == (row["segmenter"], row["table"])
        )
        assert row["change"]["fgiou"] == pytest.approx(row["fgiou"] - first["fgiou"], abs=2e-6)


def test_published_figures_have_a_column_of_their_own(results: Path) -> None:
    printed = {(row["table"], row["row"]): row["published"] for row in read(results)["rows"]}
    lines = [line for line in (results / "ablation.md").read_text().splitlines() if line.startswith("|")]

    assert printed["II", "+ CBR + CGR, TN = 80"] == {"fgiou": 0.848, "f_score": 0.9215}
    assert printed["III", "P_char+pos+neg"] == {"fgiou": 0.8468, "f_score": 0.9191}
    assert lines[0].split(" | ")[-1] == "Paper: fgIoU / F |"
    assert all("78.30" not in " | ".join(line.split(" | ")[:-1]) for line in lines)
    assert "It was not measured here." in (results / "report.html").read_text(encoding="utf-8")


def test_a_segmenter_that_is_not_there_is_refused(
    tmp_path: Path, benchmark_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ["--root", str(benchmark_root), "--out", str(tmp_path)]

    unknown = main(["ablate", "textseg", *named, "--segmenters", "colour,magic"])
    none = main(["ablate", "textseg", *named, "--segmenters", ","])

    assert (unknown, none) == (2, 2)
    said = capsys.readouterr().err
    assert "there is no segmenter named 'magic'" in said
    assert "--segmenters names none" in said


def test_every_image_has_its_fgiou_under_every_variant(results: Path) -> None:
    with (results / "images.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)

    full = next(r for r in read(results)["rows"] if (r["segmenter"], r["row"]) == ("compact", "P_char+pos+neg"))
    assert row["image"] == "scene00000"
    assert float(row["compact P_char+pos+neg TN=80"]) == full["fgiou"]
    assert len(row) == 1 + 2 * 5
