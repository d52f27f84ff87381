"""Models that many tests share; loading them takes seconds."""

import pytest

from charsam.cbr.reading import Recogniser
from charsam.cbr.regions import RegionDetector
from charsam.finding.lines import LineFinder
from charsam.pipeline import CharSAM
from charsam.weights import locate


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
