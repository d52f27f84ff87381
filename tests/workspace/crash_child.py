"""What the crash test runs in a process of its own: it edits an image until it is killed."""

from __future__ import annotations

import random
from multiprocessing.connection import Connection
from pathlib import Path

from workspaces import with_word, without_word

from charsam.editing.changes import difference
from charsam.errors import EditError
from charsam.workspace.values import User
from charsam.workspace.workspace import Workspace


def edit_for_ever(folder: Path, image: str, by: User, seed: int, say: Connection) -> None:
    """Edit, undo and redo at random; say each entry's number as soon as the workspace says that it is kept."""
    chance = random.Random(seed)
    workspace = Workspace.open(folder)
    while True:
        document, seq, _, _ = workspace.history.document(image, by)
        kind = chance.choice(["add", "add", "delete", "undo", "redo"])
        try:
            if kind == "undo":
                seq = workspace.history.undo(image, seq, by).seq
            elif kind == "redo":
                seq = workspace.history.redo(image, seq, by).seq
            else:
                words = len(document.words)
                fewer = words > 4 or (words > 0 and kind == "delete")
                after = without_word(document, chance.randrange(words)) if fewer else with_word(document, "HOTEL")
                seq = workspace.history.append(image, seq, kind, kind, difference(document, after), by).seq
        except EditError:
            continue
        say.send(seq)
