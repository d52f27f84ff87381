"""A server that cannot start says why in a sentence."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from charsam.cli import main


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_in_use_is_named_with_what_to_do(taken: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--port", str(taken), "--workspace", str(tmp_path / "w")]) == 1

    said = capsys.readouterr().err
    assert f"the port {taken} of 127.0.0.1 is used by another program" in said
    assert "choose another with --port" in said
    assert not (tmp_path / "w").exists()


def test_an_address_that_is_not_this_machines_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "203.0.113.7", "--port", "7860", "--workspace", str(tmp_path / "w")]) == 1

    assert "the address 203.0.113.7:7860 can't be used: Cannot assign" in capsys.readouterr().err


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_temporary_folder_without_room_is_named(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(number, os.strerror(number), str(tmp_path))

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    monkeypatch.setattr("pathlib.Path.mkdir", full)

    assert main(["serve", "--port", str(free_port()), "--workspace", str(tmp_path / "w")]) == 1

    assert capsys.readouterr().err == f"charsam serve: it cannot be started: {tmp_path}: {os.strerror(number)}\n"


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
