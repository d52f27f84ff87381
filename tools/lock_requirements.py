"""Write requirements.lock: exactly one version of every package that requirements.txt brings, each with its SHA-256.

For Linux on x86-64 with Python 3.11, as a Space and the CI have it; run it there. pip refuses to install anything else
from it: `pip install --require-hashes -r requirements.lock`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEADER = "# Made by tools/lock_requirements.py from requirements.txt, for Linux x86-64 and Python 3.11.\n"
INDEX = "https://pypi.org/simple"


def locked(requirements: Path) -> str:
    """The text of requirements.lock. Asks PyPI alone, whatever this machine's pip is set to."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
        command += ["--index-url", INDEX, "--report", str(report), "-r", str(requirements)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_") or name == "PIP_CERT"}
        subprocess.run(command, check=True, env={**kept, "PIP_CONFIG_FILE": os.devnull})
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    lines = []
    for item in found:
        name, version = item["metadata"]["name"].lower().replace("_", "-"), item["metadata"]["version"]
        lines.append(f"{name}=={version} --hash=sha256:{item['download_info']['archive_info']['hashes']['sha256']}\n")
    return HEADER + "".join(sorted(lines))


if __name__ == "__main__":
    (ROOT / "requirements.lock").write_text(locked(ROOT / "requirements.txt"), encoding="utf-8")
