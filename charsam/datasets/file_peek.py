"""A look at a file: of what kind it is, and which fields it has. Formats are told apart by that, never by names
alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from charsam.datasets.fields import parse_json, read_text
from charsam.datasets.json_file import entries
from charsam.errors import CharsamError

WHOLE: Final = 4_000_000
"""Bytes of a JSON file up to which it is parsed whole to see its fields; of a larger one the first entries are looked
at.
"""
MOST_FIELDS: Final = 50


@dataclass(frozen=True, slots=True)
class Peek:
    """kind: "json", "xml", "mat", "text", or "" for everything else. fields: of a JSON object each field with its
    value, of lists and objects at least the first entry; of a JSON list, "" with the list. root: the name of an XML
    file's root.
    names: of a .mat file's variables. lines: of a text file, those that are not blank. problem: why it cannot be read.
    """

    path: Path
    kind: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    root: str = ""
    names: frozenset[str] = frozenset()
    lines: tuple[str, ...] = ()
    problem: str = ""

    def first(self, name: str) -> Any:
        """The first entry of a field that is a list or an object; None where there is none."""
        value = self.fields.get(name)
        if isinstance(value, dict):
            value = list(value.values())
        return value[0] if isinstance(value, list) and value else None

    def entries_have(self, *names: str) -> bool:
        """Whether every field of the object (or entry of the list) is an object with these fields; at least one is."""
        values = self.fields.get("", list(self.fields.values()))
        return bool(values) and all(isinstance(one, dict) and not one.keys().isdisjoint(names) for one in values)


def peek(path: Path) -> Peek:
    """Look at one file. What cannot be read has a `problem`."""
    suffix = path.suffix.lower()
    try:
        if suffix in (".json", ".jsonl"):
            return Peek(path, "json", _json_fields(path))
        if suffix == ".xml":
            return Peek(path, "xml", root=_xml_root(path))
        if suffix == ".mat":
            return Peek(path, "mat", names=_mat_names(path))
        if suffix == ".txt":
            lines = re.split(r"\r\n|\n|\r", read_text(path))
            return Peek(path, "text", lines=tuple(line for line in lines if line.strip()))
    except CharsamError as error:
        return Peek(path, {".mat": "mat", ".xml": "xml", ".txt": "text"}.get(suffix, "json"), problem=str(error))
    return Peek(path)


def _json_fields(path: Path) -> Mapping[str, Any]:
    if path.stat().st_size <= WHOLE:
        value = parse_json(read_text(path), name=path.name)
        return value if isinstance(value, dict) else {"": value if isinstance(value, list) else [value]}
    with path.open("rb") as file:
        is_list = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    if is_list:
        value = parse_json(read_text(path, 500_000_000), name=path.name)
        return {"": value[:MOST_FIELDS]}
    fields: dict[str, Any] = {}
    for entry in entries(path):
        if entry.field not in fields:
            if len(fields) == MOST_FIELDS:
                break
            key = entry.key
            fields[entry.field] = (
                entry.value if key is None else [entry.value] if isinstance(key, int) else {key: entry.value}
            )
    return fields


def _xml_root(path: Path) -> str:
    from charsam.datasets.xml_file import root_name

    return root_name(path)


def _mat_names(path: Path) -> frozenset[str]:
    from charsam.datasets.mat_file import variable_names

    return variable_names(path)


def is_json_object(value: Any, *names: str) -> bool:
    """Whether a value is an object with all of these fields."""
    return isinstance(value, dict) and all(name in value for name in names)
