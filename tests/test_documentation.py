"""README and docs: short enough, and no link that leads nowhere."""

import re
import runpy
import warnings
from pathlib import Path

import pytest

from charsam.datasets import writers
from charsam.datasets.readers import READERS
from charsam.datasets.registry import NAMES
from charsam.segmenters import NAMES as SEGMENTERS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
MOST_LINES = 150


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if link.startswith("http"):
            continue
        place, _, heading = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), link
        if heading:
            titles = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.M)
            assert heading in {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}, (
                link
            )


@pytest.mark.heavy
def test_the_reference_of_the_library_is_built_without_a_warning(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # of what pdoc cannot document
        runpy.run_path(str(ROOT / "tools" / "api_reference.py"))["write"](tmp_path)

    page = (tmp_path / "charsam.html").read_text(encoding="utf-8")
    assert 'id="annotate"' in page
    assert 'id="CharSAM"' in page
    assert (tmp_path / "charsam" / "segmenters" / "base.html").is_file()


def test_the_docs_name_every_format_and_segmenter() -> None:
    readme, formats, segmenter = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/formats.md", "docs/segmenters.md")
    )
    read, written = formats.split("## Written")
    assert f"[{len(READERS)} formats](docs/formats.md)" in readme
    assert f"export in {len(writers.FORMATS)} formats" in readme
    assert [name for name in NAMES if name != "auto" and f"`{name}`" not in read] == []
    assert [name for name in writers.FORMATS if f"`{name}`" not in written] == []
    shown = tuple(set(re.findall(r"`([\w.]+)`", segmenter)))  # some as an ending: "`sam2.1_tiny`, `_small`"
    assert [name for name in SEGMENTERS if not name.endswith(shown)] == []
