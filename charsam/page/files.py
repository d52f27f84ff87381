"""Whose files lie in which folder of Gradio's cache: what one person downloads, nobody else can fetch by its URL.

Gradio serves any file of its cache to whoever knows the path. So every download is written into a folder of its own
with an unguessable name, which is noted here with its owner, and the gate (`charsam.page.gate`) lets pass only
requests for noted folders that come from the owner. Uploads (`charsam.page.uploads`) are not noted here, so nobody
can fetch them back.
"""

from __future__ import annotations

import secrets
import shutil
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final

from gradio.utils import get_upload_folder

MOST_FOLDERS: Final = 2000
_PREFIX: Final = "charsam-"

_owners: OrderedDict[str, str | None] = OrderedDict()
_lock = threading.Lock()


def new_folder(owner: str | None) -> Path:
    """An empty folder for downloads that only `owner` can fetch (None: only callers whom nobody knows).

    The caller removes it; when there are far too many, the oldest goes.
    """
    folder = Path(get_upload_folder()) / f"{_PREFIX}{secrets.token_urlsafe(24)}"
    folder.mkdir(parents=True, mode=0o700)
    with _lock:
        _owners[folder.name] = owner
        surplus = [_owners.popitem(last=False)[0] for _ in range(len(_owners) - MOST_FOLDERS)]
    for name in surplus:
        shutil.rmtree(folder.parent / name, ignore_errors=True)
    return folder


def remove_folder(folder: Path) -> None:
    """Remove a folder of downloads; its URL leads nowhere from now on."""
    with _lock:
        _owners.pop(folder.name, None)
    shutil.rmtree(folder, ignore_errors=True)


def remove_of(owner: str) -> None:
    """Remove all downloads of somebody who has left."""
    with _lock:
        names = [name for name, whose in _owners.items() if whose == owner]
        for name in names:
            del _owners[name]
    for name in names:
        shutil.rmtree(Path(get_upload_folder()) / name, ignore_errors=True)


def may_fetch(path: str, caller: str | None) -> bool:
    """Whether a caller may fetch a file of Gradio's cache. path: as the URL has it, decoded; caller: their key."""
    if "\0" in path:
        return False
    root = Path(get_upload_folder()).resolve()
    file = Path(path).resolve()
    if not file.is_relative_to(root):
        return False
    name = file.relative_to(root).parts[0] if file != root else ""
    with _lock:
        return name in _owners and _owners[name] == caller
