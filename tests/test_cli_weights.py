import pytest
from mirrors import CONTENT, mirrored

from charsam import weights
from charsam.cli import main


@pytest.fixture(autouse=True)
def bare_machine(tmp_path, monkeypatch):
    monkeypatch.delenv("CHARSAM_WEIGHTS_URL", raising=False)
    monkeypatch.setenv("CHARSAM_WEIGHTS", str(tmp_path / "weights"))


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A mirror, named by the environment, with a `sam_vit_b` that is small; the folder that it serves."""
    with mirrored(tmp_path / "mirror", monkeypatch) as address:
        monkeypatch.setenv("CHARSAM_WEIGHTS_URL", address)
        yield tmp_path / "mirror"


def charsam(*arguments):
    """Run `charsam …`; its exit status."""
    return main(arguments)


def test_the_list_names_every_network_and_where_it_is_or_how_to_get_it(capsys):
    assert charsam("weights", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", *weights.WEIGHTS]
    assert lines[1].endswith("craft_mlt_25k.pth")
    assert "375 MB" in lines[4]
    assert lines[4].endswith("missing: charsam weights get sam_vit_b")


def test_path_prints_where_weights_lie(capsys):
    assert charsam("weights", "path", "craft") == 0
    assert capsys.readouterr().out == f"{weights.locate('craft')}\n"


def test_path_of_missing_weights_fails_with_what_to_do(capsys):
    assert charsam("weights", "path", "sam_vit_h") == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert "charsam weights get sam_vit_h" in output.err


def test_get_fetches_and_prints_where_the_file_is(mirror, tmp_path, capsys):
    assert charsam("weights", "get", "sam_vit_b") == 0
    output = capsys.readouterr()
    assert output.out == f"{tmp_path / 'weights' / 'small.pth'}\n"
    assert "100%" in output.err
    assert (tmp_path / "weights" / "small.pth").read_bytes() == CONTENT


def test_get_puts_the_file_into_the_folder_asked_for(mirror, tmp_path):
    assert charsam("weights", "get", "sam_vit_b", "--folder", str(tmp_path / "mine")) == 0
    assert (tmp_path / "mine" / "small.pth").read_bytes() == CONTENT


def test_get_into_a_folder_that_is_not_searched_says_how_it_will_be(mirror, tmp_path, capsys):
    charsam("weights", "get", "sam_vit_b", "--folder", str(tmp_path / "mine"))
    assert f"set the environment variable CHARSAM_WEIGHTS to {tmp_path / 'mine'}" in capsys.readouterr().err


def test_get_that_fails_says_why(mirror, capsys):
    (mirror / "small.pth").unlink()
    assert charsam("weights", "get", "sam_vit_b") == 1
    assert "the server answered 404" in capsys.readouterr().err


def test_ctrl_c_says_that_the_next_run_goes_on(monkeypatch, capsys):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(weights, "fetch", interrupted)
    assert charsam("weights", "get", "sam_vit_b") == 130
    assert "what has arrived is kept" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["weights"], ["weights", "get"], ["weights", "get", "craft"], ["weights", "path", "x"]]
)
def test_unusable_arguments_end_with_status_2(arguments, capsys):
    assert charsam(*arguments) == 2
