"""A server that is started again goes on with what its predecessor was annotating in the background."""

from __future__ import annotations

from pathlib import Path

import made
from label_site import png

from charsam.editing.document import Document
from charsam.editing.editor import Edit
from charsam.page.page import App
from charsam.server.access import Access
from charsam.server.engine import Engine
from charsam.server.serving import Mode, Serving
from charsam.types import ImageArray
from charsam.workspace.background import Annotator
from charsam.workspace.jobs import JobState
from charsam.workspace.values import User


def test_a_job_that_a_server_left_behind_is_done_by_the_next_one(tmp_path: Path, engine: Engine) -> None:
    before = Access(Serving(Mode.LOCAL, tmp_path))
    caller = before.caller(None)
    assert caller is not None
    project = caller.workspace.projects.create("Signs", caller.user)
    caller.workspace.images.add(project.id, "sign.png", png(made.sign()[0]), caller.user)
    killed = Annotator(caller.workspace, annotates_nothing)
    killed.close()
    assert killed.start(project.id, caller.user).waiting == 1
    before.close()

    app = App(engine, access=Access(Serving(Mode.LOCAL, tmp_path)))
    app.launch(quiet=True)
    annotator = app.service.annotator
    assert annotator.wait(60)
    after = annotator.progress(project.id, caller.user)
    app.close()

    assert after is not None
    assert (after.state, after.waiting) == (JobState.DONE, 0)


def annotates_nothing(key: str, image: ImageArray, document: Document, by: User) -> Edit:
    raise AssertionError("it was killed before it began")
