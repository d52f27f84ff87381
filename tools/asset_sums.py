"""Write assets/SHA256SUMS, against which charsam checks the weights that come with it (`sha256sum -c` reads it too)."""

from __future__ import annotations

from charsam.cgr.templates import TEMPLATES_FILE
from charsam.checksums import SUMS
from charsam.download import file_sha256
from charsam.segmenters import COMPACT_WEIGHTS


def sums() -> str:
    """The text of SHA256SUMS."""
    return "".join(f"{file_sha256(path)}  {path.name}\n" for path in (COMPACT_WEIGHTS, TEMPLATES_FILE))


if __name__ == "__main__":
    (COMPACT_WEIGHTS.parent / SUMS).write_text(sums(), encoding="ascii")
