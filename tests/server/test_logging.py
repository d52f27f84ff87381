"""What the server logs: each request with its number, nothing of a photo."""

import logging
from pathlib import Path

import made
import pytest
from label_site import Site, png

from charsam.errors import SettingsError
from charsam.server.access import Access
from charsam.server.engine import Engine
from charsam.server.logging_setup import set_up
from charsam.server.serving import Mode, Serving


def test_a_request_is_logged_with_the_number_that_its_answer_carries(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    access = Access(Serving(Mode.LOCAL, tmp_path))
    client = Site(access, engine).visitor()
    set_up({"CHARSAM_LOG_LEVEL": "info", "CHARSAM_LOG_FORMAT": "%(request)s %(message)s"})
    try:
        answer = client.post("/label/photos", files={"files": ("my_secret.png", png(made.sign()[0]))})
        line = capsys.readouterr().err.splitlines()[-1]
        assert line.startswith(f"{answer.headers['x-request-id']} POST /label/photos 200 ")
        assert "my_secret" not in line
    finally:
        logging.getLogger("charsam").handlers = []
        access.close()


def test_a_level_that_does_not_exist_is_named() -> None:
    with pytest.raises(SettingsError, match="CHARSAM_LOG_LEVEL is LOUD"):
        set_up({"CHARSAM_LOG_LEVEL": "loud"})
