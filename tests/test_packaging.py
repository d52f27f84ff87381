"""What lies in the repository for installing it agrees with itself."""

import re
import runpy
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent


def test_requirements_are_those_of_the_project_file() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "write_requirements.py"))["requirements"]()

    assert (ROOT / "requirements.txt").read_text(encoding="utf-8") == made


def test_every_python_package_is_in_the_wheel() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"])
    folders = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "charsam").rglob("__init__.py")}

    assert folders <= listed


def test_the_space_runs_the_gradio_that_the_project_asks_for() -> None:
    front = (ROOT / "README.md").read_text(encoding="utf-8").split("---")[1]
    version = re.search(r"sdk_version: (\S+)", front)
    app = re.search(r"app_file: (\S+)", front)

    assert version is not None
    assert app is not None
    assert f"gradio>={'.'.join(version[1].split('.')[:2])}" in (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert (ROOT / app[1]).is_file()


def test_no_file_names_a_path_of_one_machine() -> None:
    suffixes = {".py", ".md", ".toml", ".txt", ".js", ".css", ".json", ""}
    here = re.compile(r"/work/|/\.library\b|/root/")
    texts = [p for p in ROOT.rglob("*") if p.is_file() and p.suffix in suffixes and not _is_foreign(p)]

    named = [str(p.relative_to(ROOT)) for p in texts if here.search(p.read_text(encoding="utf-8", errors="ignore"))]

    assert named in ([], ["tests/test_packaging.py"])


def _is_foreign(path: Path) -> bool:
    folders = path.relative_to(ROOT).parts[:-1]
    return path.name == ".git" or any(
        part.startswith(".") or part in ("build", "out", "licences") or "egg-info" in part for part in folders
    )


def test_the_lock_has_a_version_with_a_checksum_for_every_requirement() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()[1:]
    pinned = dict(re.fullmatch(r"([a-z0-9.-]+)==(\S+) --hash=sha256:[0-9a-f]{64}", line).groups() for line in lines)  # type: ignore[union-attr]
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()[1:]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(pinned[wanted.name]), line
