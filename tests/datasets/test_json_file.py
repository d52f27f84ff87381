"""Large JSON files, read entry by entry: the same values as json.loads gives, whatever the window."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from charsam.datasets import json_file
from charsam.errors import DatasetError, WordsError

SCALARS = [1, -2.5, 1e-9, 0, True, False, None, 'ü"\\\n中', "a" * 50, "", "\U0001f600", 12345678901234]


def value(random: random.Random, depth: int) -> Any:
    kind = random.random()
    if depth == 0 or kind < 0.2:
        return random.choice(SCALARS)
    count = random.randint(0, 4)
    if kind < 0.6:
        return [value(random, depth - 1) for _ in range(count)]
    return {f"k{index}": value(random, depth - 1) for index in range(count)}


def gathered(path: Path) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for entry in json_file.entries(path):
        if entry.key is None:
            fields[entry.field] = entry.value
        elif isinstance(entry.key, int):
            fields.setdefault(entry.field, []).append(entry.value)
        else:
            fields.setdefault(entry.field, {})[entry.key] = entry.value
    return fields


@pytest.mark.parametrize("window", [1, 2, 7, 100, 1 << 20])
@pytest.mark.parametrize("seed", range(8))
def test_entries_equal_what_json_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int, seed: int) -> None:
    monkeypatch.setattr(json_file, "CHUNK", window)
    chance = random.Random(seed)
    data = {f"é{index}": value(chance, 4) for index in range(5)}
    text = json.dumps(data, ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, 1]))
    path = tmp_path / "index.json"
    path.write_bytes((b"\xef\xbb\xbf" if chance.random() < 0.5 else b"") + text.encode())

    assert gathered(path) == data
    for entry in json_file.entries(path):
        assert json_file.read_entry(path, entry.start, entry.stop) == entry.value


@pytest.mark.parametrize("window", [1, 5, 1 << 20])
@pytest.mark.parametrize("seed", range(8))
def test_damaged_file_is_a_dataset_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int, seed: int
) -> None:
    monkeypatch.setattr(json_file, "CHUNK", window)
    chance = random.Random(seed)
    text = json.dumps({f"k{index}": value(chance, 3) for index in range(5)})
    path = tmp_path / "index.json"
    path.write_text(text[: chance.randint(0, len(text) - 1)])
    with pytest.raises(DatasetError, match=r"index\.json: at byte \d+: "):
        gathered(path)


def test_error_in_the_middle_is_found_without_reading_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "index.json"
    path.write_text('{"a": [1, 2 3, ' + "4, " * 2_000_000 + "5]}")
    with pytest.raises(DatasetError, match=r"index\.json: at byte 12: expected ',' or ']'"):
        gathered(path)


def test_entry_of_a_file_that_has_changed_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "index.json"
    path.write_text('{"a": {"b": [1, 2]}}')
    (entry,) = json_file.entries(path)
    path.write_text('{"a": {"b": "1, 2]}}')
    with pytest.raises(WordsError, match=r"index\.json has changed or cannot be read any more"):
        json_file.read_entry(path, entry.start, entry.stop)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"list": {}, "object": {}}', "list: expected a list"),
        ('{"list": [], "object": [1]}', "object: expected an object"),
        ('{"list": 3, "object": {}}', "list: expected a list"),
        ('{"list": []}', "the field 'object' is missing"),
    ],
)
def test_fields_of_the_wrong_kind_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "index.json"
    path.write_text(text)
    with pytest.raises(DatasetError, match=message):
        list(json_file.members(path, {"list": list, "object": dict}))
