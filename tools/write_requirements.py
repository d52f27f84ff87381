"""Write requirements.txt, which Hugging Face Spaces install, from the dependencies in pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEADER = "# Made by tools/write_requirements.py from pyproject.toml, where each line has its reason.\n"


def requirements() -> str:
    """The text of requirements.txt."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return HEADER + "".join(f"{dependency}\n" for dependency in project["dependencies"])


if __name__ == "__main__":
    (ROOT / "requirements.txt").write_text(requirements(), encoding="utf-8")
