"""`charsam find` and `charsam evaluate-words`: what they write, what they say, their exit status."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from charsam import pipeline as pipelines
from charsam.cli import main
from charsam.datasets.native import read_words
from charsam.pipeline import CharSAM


@pytest.fixture(autouse=True)
def loaded(monkeypatch: pytest.MonkeyPatch, pipeline: CharSAM) -> None:
    monkeypatch.setattr(pipelines, "CharSAM", lambda: pipeline)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A sign, a picture without words, and a file that is no image."""
    folder = tmp_path / "photos"
    folder.mkdir()
    sign = Image.new("RGB", (320, 160), (206, 214, 190))
    ImageDraw.Draw(sign).text((60, 50), "Bakery", font=ImageFont.load_default(size=48), fill=(40, 20, 60))
    sign.save(folder / "sign.png")
    Image.new("RGB", (96, 64), (120, 130, 140)).save(folder / "wall.png")
    return folder


def test_find_writes_the_words_of_a_folder(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "words.json"

    assert main(["find", str(photos), "--out", str(out)]) == 0

    sign, wall = read_words(out)
    assert (sign.file, [word.text for word in sign.words], sign.width) == ("sign.png", ["Bakery"], 320)
    assert (wall.file, wall.words) == ("wall.png", ())
    said = capsys.readouterr()
    assert "wall.png: no words were found; to check" in said.err
    assert "2 of 2 images done: 1 words, 0 of them not read; 1 images without words" in said.out


def test_find_names_a_broken_image_and_does_the_others(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (photos / "broken.png").write_bytes(b"not an image")

    assert main(["find", str(photos), "--out", str(tmp_path / "words.json")]) == 1

    assert "broken.png" in capsys.readouterr().err
    assert len(read_words(tmp_path / "words.json")) == 2


def test_find_wants_a_file_to_write(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["find", str(photos), "--out", str(tmp_path)]) == 2
    assert "name a file to write" in capsys.readouterr().err


def test_evaluate_words_gives_a_line_an_image(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    box = np.array([[60, 58], [225, 58], [225, 108], [60, 108]]).tolist()
    entries = [
        {"file": "sign.png", "words": [{"polygon": box, "text": "BAKERY"}]},
        {"file": "wall.png", "words": [{"polygon": [[5, 5], [50, 5], [50, 20], [5, 20]], "text": "gone"}]},
    ]
    (photos / "words.json").write_text(json.dumps({"charsam": 1, "images": entries}), encoding="utf-8")
    out = tmp_path / "report"

    assert main(["evaluate-words", "native", "--root", str(photos), "--out", str(out)]) == 0

    scores = json.loads((out / "scores.json").read_text())
    assert (scores["recall"], scores["precision"], scores["accuracy"], scores["accuracy_folded"]) == (0.5, 1, 0, 0.5)
    rows = {row["image"]: row for row in csv.DictReader((out / "images.csv").open())}
    assert (rows["sign"]["matched"], rows["sign"]["f_score"], rows["wall"]["matched"]) == ("1", "1.0", "0")
    assert [len(image.words) for image in read_words(out / "words.json")] == [1, 0]
    assert "recall 50.0 %, precision 100.0 %" in capsys.readouterr().out


def test_evaluate_words_names_what_it_cannot_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["evaluate-words", "native", "--root", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "words.json" in capsys.readouterr().err
