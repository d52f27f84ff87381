"""How the app is served: to its one local user, to people with accounts, or as a public demo; where its data lies."""

from __future__ import annotations

import ipaddress
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import platformdirs

from charsam.errors import SettingsError

FOLDER_VARIABLE: Final = "CHARSAM_WORKSPACE"
DATABASE_VARIABLE: Final = "CHARSAM_DATABASE"
LOGIN_VARIABLE: Final = "CHARSAM_LOGIN"
DEMO_VARIABLE: Final = "CHARSAM_DEMO"
FETCH_VARIABLE: Final = "CHARSAM_FETCH"
BUDGET_VARIABLE: Final = "CHARSAM_HOUR_SECONDS"
LEARN_VARIABLE: Final = "CHARSAM_LEARN_SECONDS"
LEARN_SECONDS: Final = 300.0


class Mode(StrEnum):
    """Who may come in."""

    LOCAL = "local"
    """Served to this machine alone: whoever sits at it is the one user, and needs nothing."""
    LOGIN = "login"
    """Served to others: everyone logs in."""
    DEMO = "demo"
    """Everyone may come in, and each visitor's work is deleted when they leave."""


@dataclass(frozen=True, slots=True)
class Serving:
    """mode: who may come in. folder, database: the workspace (database: an SQLAlchemy URL; None: a file in the folder).

    fetches: photos are fetched from addresses of the web, too; always so for the local user.
    embedded: the page is shown inside another site's frame, as in a Hugging Face Space. hour_seconds: of computing that
    one person has in an hour; 0: as many as they like; None: the mode's own (see `charsam.workspace.quota`).
    learn_seconds: that learning from corrections may take, about.
    """

    mode: Mode
    folder: Path
    database: str | None = None
    embedded: bool = False
    hour_seconds: float | None = None
    fetches: bool = False
    learn_seconds: float = LEARN_SECONDS

    @property
    def sentence(self) -> str:
        """What the server's log says about it."""
        return {
            Mode.LOCAL: f"Serving this machine alone; the workspace is {self.folder}",
            Mode.LOGIN: f"Everyone has to log in (accounts: charsam users add NAME); the workspace is {self.folder}",
            Mode.DEMO: "Demo: each visitor's images and edits are deleted when they leave",
        }[self.mode]


def serving(
    host: str | None = None,
    folder: Path | None = None,
    database: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Serving:
    """What the command line and the environment ask for.

    A Space is a demo, and so is CHARSAM_DEMO=1; an address that others can reach, or CHARSAM_LOGIN=1, asks for a login.
    """
    host = host or environment.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    on_space = bool(environment.get("SPACE_ID"))
    if _set(environment.get(LOGIN_VARIABLE)):
        mode = Mode.LOGIN
    elif on_space or _set(environment.get(DEMO_VARIABLE)):
        mode = Mode.DEMO
    else:
        mode = Mode.LOCAL if is_loopback(host) else Mode.LOGIN
    place = folder or Path(environment.get(FOLDER_VARIABLE) or default_folder())
    chosen = database or environment.get(DATABASE_VARIABLE) or None
    fetches = mode is Mode.LOCAL or _set(environment.get(FETCH_VARIABLE))
    hour, learn = (_seconds(name, environment.get(name)) for name in (BUDGET_VARIABLE, LEARN_VARIABLE))
    return Serving(mode, place.expanduser(), chosen, on_space, hour, fetches, learn or LEARN_SECONDS)


def default_folder() -> Path:
    """Where the workspace lies when nobody says otherwise: among the user's data, as this system keeps them."""
    return platformdirs.user_data_path() / "charsam" / "workspace"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own, which nobody else can reach."""
    name = host.strip().strip("[]").casefold()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _seconds(name: str, value: str | None) -> float | None:
    """The value of the variable of that name. Raises SettingsError for what is no number of seconds."""
    if not (value or "").strip():
        return None
    try:
        seconds = float(value or "")
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise SettingsError(f"{name} is {value}; expected a number of seconds, 0 for no limit")
    return seconds


def _set(value: str | None) -> bool:
    return (value or "").strip().casefold() in ("1", "true", "yes", "on")
