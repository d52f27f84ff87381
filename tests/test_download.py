"""`charsam.download` against a real HTTP server on this machine, well-behaved and otherwise."""

import contextlib
import hashlib
import http.server
import re
import shutil
import socket
import threading
from collections import namedtuple

import pytest

from charsam.download import download, file_sha256
from charsam.errors import WeightsError

CONTENT = bytes(range(256)) * 12_000
SIZE = len(CONTENT)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Site:
    """A server with one file, and what has been asked of it.

    honours_range: answers 206 to a Range. cuts: the number of bytes after which each coming answer breaks off.
    """

    def __init__(self):
        self.content = CONTENT
        self.honours_range = True
        self.cuts = []
        self.ranges_asked = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                site.answer(self)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/weights.pth"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, request):
        asked = request.headers.get("Range")
        self.ranges_asked.append(asked)
        if not request.path.endswith("/weights.pth"):
            request.send_error(404)
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and self.honours_range else 0
        if start >= len(self.content):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(self.content)}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        body = self.content[start:]
        request.send_response(206 if asked and self.honours_range else 200)
        request.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        with contextlib.suppress(ConnectionError):
            request.wfile.write(body[: self.cuts.pop(0)] if self.cuts else body)


@pytest.fixture
def site():
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "folder" / "weights.pth"


@pytest.fixture
def part(target):
    target.parent.mkdir()
    return target.with_name("weights.pth.part")


def fetch(site, target, **options):
    download(site.url, target, **{"sha256": SHA256, "size": SIZE, "timeout": 10, **options})


def test_a_fetched_file_has_the_servers_bytes(site, target):
    fetch(site, target)
    assert target.read_bytes() == CONTENT


def test_a_finished_fetch_leaves_nothing_but_the_file(site, target):
    fetch(site, target)
    assert [path.name for path in target.parent.iterdir()] == ["weights.pth"]


def test_progress_rises_from_nothing_to_the_files_size(site, target):
    calls = []
    fetch(site, target, on_progress=lambda done, total: calls.append((done, total)))
    assert calls[0] == (0, SIZE)
    assert calls[-1] == (SIZE, SIZE)
    assert calls == sorted(calls)
    assert len({done for done, _ in calls}) > 2


def test_the_file_is_not_there_before_it_is_complete(site, target):
    seen = []
    fetch(site, target, on_progress=lambda done, total: seen.append(target.exists()))
    assert set(seen[:-1]) == {False}


def test_a_partial_file_is_gone_on_with(site, target, part):
    part.write_bytes(CONTENT[:1_000_000])
    fetch(site, target)
    assert site.ranges_asked == ["bytes=1000000-"]
    assert target.read_bytes() == CONTENT


def test_a_partial_file_that_is_already_whole_needs_no_server(site, target, part):
    part.write_bytes(CONTENT)
    fetch(site, target)
    assert site.ranges_asked == []
    assert target.read_bytes() == CONTENT


def test_a_cut_connection_is_taken_up_again_where_it_broke(site, target):
    site.cuts = [700_000, 800_000]
    fetch(site, target)
    assert site.ranges_asked == [None, "bytes=700000-", "bytes=1500000-"]
    assert target.read_bytes() == CONTENT


def test_a_connection_that_keeps_breaking_leaves_what_arrived_for_the_next_call(site, target, part):
    site.cuts = [1000, *[0] * 20]
    with pytest.raises(WeightsError, match=r"keeps breaking off \(1,000 of 3,072,000 bytes arrived\)"):
        fetch(site, target)
    assert part.read_bytes() == CONTENT[:1000]


def test_ctrl_c_leaves_what_arrived_for_the_next_call(site, target, part):
    def interrupt(done, total):
        if done >= 1 << 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(site, target, on_progress=interrupt)
    arrived = part.stat().st_size
    assert not target.exists()

    fetch(site, target)
    assert site.ranges_asked[-1] == f"bytes={arrived}-"
    assert target.read_bytes() == CONTENT


def test_a_server_without_ranges_starts_over(site, target, part):
    site.honours_range = False
    part.write_bytes(b"x" * 1000)
    fetch(site, target)
    assert target.read_bytes() == CONTENT


def test_a_partial_file_longer_than_the_servers_is_thrown_away(site, target, part):
    part.write_bytes(b"x" * (SIZE + 1))
    fetch(site, target, size=None)
    assert site.ranges_asked == [f"bytes={SIZE + 1}-", None]
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"x"])
def test_a_server_with_a_file_of_another_size_is_refused(site, target, content):
    site.content = content
    with pytest.raises(WeightsError, match=f"has {len(content):,} bytes where 3,072,000 are expected"):
        fetch(site, target)
    assert not target.exists()


def test_a_wrong_checksum_names_both_and_throws_the_file_away(site, target, part):
    site.content = b"x" * SIZE
    wrong = hashlib.sha256(site.content).hexdigest()
    with pytest.raises(WeightsError, match=f"{wrong}.*{SHA256}"):
        fetch(site, target)
    assert not part.exists()
    assert not target.exists()


def test_a_file_that_the_server_does_not_have_is_named(site, target):
    url = site.url.replace("weights.pth", "other.pth")
    with pytest.raises(WeightsError, match=re.escape(f"{url}: the server answered 404 Not Found")):
        download(url, target, sha256=SHA256)


def test_a_machine_without_internet_is_told_what_to_fetch_and_where_to_put_it(target):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}/weights.pth"
    with pytest.raises(WeightsError) as caught:
        download(url, target, sha256=SHA256)
    assert f"fetch {url} on another one and put weights.pth into the folder {target.parent}" in str(caught.value)


def test_a_full_disk_is_noticed_before_anything_is_asked_for(site, target, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**9, 10**9 - 1_000_000, 1_000_000))
    with pytest.raises(WeightsError, match="3 MB are still to be fetched, 1 MB are free"):
        fetch(site, target)
    assert site.ranges_asked == []


def test_a_file_that_is_already_right_is_not_fetched_again(site, target):
    fetch(site, target)
    fetch(site, target)
    assert len(site.ranges_asked) == 1


def test_a_damaged_file_is_replaced(site, target):
    target.parent.mkdir()
    target.write_bytes(CONTENT[:-1])
    fetch(site, target)
    assert target.read_bytes() == CONTENT


def test_two_fetches_at_once_ask_the_server_once_and_both_get_the_file(site, target):
    second_waits = threading.Event()
    errors = []

    def fetch_second():
        try:
            fetch(site, target, on_progress=lambda done, total: second_waits.set())
        except WeightsError as error:
            errors.append(error)

    second = threading.Thread(target=fetch_second)

    def hold_until_second_waits(done, total):
        if not second.ident:
            second.start()
            assert second_waits.wait(10)

    fetch(site, target, on_progress=hold_until_second_waits)
    second.join(10)
    assert errors == []
    assert len(site.ranges_asked) == 1
    assert file_sha256(target) == SHA256


def test_a_fetch_that_failed_does_not_block_the_next(site, target):
    site.content = b"x" * SIZE
    with pytest.raises(WeightsError):
        fetch(site, target)
    site.content = CONTENT
    fetch(site, target)
    assert target.read_bytes() == CONTENT


def test_a_folder_that_cannot_be_made_is_named(site, tmp_path):
    (tmp_path / "file").write_text("in the way")
    target = tmp_path / "file" / "weights.pth"
    with pytest.raises(WeightsError, match=re.escape(f"cannot write {target}")):
        fetch(site, target)


def test_only_web_addresses_are_fetched_from(target):
    with pytest.raises(WeightsError, match="file:///etc/passwd is not an http:// or https:// address"):
        download("file:///etc/passwd", target, sha256=SHA256)


def test_a_file_without_an_end_is_stopped(target, part, monkeypatch):
    monkeypatch.setattr("charsam.download.MOST_UNKNOWN", 100_000)
    with answering(b"HTTP/1.0 200 OK\r\n\r\n" + bytes(200_000)) as url:
        with pytest.raises(WeightsError, match="sends more than 100,000 bytes without an end"):
            download(url, target, sha256=SHA256)
        with pytest.raises(WeightsError, match="sends more than the 1,000 bytes that are expected"):
            download(url, target, sha256=SHA256, size=1000)
    assert not target.exists()


@pytest.mark.parametrize("location", ["http://[::1", "http://127.0.0.1:99999999/", "//", "file:///etc/passwd"])
def test_a_redirect_to_nowhere_is_a_sentence(target, location):
    with (
        answering(f"HTTP/1.0 302 Found\r\nLocation: {location}\r\n\r\n".encode()) as url,
        pytest.raises(WeightsError),
    ):
        download(url, target, sha256=SHA256)


@contextlib.contextmanager
def answering(answer):
    """The address of a server that answers everything with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, contextlib.suppress(OSError):
                        connection.recv(65536)
                        connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/weights.pth"
