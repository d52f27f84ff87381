"""Models that many tests share; loading them takes seconds."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

if processes := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
    # Test processes share the processors, and so do the servers that they start; before torch is first imported.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // processes)))

from charsam.cbr.recogniser import Recogniser
from charsam.cbr.regions import RegionDetector
from charsam.finding.lines import LineFinder
from charsam.pipeline import CharSAM
from charsam.weights import locate

LOADING = frozenset({"pipeline", "recogniser", "region_detector", "line_finder", "small_crops", "models"})
"""Fixtures that load the networks, or train one."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The fast lane: whatever loads no network, starts no process and opens no browser is `quick`."""
    for item in items:
        loads = LOADING.intersection(getattr(item, "fixturenames", ())) or "e2e" in item.path.parts
        if not loads and not any(item.get_closest_marker(name) for name in ("heavy", "slow")):
            item.add_marker(pytest.mark.quick)
    items[:] = _longest_first(items)


def _longest_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """File by file: those with a browser, evenly among those with networks and processes; the quick ones at the end, so
    that no test process has minutes to go when the others are done.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    browser = [file for path, file in files.items() if "e2e" in path.parts]
    quick = [file for path, file in files.items() if all(item.get_closest_marker("quick") for item in file)]
    heavy = [file for file in files.values() if file not in browser and file not in quick]
    apart = max(1, len(heavy) // max(1, len(browser)))
    mixed = []
    while browser or heavy:
        mixed += browser[:1] + heavy[:apart]
        del browser[:1], heavy[:apart]
    return [item for file in (*mixed, *quick) for item in file]


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """A password costs half a second by design; tests make many, and that they are costly is a test of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("charsam.workspace.passwords.COST", (2, 8, 1))
        patch.setattr("charsam.workspace.passwords.NOBODY", f"scrypt$2$8$1${'A' * 22}==${'A' * 43}=")
        yield


@pytest.fixture(scope="session")
def recogniser() -> Recogniser:
    return Recogniser()


@pytest.fixture(scope="session")
def line_finder() -> LineFinder:
    return LineFinder()


@pytest.fixture(scope="session")
def region_detector() -> RegionDetector:
    return RegionDetector(locate("craft"))


@pytest.fixture(scope="session")
def pipeline() -> CharSAM:
    loaded = CharSAM()
    loaded.load()
    return loaded
