"""Photos fetched from an address of the web, without letting anybody look into this server's own network."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import urllib.error
import urllib.request
from functools import partial
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from charsam.errors import ImageError

SECONDS: Final = 15
AGENT: Final = "charsam"


class _Refused(OSError):
    """The address leads into this machine or its network."""


def fetch(address: str, most: int, *, inner: bool = False) -> tuple[str, bytes]:
    """(file name, bytes) of what lies at an http or https address.

    most: bytes that it may have. inner: whether addresses of this machine and its network are asked, too; else what a
    name leads to is looked at after connecting, before anything is sent, and again after every redirect.
    Raises ImageError, in a sentence, for whatever does not come.
    """
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImageError("That is no address of an image; it begins with https://.")
    handlers = [_Http(inner), _Https(inner), urllib.request.ProxyHandler({})]
    opener = urllib.request.build_opener(*handlers)
    request = urllib.request.Request(address.strip(), headers={"User-Agent": AGENT, "Accept": "image/*"})
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            kind = answer.headers.get_content_type()
            if not kind.startswith("image/") and kind != "application/octet-stream":
                raise ImageError(f"{parts.hostname} sent {kind}, no image; give the address of the image itself.")
            data = answer.read(most + 1)
    except _Refused as error:
        raise ImageError("That address lies inside a private network, which this server does not ask.") from error
    except urllib.error.HTTPError as error:
        raise ImageError(f"{parts.hostname} answered with an error ({error.code}).") from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, _Refused):
            raise ImageError("That address lies inside a private network, which this server does not ask.") from error
        raise ImageError(f"{parts.hostname} cannot be reached.") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ImageError(f"{parts.hostname} did not send the image.") from error
    if len(data) > most:
        raise ImageError(f"The image at {parts.hostname} has more than {most >> 20} MB. Open a smaller copy of it.")
    name = unquote(urlsplit(answer.url).path.rpartition("/")[2]) or "picture"
    return name, data


def _check(connection: socket.socket, inner: bool) -> None:
    """Raise _Refused where the other end is none of the open internet."""
    if inner:
        return
    address = ipaddress.ip_address(connection.getpeername()[0].partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_global or address.is_multicast:
        connection.close()
        raise _Refused("not global")


class _Checked:
    """A connection that is looked at before anything is sent. inner: see `fetch`."""

    sock: socket.socket

    def __init__(self, *args: Any, inner: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self._inner = inner

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        _check(self.sock, self._inner)


class _PlainConnection(_Checked, http.client.HTTPConnection):
    pass


class _SafeConnection(_Checked, http.client.HTTPSConnection):
    pass


class _Http(urllib.request.HTTPHandler):
    def __init__(self, inner: bool) -> None:
        super().__init__()
        self._inner = inner

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_PlainConnection, inner=self._inner), request)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, inner: bool) -> None:
        super().__init__(context=ssl.create_default_context())
        self._inner, self._own = inner, ssl.create_default_context()

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_SafeConnection, inner=self._inner), request, context=self._own)
