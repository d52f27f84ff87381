"""Values of a JSON file with the path that leads to them, so that every message can name the place."""

from __future__ import annotations

import codecs
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from charsam.datasets import encodings
from charsam.errors import WordsError
from charsam.types import FloatArray

MAX_BYTES: Final = 64_000_000
"""Largest file of one image's annotations."""
MOST_VERTICES: Final = 4096


@dataclass(frozen=True, slots=True)
class Field:
    """A value of the file with the path that leads to it. Whatever is asked of it raises WordsError, naming the place,
    where the value is something else.
    """

    place: str
    value: Any

    def error(self, expected: str) -> WordsError:
        return WordsError(f"{self.place}: {expected}; it is {_shown(self.value)}")

    def get(self, key: str) -> Field:
        found = self.find(key)
        if found is None:
            raise WordsError(f"{self.place}: the field {key!r} is missing")
        return found

    def find(self, key: str) -> Field | None:
        """The field of that name; None where it is absent or null."""
        if not isinstance(self.value, dict):
            raise self.error("expected an object")
        value = self.value.get(key)
        return None if value is None else Field(self._path(key), value)

    def items(self) -> list[Field]:
        if not isinstance(self.value, list):
            raise self.error("expected a list")
        return [Field(f"{self.place}[{index}]", item) for index, item in enumerate(self.value)]

    def members(self) -> list[tuple[str, Field]]:
        """The fields of an object; by number where all their names are numbers, else as they stand."""
        if not isinstance(self.value, dict):
            raise self.error("expected an object")
        keys = list(self.value)
        if all(key.isdecimal() and len(key) < 20 for key in keys):
            keys.sort(key=int)
        return [(key, Field(self._path(key[:60]), self.value[key])) for key in keys]

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.error("expected a text")
        try:
            self.value.encode()
        except UnicodeEncodeError as error:
            raise self.error("expected Unicode text") from error
        return self.value

    def number(self) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not abs(self.value) <= 1e7:
            raise self.error("expected a number of pixels")
        return float(self.value)

    def whole(self, low: int, high: int) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int) or not low <= self.value <= high:
            raise self.error(f"expected a whole number from {low} to {high}")
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.error("expected true or false")
        return self.value

    def flag_at(self, key: str) -> bool:
        """The field of that name; False where it is absent."""
        found = self.find(key)
        return False if found is None else found.flag()

    def share_at(self, key: str) -> float:
        """The field of that name, a number from 0 to 1; 0 where it is absent."""
        found = self.find(key)
        if found is not None and not 0.0 <= found.number() <= 1.0:
            raise found.error("expected a number from 0 to 1")
        return 0.0 if found is None else found.number()

    def flat_points(self) -> FloatArray:
        """(P, 2): the points of a list x1, y1, x2, y2, …, P >= 3."""
        if isinstance(self.value, list) and len(self.value) > 2 * MOST_VERTICES:
            raise self.error(f"expected at most {MOST_VERTICES} points")
        numbers = [item.number() for item in self.items()]
        if len(numbers) < 6 or len(numbers) % 2:
            raise self.error("expected x1, y1, x2, y2, … of at least 3 points")
        return np.array(numbers, np.float32).reshape(-1, 2)

    def points(self, least: int) -> FloatArray:
        """(P, 2): the points of a list [x, y], …, P >= least."""
        if isinstance(self.value, list) and len(self.value) > MOST_VERTICES:
            raise self.error(f"expected at most {MOST_VERTICES} points")
        pairs = []
        for point in self.items():
            pair = [value.number() for value in point.items()]
            if len(pair) != 2 or not all(math.isfinite(value) for value in pair):
                raise point.error("expected x and y")
            pairs.append(pair)
        if len(pairs) < least:
            raise self.error(f"expected at least {least} points, there are {len(pairs)}")
        return np.array(pairs, np.float32)

    def _path(self, key: str) -> str:
        return f"{self.place}: {key}" if ":" not in self.place else f"{self.place}.{key}"


def parse_json(text: str, *, name: str) -> Any:
    """The value of a JSON text. Raises WordsError, naming the file, for what is not JSON (NaN is not)."""
    try:
        return json.loads(text, parse_constant=no_constant)
    except RecursionError as error:
        raise WordsError(f"{name} is not valid JSON: its values are nested too deeply") from error
    except ValueError as error:
        raise WordsError(f"{name} is not valid JSON: {error}") from error


def read_text(path: Path, limit: float = MAX_BYTES) -> str:
    """The text of a file in UTF-8 (or UTF-16 with its mark, or the encoding that was chosen), without byte-order mark.

    Raises WordsError, naming the file, where it is something else, or has more bytes than the limit.
    """
    try:
        if path.stat().st_size > limit:
            raise WordsError(f"{path.name} has more than {limit / 1e6:.0f} MB; expected the words of one image")
        data = path.read_bytes()
    except OSError as error:
        raise WordsError(f"{path.name} cannot be read ({error.strerror})") from error
    try:
        marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        return _in_another_encoding(path, data, error)


def _in_another_encoding(path: Path, data: bytes, error: UnicodeDecodeError) -> str:
    """The text in the encoding that was chosen. Raises WordsError, naming what it seems to be, where none was."""
    encoding = encodings.chosen()
    if encoding is None:
        guess = encodings.seems(data)
        hint = f"; it seems to be {encodings.named(guess)}: choose the encoding to read it" if guess else ""
        raise WordsError(f"{path.name} is not UTF-8 text ({error.reason} at byte {error.start}){hint}") from error
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as again:
        raise WordsError(f"{path.name} is neither UTF-8 text nor {encoding} ({again})") from again


def read_lines(path: Path) -> list[str]:
    """The lines of a text file, without their ends; letters that Unicode takes for line ends part no lines."""
    return re.split(r"\r\n|\n|\r", read_text(path))


def no_constant(name: str) -> float:
    """For `parse_constant` of a JSON decoder: NaN and Infinity are refused."""
    raise ValueError(f"{name} is not a number that JSON has")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object with the fields {', '.join(repr(key[:20]) for key in list(value)[:4]) or '(none)'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, int) and abs(value) > 10**50:
        return "a number of more than 50 digits"
    return json.dumps(value[:60] if isinstance(value, str) else value, default=str)
