"""`charsam convert`, `charsam export` and `charsam annotate FORMAT --root`: what they write, say and return."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from charsam.cli import main
from charsam.editing.changes import difference
from charsam.editing.document import Document, DocumentWord
from charsam.workspace.values import State
from charsam.workspace.workspace import Workspace

LINE = "4,4,60,4,60,24,4,24"
QUAD = ((4.0, 4.0), (60.0, 4.0), (60.0, 24.0), (4.0, 24.0))


def photo() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((48, 64, 3), 90, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def icdar(tmp_path: Path) -> Path:
    root = tmp_path / "icdar"
    root.mkdir()
    for name in ("a", "b"):
        (root / f"{name}.png").write_bytes(photo())
        (root / f"gt_{name}.txt").write_text(f"{LINE},HOTEL\n{LINE},###\n")
    return root


def texts(folder: Path) -> list[list[str]]:
    return [
        [word["text"] for word in one["words"]] for one in json.loads((folder / "words.json").read_text())["images"]
    ]


@pytest.mark.parametrize("form", ["icdar15", "auto"])
def test_words_are_converted(tmp_path: Path, icdar: Path, form: str) -> None:
    assert main(["convert", form, str(icdar), "native", str(tmp_path / "out")]) == 0
    assert texts(tmp_path / "out") == [["HOTEL", ""], ["HOTEL", ""]]


def test_a_zip_is_a_root(tmp_path: Path, icdar: Path) -> None:
    packed = tmp_path / "icdar.zip"
    with zipfile.ZipFile(packed, "w") as target:
        for path in icdar.iterdir():
            target.write(path, path.name)

    assert main(["convert", "auto", str(packed), "ppocrlabel", str(tmp_path / "out")]) == 0
    assert len((tmp_path / "out" / "Label.txt").read_text().splitlines()) == 2


def test_another_encoding_is_read_when_it_is_named(
    tmp_path: Path, icdar: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (icdar / "gt_a.txt").write_bytes(f"{LINE},Café\n".encode("cp1252"))

    assert main(["convert", "auto", str(icdar), "native", str(tmp_path / "out")]) == 1
    assert "Windows-1252" in capsys.readouterr().err

    assert main(["convert", "auto", str(icdar), "native", str(tmp_path / "out"), "--encoding", "cp1252"]) == 0
    assert texts(tmp_path / "out") == [["Café"], ["HOTEL", ""]]


def test_what_has_no_masks_makes_no_masks(tmp_path: Path, icdar: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "icdar15", str(icdar), "coco", str(tmp_path / "out")]) == 1
    assert "annotate first" in capsys.readouterr().err


def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["convert", "auto", str(tmp_path / "empty"), "native", str(tmp_path / "out")]) == 2


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    opened = Workspace.open(folder)
    ann = opened.accounts.guest("Ann")
    project = opened.projects.create("Signs", ann)
    for name in ("a.png", "b.png"):
        row = opened.images.add(project.id, name, photo(), ann)
        empty = Document(64, 48)
        words = (DocumentWord("w1", QUAD, "HOTEL"), DocumentWord("w2", QUAD, "", ignore=True))
        change = difference(empty, Document(64, 48, 3, words))
        opened.history.append(row.id, 0, "replace", "Imported", change, ann)
    opened.history.set_state(row.id, State.ACCEPTED, ann)
    opened.history.set_note(row.id, "blurred", ann)
    opened.close()
    return folder


def test_a_project_is_exported_as_files(tmp_path: Path, workspace: Path) -> None:
    assert main(["export", f"{workspace}/Signs", "icdar15", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "gt_a.txt").read_text() == f"{LINE},HOTEL\n{LINE},###\n"
    assert (tmp_path / "out" / "gt_b.txt").is_file()


def test_only_accepted_pictures_are_exported_with_their_notes(tmp_path: Path, workspace: Path) -> None:
    arguments = ["export", f"{workspace}/Signs", "native", str(tmp_path / "out.zip"), "--accepted-only"]

    assert main(arguments) == 0

    with zipfile.ZipFile(tmp_path / "out.zip") as made:
        (entry,) = json.loads(made.read("words.json"))["images"]
    assert (entry["file"], entry["state"], entry["note"]) == ("b.png", "accepted", "blurred")


def test_a_project_that_does_not_exist_is_named(
    tmp_path: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", f"{workspace}/Nothing", "native", str(tmp_path / "out")]) == 1
    assert "There is no project 'Nothing'; there are Signs" in capsys.readouterr().err


def test_a_format_that_does_not_exist_is_refused_for_a_root(tmp_path: Path, icdar: Path) -> None:
    assert main(["annotate", "magic", "--root", str(icdar), "--out", str(tmp_path / "out")]) == 2


@pytest.mark.heavy
def test_words_of_a_dataset_are_annotated(tmp_path: Path, icdar: Path) -> None:
    assert (
        main(["annotate", "icdar15", "--root", str(icdar), "--out", str(tmp_path / "out"), "--segmenter", "colour"])
        == 0
    )
    assert texts(tmp_path / "out") == [["HOTEL", ""], ["HOTEL", ""]]
