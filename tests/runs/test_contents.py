"""What tells a photo from another one of the same size, so that no run goes on with the results of the other."""

import os
from pathlib import Path

import pytest

from charsam.errors import DatasetError
from charsam.runs.contents import contents, fingerprint, sizes, stamps
from charsam.runs.photos import Photo, Photos


def replace_alike(path: Path) -> None:
    """By other bytes, as many and as old."""
    about = path.stat()
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(bytes([number, 7]))
    return tmp_path


def test_photos_that_are_replaced_by_others_of_the_same_size_and_time_are_others(root: Path) -> None:
    photos = Photos(tuple(Photo(path, path.name, path.stem) for path in sorted(root.iterdir())))
    before = photos.fingerprint()
    assert photos.fingerprint() == before
    replace_alike(root / "1.jpg")
    assert photos.fingerprint() != before


def test_a_dataset_is_told_by_contents_or_by_stamps_or_between_machines_by_sizes(root: Path) -> None:
    before = [fingerprint(root, told) for told in (contents, stamps, sizes)]
    replace_alike(root / "2.jpg")
    assert [fingerprint(root, told) for told in (contents, stamps, sizes)] == [fingerprint(root), *before[1:]]
    assert fingerprint(root) != before[0]
    os.utime(root / "0.jpg", (5, 5))
    assert fingerprint(root, stamps) != before[1]
    assert fingerprint(root, sizes) == before[2]


def test_results_within_a_dataset_are_no_part_of_it(root: Path) -> None:
    before = fingerprint(root, but=root / "report")
    (root / "report").mkdir()
    (root / "report" / "mask.png").write_bytes(b"mask")
    assert fingerprint(root, but=root / "report") == before
    assert fingerprint(root) != before


def test_a_photo_that_cannot_be_read_is_left_to_whoever_needs_it(root: Path) -> None:
    (root / "1.jpg").unlink()
    (root / "1.jpg").symlink_to(root / "gone.jpg")
    told = list(contents([root / "0.jpg", root / "1.jpg"]))
    assert told[1] == "unread: No such file or directory"
    with pytest.raises(DatasetError, match="does not exist"):
        fingerprint(root / "nowhere")
