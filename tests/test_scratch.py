"""Scratch folders are gone when their process is, however it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from charsam.scratch import OLD, scratch_folder, sweep

HOLDS_ONE = """
import sys, time
from pathlib import Path
from charsam.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "photo.jpg").write_bytes(b"somebody's")
    print("ready", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_left_is_swept_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDS_ONE, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        with scratch_folder(tmp_path) as mine:
            sweep(tmp_path)
            assert len(list(tmp_path.rglob("photo.jpg"))) == 1
            child.send_signal(signal.SIGKILL)
            child.wait()
            sweep(tmp_path)
            assert mine.is_dir()
            assert list(tmp_path.rglob("photo.jpg")) == []
    assert list(tmp_path.iterdir()) == []


def test_of_what_older_versions_left_only_the_old_goes(tmp_path: Path) -> None:
    for name in (".upload-old", ".upload-new"):
        (tmp_path / name).mkdir()
    past = time.time() - OLD - 1
    os.utime(tmp_path / ".upload-old", (past, past))
    sweep(tmp_path, ".upload-*")
    assert [path.name for path in tmp_path.iterdir()] == [".upload-new"]
