"""`charsam annotate`: what it writes, what it says, and its exit status."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import charsam
from charsam import weights
from charsam.cli import main
from charsam.cli.annotate import LOCK
from charsam.datasets.native import read_words
from charsam.file_lock import locked
from charsam.images import load_image
from charsam.pipeline import CharSAM
from charsam.runs import photos
from charsam.scenes import Scene, make_scene
from charsam.types import PromptMode

SIZE = (320, 240)


@pytest.fixture(autouse=True)
def one_pipeline(monkeypatch: pytest.MonkeyPatch, pipeline: CharSAM) -> None:
    """The models are those of the other tests."""
    monkeypatch.setattr(photos, "CharSAM", lambda: pipeline)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(1, size=SIZE, kind="rotated")


@pytest.fixture
def photo(tmp_path: Path, scene: Scene) -> Path:
    """A folder `in` with the scene as hotel.png."""
    path = tmp_path / "in" / "hotel.png"
    path.parent.mkdir()
    Image.fromarray(scene.image).save(path)
    return path


def words_file(folder: Path, scene: Scene, *files: str, **fields: Any) -> Path:
    """A native words file that gives the scene's first word for each of the files."""
    word = {"polygon": scene.words[0].polygon.tolist(), "text": scene.words[0].text}
    path = folder / "given.json"
    path.write_text(json.dumps({"charsam": 1, "images": [{"file": file, "words": [word], **fields} for file in files]}))
    return path


def written(out: Path) -> list[dict[str, Any]]:
    return json.loads((out / "words.json").read_text(encoding="utf-8"))["images"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def run(*arguments: object) -> int:
    return main(["annotate", *(str(argument) for argument in arguments)])


def test_masks_and_words_are_written(tmp_path: Path, photo: Path, scene: Scene, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "new" / "out"

    status = run(photo, "--words", words_file(tmp_path, scene, "hotel.png"), "--out", out)

    assert status == 0
    assert names(out) == ["hotel_chars.png", "hotel_text.png", "words.json"]
    text = scene.words[0].text or ""
    assert f"1 of 1 images done, 0 failed: {len(text)} characters" in capsys.readouterr().out


def test_masks_and_words_are_those_of_the_library(tmp_path: Path, photo: Path, scene: Scene, pipeline: CharSAM) -> None:
    run(photo, "--words", words_file(tmp_path, scene, "hotel.png"), "--out", tmp_path)
    first = scene.words[0]
    expected = pipeline.run(scene.image, [charsam.Word(first.polygon, first.text)]).annotation

    assert expected is not None
    with Image.open(tmp_path / "hotel_chars.png") as image:
        assert (image.mode, image.size) == ("I;16", SIZE)
        np.testing.assert_array_equal(np.asarray(image), expected.character_mask())
    with Image.open(tmp_path / "hotel_text.png") as image:
        assert (image.mode, image.size) == ("L", SIZE)
        np.testing.assert_array_equal(np.asarray(image), expected.text_mask())
    (entry,) = written(tmp_path)
    assert (entry["file"], entry["width"], entry["height"]) == ("hotel.png", *SIZE)
    assert "".join(c["category"] for c in entry["words"][0]["chars"]) == first.text


def test_written_words_can_be_given_again_and_keep_their_characters(tmp_path: Path, photo: Path, scene: Scene) -> None:
    run(photo, "--words", words_file(tmp_path, scene, "hotel.png"), "--out", tmp_path / "one")

    assert run(photo, "--words", tmp_path / "one" / "words.json", "--out", tmp_path / "two") == 0

    (before,), (after,) = written(tmp_path / "one"), written(tmp_path / "two")
    assert {c["box_source"] for c in after["words"][0]["chars"]} == {"given"}
    for a, b in zip(before["words"][0]["chars"], after["words"][0]["chars"], strict=True):
        np.testing.assert_allclose(a["polygon"], b["polygon"], atol=0.5)


def test_without_words_they_are_found_and_read(tmp_path: Path, photo: Path, scene: Scene) -> None:
    assert run(photo, "--out", tmp_path / "out") == 0

    (entry,) = written(tmp_path / "out")
    assert {word["text"] for word in entry["words"]} & {word.text for word in scene.words}
    assert all(word["text_read"] for word in entry["words"])


def test_image_without_an_entry_has_its_words_found(tmp_path: Path, photo: Path, scene: Scene) -> None:
    shutil.copy(photo, photo.with_name("other.png"))

    assert run(photo.parent, "--words", words_file(tmp_path, scene, "hotel.png"), "--out", tmp_path / "out") == 0

    given, found = written(tmp_path / "out")
    assert (given["file"], found["file"]) == ("hotel.png", "other.png")
    assert len(given["words"]) == 1
    assert all(word["text_read"] for word in found["words"])


def test_entry_without_an_image_is_reported(
    tmp_path: Path, photo: Path, scene: Scene, capsys: pytest.CaptureFixture
) -> None:
    status = run(photo, "--words", words_file(tmp_path, scene, "hotel.png", "lost.jpg"), "--out", tmp_path / "out")

    assert status == 0
    assert "no image given for the entry lost.jpg" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", [b"", b"this is a text", b"\x89PNG\r\n\x1a\n" + bytes(40), b"\xff\xd8\xff\xe0" + bytes(40)]
)
def test_broken_image_does_not_stop_the_others(
    tmp_path: Path, photo: Path, scene: Scene, capsys: pytest.CaptureFixture, content: bytes
) -> None:
    photo.with_name("broken.png").write_bytes(content)
    shutil.copy(photo, photo.with_name("after.png"))
    words = words_file(tmp_path, scene, "hotel.png", "after.png")

    status = run(photo.parent, "--words", words, "--out", tmp_path / "out")

    assert status == 1
    assert [entry["file"] for entry in written(tmp_path / "out")] == ["after.png", "hotel.png"]
    assert "broken_text.png" not in names(tmp_path / "out")
    said = capsys.readouterr()
    assert "broken.png" in said.err
    assert "2 of 3 images done, 1 failed" in said.out


def test_words_for_an_image_of_another_size_fail_that_image(
    tmp_path: Path, photo: Path, scene: Scene, capsys: pytest.CaptureFixture
) -> None:
    words = words_file(tmp_path, scene, "hotel.png", width=640, height=480)

    assert run(photo, "--words", words, "--out", tmp_path / "out") == 1

    assert "its words are for an image of 640 x 480 pixels; this one has 320 x 240" in capsys.readouterr().err
    assert written(tmp_path / "out") == []


def test_word_that_cannot_be_used_is_reported_and_written(
    tmp_path: Path, photo: Path, scene: Scene, capsys: pytest.CaptureFixture
) -> None:
    path = words_file(tmp_path, scene, "hotel.png")
    data = json.loads(path.read_text())
    data["images"][0]["words"].append({"polygon": [[900, 900], [990, 900], [990, 950], [900, 950]], "text": "FAR"})
    path.write_text(json.dumps(data))

    assert run(photo, "--words", path, "--out", tmp_path / "out") == 0

    said = capsys.readouterr()
    assert "word 2 (FAR): its polygon lies outside the image" in said.err
    assert "1 words could not be used" in said.out
    (entry,) = written(tmp_path / "out")
    assert "word 2 (FAR)" in entry["problems"][0]


@pytest.mark.parametrize("mode", PromptMode)
def test_prompts_of_every_mode(tmp_path: Path, photo: Path, scene: Scene, mode: PromptMode) -> None:
    words = words_file(tmp_path, scene, "hotel.png")

    assert run(photo, "--words", words, "--out", tmp_path / "out", "--prompts", mode) == 0

    (entry,) = written(tmp_path / "out")
    characters = entry["words"][0]["chars"]
    assert entry["prompts"] == str(mode)
    assert any(c["points"]["positive"] for c in characters) == mode.positive
    assert any(c["points"]["negative"] for c in characters) <= mode.negative


def test_same_stems_do_not_overwrite_each_other(tmp_path: Path, photo: Path, scene: Scene) -> None:
    for folder in ("day", "night"):
        (photo.parent / folder).mkdir()
        shutil.copy(photo, photo.parent / folder / "a.png")
    Image.fromarray(scene.image).save(photo.parent / "day" / "a.jpg")
    words = words_file(tmp_path, scene, "hotel.png", "day/a.png", "night/a.png", "a.jpg")

    assert run(photo.parent, "--words", words, "--out", tmp_path / "out") == 0

    masks = [name for name in names(tmp_path / "out") if name.endswith("_chars.png")]
    assert masks == ["day__a_jpg_chars.png", "day__a_png_chars.png", "hotel_chars.png", "night__a_png_chars.png"]
    assert [entry["file"] for entry in written(tmp_path / "out")] == [
        "day/a.jpg",
        "day/a.png",
        "hotel.png",
        "night/a.png",
    ]


def test_same_names_given_one_by_one_stay_apart(tmp_path: Path, photo: Path, scene: Scene) -> None:
    other = tmp_path / "other" / "hotel.png"
    other.parent.mkdir()
    shutil.copy(photo, other)
    words = words_file(tmp_path, scene, "in/hotel.png", "other/hotel.png")

    assert run(photo, other, "--words", words, "--out", tmp_path / "out") == 0

    assert sum(name.endswith("_chars.png") for name in names(tmp_path / "out")) == 2
    assert len({entry["file"] for entry in written(tmp_path / "out")}) == 2


def test_image_given_twice_is_done_once(tmp_path: Path, photo: Path, scene: Scene) -> None:
    words = words_file(tmp_path, scene, "hotel.png")
    assert run(photo, photo.parent, photo, "--words", words, "--out", tmp_path / "out") == 0
    assert len(written(tmp_path / "out")) == 1


def test_files_of_a_folder_that_are_no_images_are_passed_over(tmp_path: Path, photo: Path, scene: Scene) -> None:
    photo.with_name("readme.txt").write_text("the street")
    assert run(photo.parent, "--words", words_file(tmp_path, scene, "hotel.png"), "--out", tmp_path / "out") == 0
    assert [entry["file"] for entry in written(tmp_path / "out")] == ["hotel.png"]


def test_written_words_are_read_as_the_native_format(tmp_path: Path, photo: Path, scene: Scene) -> None:
    run(photo, "--words", words_file(tmp_path, scene, "hotel.png"), "--out", tmp_path / "out")
    (image,) = read_words(tmp_path / "out" / "words.json")
    assert image.words[0].text == scene.words[0].text


def test_unknown_segmenter_is_run(tmp_path: Path, photo: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(photo, "--out", tmp_path / "out", "--segmenter", "magic") == 2
    assert "sam_vit_b" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_sam_without_its_checkpoint_says_how_to_get_it(
    tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("CHARSAM_WEIGHTS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert run(photo, "--out", tmp_path / "out", "--segmenter", "sam_vit_b") == 2
    assert "charsam weights get sam_vit_b" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--prompts", "everything"], "P_char+pos"),
        (["--vote-threshold", "1.5"], "vote_threshold is 1.5; it must lie between 0 and 1"),
        (["--vote-threshold", "high"], "--vote-threshold"),
        (["--templates", "0"], "templates is 0"),
        (["--points", "99"], "points is 99"),
        (["--words", "nowhere.json"], "nowhere.json cannot be read"),
        (["--fonts", "/nowhere/at/all"], "font folder /nowhere/at/all does not exist"),
    ],
)
def test_unusable_argument_is_named(
    tmp_path: Path, photo: Path, capsys: pytest.CaptureFixture, arguments: list[str], message: str
) -> None:
    assert run(photo, "--out", tmp_path / "out", *arguments) == 2
    assert message in capsys.readouterr().err


def test_malformed_words_are_refused_by_their_field(tmp_path: Path, photo: Path, capsys: pytest.CaptureFixture) -> None:
    words = tmp_path / "given.json"
    words.write_text('{"charsam": 1, "images": [{"file": "hotel.png", "words": [{"text": "A"}]}]}')
    assert run(photo, "--words", words, "--out", tmp_path / "out") == 2
    assert "given.json: images[0].words[0]: the field 'polygon' is missing" in capsys.readouterr().err


def test_image_that_does_not_exist_is_run(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(tmp_path / "nowhere.jpg", "--out", tmp_path / "out") == 2
    assert "nowhere.jpg does not exist" in capsys.readouterr().err


def test_folder_without_images_is_run(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", "--out", tmp_path / "out") == 2
    assert "there is no image in" in capsys.readouterr().err


def test_output_folder_that_is_a_file_is_run(tmp_path: Path, photo: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(photo, "--out", photo) == 2
    assert "hotel.png" in capsys.readouterr().err


def test_output_folder_is_required(photo: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(photo) == 2
    assert "--out" in capsys.readouterr().err


def test_command_is_required(capsys: pytest.CaptureFixture) -> None:
    assert main([]) == 2
    assert "Missing command" in capsys.readouterr().err


def test_version_is_told(capsys: pytest.CaptureFixture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"charsam {charsam.__version__}\n"


def test_text_of_marks_alone_is_ignored_where_asked(photo: Path, scene: Scene, tmp_path: Path) -> None:
    given = words_file(tmp_path, scene, "hotel.png")
    given.write_text(given.read_text().replace(json.dumps(scene.words[0].text), '"###"'))

    assert run(photo, "--words", given, "--ignore-marks", "#*", "--out", tmp_path / "out") == 0

    (image,) = written(tmp_path / "out")
    assert image["words"][0]["ignore"] is True
    assert image["words"][0]["chars"] == []


def test_text_that_is_not_what_is_seen_is_told_and_kept(
    photo: Path, scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    word = scene.words[1]
    shown, short = word.text, word.text[:1] + word.text[2:]
    given = tmp_path / "given.json"
    entry = {"file": "hotel.png", "words": [{"polygon": word.polygon.tolist(), "text": short}]}
    given.write_text(json.dumps({"charsam": 1, "images": [entry]}))

    assert run(photo, "--words", given, "--out", tmp_path / "out") == 0

    (image,) = written(tmp_path / "out")
    assert image["words"][0]["text"] == short
    assert image["words"][0]["reads"] == shown
    assert f"its text may lack a letter: it reads {shown}" in capsys.readouterr().err


def test_damaged_weights_end_a_run_with_a_sentence(
    tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    craft = tmp_path / "craft_mlt_25k.pth"
    craft.write_bytes(b"two bits flipped")
    monkeypatch.setattr(photos, "CharSAM", CharSAM)
    monkeypatch.setattr(weights, "find", lambda name: craft)

    assert run(photo, "--out", tmp_path / "out") == 2

    assert "craft_mlt_25k.pth is damaged" in capsys.readouterr().err
    assert names(tmp_path / "out") == []


def test_a_second_run_into_the_same_folder_is_run(tmp_path: Path, photo: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with locked(out / LOCK) as mine:
        assert mine
        assert run(photo, "--out", out) == 2
    assert "another run is writing to" in capsys.readouterr().err


def test_what_is_done_is_in_the_index_before_the_run_is_over(
    tmp_path: Path, photo: Path, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = photo.with_name("second.png")
    shutil.copy(photo, second)
    seen: list[list[str]] = []

    def killed_at_the_second(source: Path) -> Any:
        if source == second:
            seen.append([entry["file"] for entry in written(tmp_path / "out")])
        return load_image(source)

    monkeypatch.setattr(photos, "load_image", killed_at_the_second)
    run(photo, second, "--words", words_file(tmp_path, scene, "hotel.png", "second.png"), "--out", tmp_path / "out")
    assert seen == [["hotel.png"]]


def test_a_run_that_was_stopped_goes_on(
    tmp_path: Path, photo: Path, scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    second = photo.with_name("second.png")
    shutil.copy(photo, second)
    given = (photo, second, "--words", words_file(tmp_path, scene, "hotel.png", "second.png"), "--out")
    looked_at: list[str] = []

    def stopped(source: Path) -> Any:
        looked_at.append(source.name)
        if len(looked_at) == 2:
            raise KeyboardInterrupt
        return load_image(source)

    monkeypatch.setattr(photos, "load_image", stopped)
    assert run(*given, tmp_path / "out") == 130
    assert "the same command goes on from there" in capsys.readouterr().err

    assert run(*given, tmp_path / "out") == 0
    assert looked_at == ["hotel.png", "second.png", "second.png"]
    assert [entry["file"] for entry in written(tmp_path / "out")] == ["hotel.png", "second.png"]
    assert ".progress" not in names(tmp_path / "out")


def test_masks_that_were_deleted_between_two_runs_are_made_again(
    tmp_path: Path, photo: Path, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = photo.with_name("second.png")
    shutil.copy(photo, second)
    given = (photo, second, "--words", words_file(tmp_path, scene, "hotel.png", "second.png"), "--out")

    def stopped(source: Path) -> Any:
        if source == second:
            raise KeyboardInterrupt
        return load_image(source)

    monkeypatch.setattr(photos, "load_image", stopped)
    assert run(*given, tmp_path / "out") == 130
    (tmp_path / "out" / "hotel_chars.png").unlink()
    monkeypatch.setattr(photos, "load_image", load_image)

    assert run(*given, tmp_path / "out") == 0
    assert (tmp_path / "out" / "hotel_chars.png").is_file()


def test_what_is_no_file_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    assert run(pipe, "--out", tmp_path / "out") == 2
    assert "pipe.png is neither a file nor a folder" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_a_port_that_is_none_is_run(port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setenv("GRADIO_SERVER_PORT", port)
    assert main(["serve"]) == 2
    assert f"the port is {port}; it must be a number from 1 to 65535" in capsys.readouterr().err
