"""Zips from strangers: what is dangerous is refused with a sentence that names the entry, before anything is kept."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable

import pytest

from charsam.workspace import archives
from charsam.workspace.archives import Limits, opened_archive
from charsam.workspace.errors import UploadError


def zipped(*entries: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as target:
        for name, data in entries:
            target.writestr(name, data)
    return out


def with_mode(name: str, mode: int) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        target.writestr(info, "/etc/passwd")
    return out


def encrypted() -> io.BytesIO:
    """A zip whose one entry says that it is encrypted, in both places where a zip says so."""
    data = bytearray(zipped(("secret.png", b"x" * 100)).getvalue())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + place
        data[at : at + 2] = struct.pack("<H", 1)
    return io.BytesIO(bytes(data))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: zipped(("../../evil.png", b"")),
            r'\.\./\.\./evil\.png in up\.zip leads out of the archive with "\.\."',
        ),
        (lambda: zipped(("a/../../evil.png", b"")), r"a/\.\./\.\./evil\.png in up\.zip leads out"),
        (lambda: zipped(("..\\evil.png", b"")), r"evil\.png in up\.zip leads out"),
        (lambda: zipped(("/etc/cron.d/evil", b"")), r"/etc/cron\.d/evil in up\.zip has an absolute path"),
        (lambda: zipped(("C:\\evil.png", b"")), r"C:/evil\.png in up\.zip has an absolute path"),
        (lambda: with_mode("link.png", stat.S_IFLNK | 0o777), r"link\.png in up\.zip is a symbolic link"),
        (lambda: with_mode("pipe", stat.S_IFIFO | 0o644), r"pipe in up\.zip is neither a file nor a folder"),
        (
            lambda: zipped(("in/inner.zip", zipped(("a.png", b"x")).getvalue())),
            r"in/inner\.zip in up\.zip is an archive",
        ),
        (lambda: zipped(("bomb.png", bytes(3 * 2**20))), r"up\.zip would unpack to \d+ times its size"),
        (lambda: zipped(*[(f"{n}.png", b"") for n in range(11)]), r"up\.zip has 11 entries; at most 10"),
        (
            lambda: zipped(("big.png", bytes(5 * 2**20)), compression=0),
            r"big\.png in up\.zip has 5 MB; a file may have 4",
        ),
        (
            lambda: zipped(*[(f"{n}.png", bytes(3 * 2**20)) for n in range(4)], compression=0),
            r"up\.zip unpacks to more than 10 MB \(reached at '3\.png'\)",
        ),
        (encrypted, r"secret\.png in up\.zip is encrypted"),
        (lambda: io.BytesIO(b"PK\x03\x04 nothing more"), r"up\.zip is not a zip file that can be read"),
        (lambda: io.BytesIO(b""), r"up\.zip is not a zip file"),
    ],
)
def test_a_dangerous_zip_is_refused_and_the_entry_named(make: Callable[[], io.BytesIO], said: str) -> None:
    limits = Limits(entries=10, total=10 * 2**20, one=4 * 2**20, small=2**20)

    with pytest.raises(UploadError, match=said), opened_archive("up.zip", make(), limits):
        pass


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused() -> None:
    with pytest.raises(UploadError, match=r"a\.png in up\.zip is there twice"):
        opened_archive("up.zip", zipped(("a.png", b"1"), ("a.png", b"2"))).__enter__()


def test_a_zip_that_lies_about_a_size_is_found_out() -> None:
    """A bomb may claim to be small: what is read is measured, not believed."""
    data = bytearray(zipped(("a.png", bytes(2**20))).getvalue())
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(mark) + place
        data[at : at + 4] = struct.pack("<I", 10)

    with opened_archive("up.zip", io.BytesIO(bytes(data))) as archive, pytest.raises(UploadError, match=r"a\.png in"):
        archive.read("a.png")


def test_a_damaged_entry_is_named_and_the_others_are_read() -> None:
    data = bytearray(zipped(("a.png", b"first" * 50), ("b.png", b"second"), compression=0).getvalue())
    data[60] ^= 255

    with opened_archive("up.zip", io.BytesIO(bytes(data))) as archive:
        with pytest.raises(UploadError, match=r"a\.png in up\.zip is damaged"):
            archive.read("a.png")
        assert archive.read("b.png") == b"second"


def test_what_operating_systems_leave_about_is_left_out() -> None:
    names = ["__MACOSX/._a.png", ".DS_Store", "x/Thumbs.db", "desktop.ini", "x/", "x/a.png"]

    with opened_archive("up.zip", zipped(*[(name, b"") for name in names])) as archive:
        assert archive.names == ("x/a.png",)


def test_the_bounds_are_wide_enough_for_a_lab_and_no_wider() -> None:
    assert Limits(entries=20_000, total=8 * 2**30, one=200 * 2**20) == archives.UPLOAD


def test_many_small_files_that_unpack_to_far_more_are_a_bomb_too() -> None:
    limits = Limits(entries=100, total=2**30, one=2**20, small=2**20)
    with pytest.raises(UploadError, match=r"up\.zip would unpack to \d+ times"):
        opened_archive("up.zip", zipped(*[(f"{n}.bmp", bytes(2**19)) for n in range(8)]), limits).__enter__()


def test_odd_names_are_no_reason_to_refuse_a_zip() -> None:
    data = zipped(("@", b"1"), ("a:b.png", b"2")).getvalue().replace(b"@", b"\0")
    with opened_archive("up.zip", io.BytesIO(data)) as archive:
        assert archive.names == ("file without a name", "a:b.png")
        assert archive.read("file without a name") == b"1"
