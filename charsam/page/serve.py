"""The app as a process: started, stopped by whatever stops processes, and gone with all that it kept for a while."""

from __future__ import annotations

import errno
import os
import signal
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from charsam.memory import few_arenas, large_apart
from charsam.scratch import scratch_folder, sweep
from charsam.server import logging_setup
from charsam.server.serving import Serving, serving

PROXIES: Final = "FORWARDED_ALLOW_IPS"


def serve(
    host: str | None = None,
    port: int | None = None,
    folder: Path | None = None,
    database: str | None = None,
    trusted_proxies: Sequence[str] = (),
) -> None:
    """Start the app and stay until it is stopped, by Ctrl+C or SIGTERM; the models load once the page can be opened.

    host, port: None: as Gradio's environment variables say. folder, database: the workspace (see `serving`).
    trusted_proxies: the addresses or networks of proxies whose word on the caller's address and on https is taken.
    Whatever is kept for a while lies in a scratch folder, which is gone afterwards; what a killed server left is
    removed. Raises WorkspaceError where the workspace cannot be opened, OSError where the address or the scratch folder
    cannot be had.
    """
    logging_setup.set_up()
    few_arenas()
    large_apart()
    check_address(host or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1", port)
    trust(serving(host, folder, database), trusted_proxies)
    temporary = Path(tempfile.gettempdir())
    sweep(temporary, "charsam-demo-*", "charsam-upload-*", "charsam-export-*")
    with _stopped_by_signals(), scratch_folder(temporary) as scratch:
        tempfile.tempdir = str(scratch)  # of uploads, exports, a demo's workspace, and Gradio's cache
        from charsam.page.page import App  # Gradio notes the folder when it is imported
        from charsam.server.access import Access

        app = App(access=Access(serving(host, folder, database)))
        try:
            print(f"* {app.access.serving.sentence}")
            app.launch(server_name=host, server_port=port)
            app.engine.start()
            app.demo.block_thread()
        finally:
            app.close()
            tempfile.tempdir = str(temporary)


def check_address(host: str, port: int | None) -> None:
    """Raise OSError, with a sentence, where the port that was asked for can't be had. Without one, Gradio looks for one
    that is free.
    """
    port = port if port is not None else int(os.environ.get("GRADIO_SERVER_PORT") or 0)
    if not port:
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: one that has just ended
        try:
            trial.bind((host.strip("[]"), port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise OSError(
                    f"the port {port} of {host} is used by another program, perhaps another charsam; "
                    "choose another with --port, or end that program"
                ) from error
            raise OSError(f"the address {host}:{port} can't be used: {error.strerror or error}") from error


def trust(about: Serving, proxies: Sequence[str]) -> None:
    """Let the server take these proxies' word; a Space can be reached through its own proxy alone."""
    if proxies or about.embedded:
        os.environ[PROXIES] = ",".join(proxies) or "*"  # where uvicorn looks, which Gradio starts


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Within the block, SIGTERM and SIGHUP end the program as its end does: with everything cleaned up."""

    def stop(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise SystemExit(128 + number)

    names = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, stop) for number in names}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
