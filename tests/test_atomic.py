"""A file is there whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from charsam.atomic import write_atomically


def test_complete_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "words.json"
    path.write_bytes(b"old")

    with write_atomically(path) as file:
        file.write(b"new")

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_old_file_is_seen_until_the_new_one_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "words.json"
    path.write_bytes(b"old")
    with write_atomically(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"


@pytest.mark.parametrize("error", [ValueError("bad value"), KeyboardInterrupt()])
def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "words.json"
    path.write_bytes(b"old")

    with pytest.raises(type(error)), write_atomically(path) as file:
        file.write(b"half")
        raise error

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_failure_leaves_no_file_where_there_was_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bad"), write_atomically(tmp_path / "words.json"):
        raise ValueError("bad")
    assert list(tmp_path.iterdir()) == []


def test_full_disk_names_the_file_and_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mask.png"
    path.write_bytes(b"old")

    def no_room(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_room)
    with (
        pytest.raises(OSError, match=r"No space left on device: '.*mask\.png'") as caught,
        write_atomically(path) as file,
    ):
        file.write(b"x" * 1000)

    assert caught.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_device_without_room_names_the_file(tmp_path: Path) -> None:
    """/dev/full fails every write as a full disk does."""
    path = tmp_path / "mask.png"

    with (
        pytest.raises(OSError, match=r"mask\.png"),
        write_atomically(path),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")

    assert list(tmp_path.iterdir()) == []


def test_missing_folder_names_the_final_path(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "mask.png"
    with pytest.raises(FileNotFoundError) as caught, write_atomically(path):
        pass
    assert caught.value.filename == str(path)


def test_file_can_be_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    with write_atomically(path) as file:
        file.write(b"x")
    assert path.stat().st_mode & 0o777 == 0o644


def test_long_name_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 100 + ".png")
    with write_atomically(path) as file:
        file.write(b"x")
    assert path.read_bytes() == b"x"
