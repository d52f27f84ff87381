"""Models that many tests share; loading them takes seconds."""

import pytest

from charsam.cbr.finding import WordFinder
from charsam.cbr.reading import Recogniser


@pytest.fixture(scope="session")
def recogniser() -> Recogniser:
    return Recogniser()


@pytest.fixture(scope="session")
def word_finder() -> WordFinder:
    return WordFinder()
