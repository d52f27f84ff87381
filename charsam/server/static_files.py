"""The page's scripts and style sheets, served as files that a browser keeps: their address names their version."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

STATIC: Final = Path(__file__).resolve().parents[1] / "static"
FOR_GOOD: Final = "public, max-age=31536000, immutable"
_KINDS: Final = {".js": "text/javascript", ".css": "text/css"}
_IMPORT: Final = re.compile(r'^import (?:\{[^}]*\} from )?"(\.[^"]+)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=const|function|async)|^export \{[^}]*\};\n", re.MULTILINE)


@lru_cache(maxsize=1)
def version() -> str:
    """Names what all the files hold."""
    digest = hashlib.sha256()
    for name in files():
        digest.update(name.encode() + b"\0" + (STATIC / name).read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def files() -> tuple[str, ...]:
    """The names of all scripts and style sheets, below STATIC."""
    return tuple(sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.suffix in _KINDS))


def router() -> APIRouter:
    """GET /static/VERSION/NAME, for a FastAPI app under /label."""
    routes = APIRouter(prefix="/static")

    @routes.get("/{wanted}/{name:path}")
    def static(wanted: str, name: str, request: Request) -> Response:
        if name not in files():
            raise HTTPException(404, "There is no such file.")
        content = (STATIC / name).read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
        headers = {"ETag": tag, "Cache-Control": FOR_GOOD if wanted == version() else "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        kind = _KINDS.get(Path(name).suffix) or mimetypes.guess_type(name)[0]
        return Response(content, media_type=kind, headers=headers)

    return routes


def inlined(entry: str) -> str:
    """A script with all that it imports as one module, for a document that has no server. entry: its name below STATIC.

    It relies on how these files are written: one import a line, no names that two of them share at their top level.
    """
    seen: dict[Path, str] = {}

    def take(path: Path) -> None:
        if path in seen:
            return
        code = path.read_text(encoding="utf-8")
        seen[path] = ""  # a circle ends here
        for wanted in _IMPORT.findall(code):
            take((path.parent / wanted).resolve())
        del seen[path]
        seen[path] = _EXPORT.sub("", _IMPORT.sub("", code))

    take(STATIC / entry)
    return "\n".join(seen.values())
