"""Passwords: which are taken, and how they are kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import unicodedata
from base64 import b64decode, b64encode
from typing import Final

from charsam.errors import WorkspaceError

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 1000
"""Characters as Unicode counts them; a browser counts some of them twice."""
FEWEST_LETTERS: Final = 5
"""Different characters of a password, besides spaces."""
EASY: Final = ("123456", "abcdef", "qwert", "asdfg", "passw", "letme", "admin", "welcome", "iloveyou", "charsam")
"""What nobody's password may mainly consist of; people guess these first."""
UNTYPED: Final = ("Cc", "Cs")
"""Kinds of characters that a browser's password field does not take, or sends as others: such a password could be set,
but not used."""
COST: Final = (2**15, 8, 3)
"""scrypt's N, r and p: 32 MB of memory for each guess (as OWASP's password storage guide has it)."""

_hashing = threading.Semaphore(2)
NOBODY: Final = f"scrypt${COST[0]}${COST[1]}${COST[2]}${b64encode(bytes(16)).decode()}${b64encode(bytes(32)).decode()}"


def hash_password(password: str) -> str:
    """A password as it is stored: salted scrypt, with its cost. Raises WorkspaceError for one that is too short, too
    long, or among the first that people guess.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise WorkspaceError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    if any(unicodedata.category(one) in UNTYPED for one in password):
        raise WorkspaceError(
            "This password holds a character that no login page can send, such as a line break or a tab."
        )
    plainly = password.casefold()
    if len({*plainly} - {" "}) < FEWEST_LETTERS or any(
        len(plainly.replace(easy, "")) < SHORTEST_PASSWORD - 2 for easy in EASY if easy in plainly
    ):
        raise WorkspaceError("This password is too easy to guess; take three or four words that nobody expects.")
    salt = secrets.token_bytes(16)
    hashed = _scrypt(password, salt, *COST)
    return "$".join(["scrypt", *map(str, COST), b64encode(salt).decode(), b64encode(hashed).decode()])


def matches(password: str, stored: str) -> bool:
    """Whether it is the password that was stored so; NOBODY takes as long and matches none."""
    _, n, r, p, salt, hashed = stored.split("$")
    found = _scrypt(password[: LONGEST_PASSWORD + 1], b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, b64decode(hashed))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    data = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    with _hashing:  # each takes 32 MB: many logins at once wait for each other
        return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, maxmem=256 * 2**20, dklen=32)
