"""What every command says of itself, and how all of them fail."""

import shlex

import pytest
import typer

from charsam import segmenters
from charsam.cli import main
from charsam.cli.command import app
from charsam.cli.options import checked_settings
from charsam.trace import Settings

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
ACTIONS = {"benchmark": ["make"], "users": ["list", "add", "password", "remove"], "weights": ["list", "get", "path"]}
EVERY = [[name, action] for name, actions in ACTIONS.items() for action in actions]
EVERY += [[name] for name in COMMANDS if name not in ACTIONS]


@pytest.mark.parametrize("name", EVERY, ids=" ".join)
def test_help_ends_with_an_example_of_the_command(name: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*name, "--help"]) == 0
    *_, example = capsys.readouterr().out.strip().split("Example:  ")
    assert shlex.split(example)[: 1 + len(name)] == ["charsam", *name]


def test_defaults_are_those_of_the_settings() -> None:
    assert checked_settings() == Settings()


def test_help_tells_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    main(["annotate", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for option, default in (("--vote-threshold", "0.6"), ("--templates", "80"), ("--points", "4")):
        assert f"[default: {default}]" in told.partition(option)[2].partition("--")[0]


def test_a_name_that_there_is_not_is_answered_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["annotate", "photo.png", "--out", "out", "--segmenter", "sam"]) == 2
    told = capsys.readouterr().err
    assert "there is no segmenter named 'sam'" in told
    assert f"the names are {', '.join(segmenters.NAMES)}" in told


def test_a_format_without_true_masks_is_sent_to_the_command_that_scores_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["evaluate", "labelme", "--root", "data", "--out", "out"]) == 2
    assert "charsam evaluate-words scores the words" in " ".join(capsys.readouterr().err.split())


def test_an_interrupt_is_said_and_told_by_the_status(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("charsam.weights.locate", interrupted)
    assert main(["weights", "path", "craft"]) == 130
    assert capsys.readouterr().err == "charsam weights: stopped\n"


def test_the_shell_can_complete_commands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_CHARSAM_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "charsam refi")
    monkeypatch.setenv("COMP_CWORD", "1")
    main([])
    assert "refine" in capsys.readouterr().out
