"""Large JSON files read member by member, so that memory does not grow with the file.

A JSON index of a dataset is an object whose large fields are objects or lists of many small entries. `entries` goes
through it once and tells where each entry lies; `JsonFile.read` reads single entries again later.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from charsam.datasets.fields import no_constant
from charsam.errors import DatasetError, WordsError

CHUNK: Final = 1 << 20
MAX_ENTRY: Final = 32_000_000
"""Most letters that one entry may have."""
_SPACE: Final = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class JsonEntry:
    """One entry of a field of the file's object. key: its name, or its number in a list; None: the field itself, where
    that is neither an object nor a list, or is empty. start, stop: the bytes of the file that hold the value.
    """

    field: str
    key: str | int | None
    value: Any
    start: int
    stop: int


def entries(path: Path) -> Iterator[JsonEntry]:
    """The entries of a JSON file in its order. Raises DatasetError, naming file and byte, for what is no such file."""
    try:
        with path.open("rb") as file:
            yield from _Reader(path.name, file).entries()
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be read ({error.strerror})") from error


def members(path: Path, kinds: Mapping[str, type]) -> Iterator[JsonEntry]:
    """The entries of the named fields, each of which must be a list, a dict, or (object) may be any single value.

    Raises DatasetError where one is missing or of another kind, and as `entries` does.
    """
    missing = set(kinds)
    for entry in entries(path):
        kind = kinds.get(entry.field)
        if kind is None:
            continue
        missing.discard(entry.field)
        if kind is object or isinstance(entry.key, str if kind is dict else int):
            yield entry
        elif not (isinstance(entry.value, kind) and entry.key is None):
            expected = "an object" if kind is dict else "a list"
            raise DatasetError(f"{path.name}: {entry.field}: expected {expected}")
    for field in sorted(missing):
        raise DatasetError(f"{path.name}: the field {field!r} is missing")


def read_entry(path: Path, start: int, stop: int) -> Any:
    """The value that lies at these bytes of the file. Raises WordsError where the file is not what it was."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            return json.loads(file.read(stop - start).decode(), parse_constant=no_constant)
    except (OSError, ValueError, RecursionError) as error:
        raise WordsError(f"{path.name} has changed or cannot be read any more ({error})") from error


class _Reader:
    """A window of text that moves through a file; `_at` is the place in it that comes next."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self._name, self._file = name, file
        self._decoder = json.JSONDecoder(parse_constant=no_constant)
        self._bytes = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._done = "", 0, False
        self._offset, self._counted = 0, 0  # bytes of the file before the letter `_counted` of `_text`
        mark = file.read(3)
        self._offset = 3 if mark == codecs.BOM_UTF8 else 0
        file.seek(0)

    def entries(self) -> Iterator[JsonEntry]:
        self._expect("{", "an object")
        if self._peek() == "}":
            self._at += 1
        else:
            while True:
                yield from self._field(self._key())
                if not self._goes_on("}"):
                    break
        if self._peek():
            raise self._error("expected the end of the file")

    def _field(self, name: str) -> Iterator[JsonEntry]:
        opening = self._peek()
        if opening not in ("{", "["):
            yield self._value(name, None)
            return
        start = self._position()
        self._at += 1
        closing = "}" if opening == "{" else "]"
        if self._peek() == closing:
            self._at += 1
            yield JsonEntry(name, None, {} if opening == "{" else [], start, self._position())
            return
        number = 0
        while True:
            yield self._value(name, self._key() if opening == "{" else number)
            number += 1
            if not self._goes_on(closing):
                return

    def _key(self) -> str:
        if self._peek() != '"':
            raise self._error("expected the name of a field")
        key = self._parsed()
        self._expect(":", "':' after the name of a field")
        return str(key)

    def _value(self, field: str, key: str | int | None) -> JsonEntry:
        self._peek()
        start = self._position()
        value = self._parsed()
        return JsonEntry(field, key, value, start, self._position())

    def _parsed(self) -> Any:
        """The JSON value that comes next; the window grows until it is whole."""
        self._drop()
        size = CHUNK
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
                # What looks like a whole number may go on beyond the window: 1 of 10, 1e or 1.5.
                if self._text[end - 1] in '}]"' or self._done or end + 16 < len(self._text):
                    self._at = end
                    return value
            except RecursionError as error:
                raise self._error("its values are nested too deeply") from error
            except json.JSONDecodeError as error:
                # An unfinished value fails where the window ends, or where its unfinished text begins.
                unfinished = error.pos > len(self._text) - 16 or error.msg.startswith("Unterminated")
                if self._done or not unfinished:
                    raise self._error(f"it is not valid JSON ({error.msg})") from error
            except ValueError as error:
                raise self._error(f"it is not valid JSON ({error})") from error
            if len(self._text) - self._at > MAX_ENTRY:
                raise self._error(
                    f"it is not valid JSON, or one value has more than {MAX_ENTRY // 1_000_000} million letters"
                )
            self._fill(size)
            size *= 2

    def _goes_on(self, closing: str) -> bool:
        letter = self._peek()
        if letter not in (",", closing):
            raise self._error(f"expected ',' or '{closing}'")
        self._at += 1
        return letter == ","

    def _expect(self, letter: str, what: str) -> None:
        if self._peek() != letter:
            raise self._error(f"expected {what}")
        self._at += 1

    def _peek(self) -> str:
        """The next letter that is no white space; "" at the end of the file."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._done:
                return ""
            self._drop()
            self._fill(CHUNK)

    def _fill(self, size: int) -> None:
        data = self._file.read(size)
        self._done = not data
        try:
            self._text += self._bytes.decode(data, final=self._done)
        except UnicodeDecodeError as error:
            raise DatasetError(f"{self._name} is not UTF-8 text ({error})") from error

    def _drop(self) -> None:
        """Forget what lies behind, once it is much."""
        if self._at > CHUNK:
            self._position()
            self._text, self._at, self._counted = self._text[self._at :], 0, 0

    def _position(self) -> int:
        passed = self._text[self._counted : self._at]
        self._offset += len(passed) if passed.isascii() else len(passed.encode())
        self._counted = self._at
        return self._offset

    def _error(self, problem: str) -> DatasetError:
        return DatasetError(f"{self._name}: at byte {self._position()}: {problem}")
