"""Kill the server at any moment: what was acknowledged is there, and the document is what its history adds up to."""

from __future__ import annotations

import multiprocessing
import random
import threading
from pathlib import Path

import pytest
from crash_child import edit_for_ever
from workspaces import OpenWorkspace, picture

from charsam.workspace.history_import import check_history
from charsam.workspace.values import User

pytestmark = pytest.mark.heavy

IMAGES = 4
LATEST = 6
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["charsam.workspace.workspace", "PIL.Image"])


def killed_while_editing(folder: Path, image: str, by: User, seed: int) -> list[int]:
    """Start a process that edits, kill it with SIGKILL somewhere, and return the numbers that it said were safe."""
    chance = random.Random(seed)
    after, delay = chance.randrange(1, LATEST), chance.random() * 0.02
    receiver, sender = processes.Pipe(duplex=False)
    process = processes.Process(target=edit_for_ever, args=(folder, image, by, seed, sender), daemon=True)
    process.start()
    sender.close()
    said = [receiver.recv() for _ in range(after)]
    threading.Event().wait(delay)  # so that the kill falls at any point of an edit, not always after the same line
    process.kill()
    process.join()
    try:
        while True:
            said.append(receiver.recv())
    except EOFError:
        return said
    finally:
        receiver.close()


@pytest.mark.parametrize("kills", [25, pytest.param(100, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost_when_the_process_is_killed_again_and_again(
    open_workspace: OpenWorkspace, kills: int
) -> None:
    workspace = open_workspace()
    ann = workspace.accounts.guest("Ann")
    project = workspace.projects.inbox(ann)
    images = [workspace.images.add(project.id, f"{number}.png", picture(number), ann).id for number in range(IMAGES)]
    newest = dict.fromkeys(images, 0)

    for seed in range(kills):
        image = images[seed % IMAGES]
        said = killed_while_editing(workspace.folder, image, ann, seed)

        document, seq, _, _ = workspace.history.document(image, ann)
        assert said == list(range(newest[image] + 1, newest[image] + 1 + len(said)))
        assert seq - said[-1] in (0, 1)  # one may have been written and not yet acknowledged
        assert workspace.history.fold(image, ann) == document
        newest[image] = seq

    for image in images:
        check_history(
            workspace.history.document(image, ann).document, workspace.history.entries(image, ann, changes=True)
        )
