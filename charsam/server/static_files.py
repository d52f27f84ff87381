"""The page's scripts and style sheets, served as files that a browser keeps: their address names their version."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

STATIC: Final = Path(__file__).resolve().parents[1] / "static"
FOR_GOOD: Final = "public, max-age=31536000, immutable"
_KINDS: Final = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
_IMPORT: Final = re.compile(r'^import (?:(\{[^}]*\}|\* as \w+) from )?"(\.[^"]+)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:const|async function|function) (\w+))|^export \{([^}]*)\};\n", re.MULTILINE)
BUNDLES: Final = {
    "app.js": ("main.js",),
    "app.css": ("panels/page.css", "canvas/canvas.css", "queue/queue.css", "inspect/tab.css"),
    "cases.js": ("inspect/served.js",),
}
"""What a page fetches in one request each, and what it is made of."""


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
    """GET /static/VERSION/NAME, for a FastAPI app under /label. NAME: one of `files`, or of BUNDLES."""
    routes = APIRouter(prefix="/static")

    @routes.get("/{wanted}/{name:path}")
    def static(wanted: str, name: str, request: Request) -> Response:
        if name not in BUNDLES and name not in files():
            raise HTTPException(404, "There is no such file.")
        content = _bundled(name) if name in BUNDLES else (STATIC / name).read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
        headers = {"ETag": tag, "Cache-Control": FOR_GOOD if wanted == version() else "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=_KINDS[Path(name).suffix], headers=headers)

    return routes


@lru_cache
def _bundled(name: str) -> bytes:
    parts = BUNDLES[name]
    texts = [bundle(one) if name.endswith(".js") else (STATIC / one).read_text(encoding="utf-8") for one in parts]
    return "\n".join(texts).encode()


def bundle(entry: str) -> str:
    """A script with all that it imports as one module. entry: its name below STATIC.

    Every file becomes a function that is called once, and gives what the file exports. It relies on how these files are
    written: their imports and exports begin a line, and nothing that they export is assigned anew. Raises ValueError
    where files import each other in a circle.
    """
    made: dict[Path, str] = {}
    begun: list[Path] = []

    def take(path: Path) -> str:
        if path in begun:
            raise ValueError(f"{path.name} imports itself by way of {', '.join(one.name for one in begun)}")
        begun.append(path)
        code, name = path.read_text(encoding="utf-8"), path.relative_to(STATIC).with_suffix("").as_posix()
        imported, exported = [], []
        for names, wanted in _IMPORT.findall(code):
            module = (path.parent / wanted).resolve()
            if module not in made:
                made[module] = take(module)
            if names:
                given = names.removeprefix("* as ").replace(" as ", ": ")
                imported.append(f"const {given} = {_variable(module)};\n")
        for one, several in _EXPORT.findall(code):
            exported += [one] if one else [part.strip() for part in several.split(",") if part.strip()]
        body = "".join(imported) + _EXPORT.sub("", _IMPORT.sub("", code))
        begun.pop()
        return f"// {name}\nconst {_variable(path)} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();\n"

    path = STATIC / entry
    made[path] = take(path)
    exported = re.findall(r"\w+", made[path].rsplit("return {", 1)[1])
    names = f"export const {{ {', '.join(exported)} }} = {_variable(path)};\n" if exported else ""
    return "".join(made.values()) + names


def _variable(path: Path) -> str:
    return "_" + re.sub(r"\W", "_", path.relative_to(STATIC).with_suffix("").as_posix())
