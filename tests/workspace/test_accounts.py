"""Accounts: passwords that are kept as hashes only, guesses that are limited, sessions that end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from workspaces import OpenWorkspace

from charsam.errors import WorkspaceError
from charsam.workspace import passwords
from charsam.workspace.accounts import PER_ADDRESS, PER_NAME, WINDOW
from charsam.workspace.errors import TooManyAttempts
from charsam.workspace.passwords import COST
from charsam.workspace.workspace import Workspace

PASSWORD = "correct horse"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time."""
    monkeypatch.setattr("charsam.workspace.passwords.COST", (2, 1, 1))
    monkeypatch.setattr("charsam.workspace.passwords.NOBODY", "scrypt$2$1$1$AAAA$AAAA")


@pytest.mark.usefixtures("cheap")
class TestLogin:
    def test_the_right_password_opens_and_a_wrong_one_does_not(self, workspace: Workspace) -> None:
        ann = workspace.accounts.create("Ann", PASSWORD)

        assert workspace.accounts.check_password("Ann", PASSWORD) == ann
        assert workspace.accounts.check_password("  ann ", PASSWORD) == ann
        assert workspace.accounts.check_password("Ann", "wrong horse") is None
        assert workspace.accounts.check_password("Bob", PASSWORD) is None
        assert workspace.accounts.check_password("\0\ud800", PASSWORD) is None

    def test_two_names_never_differ_in_case_alone(self, workspace: Workspace) -> None:
        workspace.accounts.create("Ann", PASSWORD)

        with pytest.raises(WorkspaceError, match="The name ANN is taken"):
            workspace.accounts.create("ANN", PASSWORD)

    @pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\u202eb", "a\0b"])
    def test_an_unfit_name_is_refused(self, workspace: Workspace, name: str) -> None:
        with pytest.raises(WorkspaceError, match="A name has 1 to 40 letters"):
            workspace.accounts.create(name, PASSWORD)

    @pytest.mark.parametrize("password", ["", "1234567", "x" * 1001])
    def test_a_password_too_short_or_too_long_is_refused(self, workspace: Workspace, password: str) -> None:
        with pytest.raises(WorkspaceError, match="A password has 8 to 1000 characters"):
            workspace.accounts.create("Ann", password)

    @pytest.mark.parametrize("password", ["correct\udce9 horse", "correct\nhorse", "correct\thorse"])
    def test_a_password_that_no_login_page_can_send_is_refused(self, workspace: Workspace, password: str) -> None:
        ann = workspace.accounts.create("Ann", PASSWORD)
        with pytest.raises(WorkspaceError, match="no login page can send"):
            workspace.accounts.set_password("Ann", password)
        assert workspace.accounts.check_password("Ann", PASSWORD) == ann

    def test_a_guest_has_no_password_to_log_in_with(self, workspace: Workspace) -> None:
        guest = workspace.accounts.guest("visitor")

        assert workspace.accounts.guest("visitor") == guest
        assert workspace.accounts.check_password("visitor", "") is None

    def test_nobody_becomes_an_account_as_a_guest(self, workspace: Workspace) -> None:
        workspace.accounts.create("Ann", PASSWORD)

        with pytest.raises(WorkspaceError, match="log in"):
            workspace.accounts.guest("ann")

    def test_guesses_are_limited_by_name_across_a_restart(self, url: str | None, open_workspace: OpenWorkspace) -> None:
        clock = Clock()
        first = open_workspace(url, clock=clock)
        first.accounts.create("Ann", PASSWORD)
        for _ in range(PER_NAME):
            first.accounts.check_password("ann", "wrong horse", "10.0.1.1")
        first.close()
        second = open_workspace(url, clock=clock)

        with pytest.raises(TooManyAttempts, match="try again in 15 minutes"):
            second.accounts.check_password("Ann", PASSWORD, "10.0.1.1")
        clock.now += WINDOW
        assert second.accounts.check_password("Ann", PASSWORD, "10.0.1.1") is not None

    def test_wrong_tries_from_elsewhere_keep_nobody_out(self, workspace: Workspace) -> None:
        workspace.accounts.create("Ann", PASSWORD)
        for _ in range(PER_NAME):
            workspace.accounts.check_password("ann", "wrong horse", "10.9.9.9")
        with pytest.raises(TooManyAttempts):
            workspace.accounts.check_password("ann", "wrong horse", "10.9.9.9")
        assert workspace.accounts.check_password("ann", PASSWORD, "10.0.0.1") is not None

    @pytest.mark.parametrize("password", ["12345678", " " * 8, "Password1", "aaaaaaaab", "qwertyui", "charsam1"])
    def test_a_password_that_is_guessed_first_is_refused(self, workspace: Workspace, password: str) -> None:
        with pytest.raises(WorkspaceError, match="too easy to guess"):
            workspace.accounts.create("Ann", password)

    def test_guesses_are_limited_by_address(self, workspace: Workspace) -> None:
        for number in range(PER_ADDRESS):
            workspace.accounts.check_password(f"name{number}", "wrong horse", "10.0.0.1")

        with pytest.raises(TooManyAttempts):
            workspace.accounts.check_password("another", "wrong horse", "10.0.0.1")
        assert workspace.accounts.check_password("another", "wrong horse", "10.0.0.2") is None

    def test_right_passwords_are_not_counted(self, workspace: Workspace) -> None:
        workspace.accounts.create("Ann", PASSWORD)

        assert all(workspace.accounts.check_password("Ann", PASSWORD, "10.0.0.1") for _ in range(PER_ADDRESS + 1))

    def test_a_new_password_ends_the_sessions(self, workspace: Workspace) -> None:
        token = workspace.accounts.open_session(workspace.accounts.create("Ann", PASSWORD))

        workspace.accounts.set_password("Ann", "battery staple")

        assert workspace.accounts.session_user(token) is None
        assert workspace.accounts.check_password("Ann", PASSWORD) is None
        assert workspace.accounts.check_password("Ann", "battery staple") is not None


class TestSessions:
    def test_a_session_is_its_users_until_it_is_closed(self, workspace: Workspace) -> None:
        guest = workspace.accounts.guest("visitor")
        token = workspace.accounts.open_session(guest)

        assert workspace.accounts.session_user(token) == guest
        workspace.accounts.close_session(token)
        assert workspace.accounts.session_user(token) is None

    def test_a_session_expires(self, open_workspace: OpenWorkspace) -> None:
        clock = Clock()
        workspace = open_workspace(clock=clock)
        token = workspace.accounts.open_session(workspace.accounts.guest("visitor"), timedelta(hours=1))

        clock.now += timedelta(minutes=59)
        assert workspace.accounts.session_user(token) is not None
        clock.now += timedelta(minutes=1)
        assert workspace.accounts.session_user(token) is None

    @pytest.mark.parametrize("token", ["", "unknown", "\0", "\ud800", "x" * 100_000])
    def test_an_unknown_token_is_nobodys(self, workspace: Workspace, token: str) -> None:
        assert workspace.accounts.session_user(token) is None


def test_neither_passwords_nor_tokens_are_in_the_files(
    open_workspace: OpenWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "COST", COST)
    workspace = open_workspace()
    token = workspace.accounts.open_session(workspace.accounts.create("Ann", PASSWORD))
    with workspace.store.database.writing() as session:
        stored: str = session.execute(text("SELECT password FROM users")).scalar_one()

    files = b"".join(file.read_bytes() for file in (tmp_path / "workspace").iterdir() if file.is_file())
    assert PASSWORD.encode() not in files
    assert token.encode() not in files
    assert stored.startswith("scrypt$32768$8$3$")
    assert stored.encode() in files
