"""Who may import whom: the core knows neither server nor page, the server knows neither Gradio nor the page."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import charsam

ROOT = Path(charsam.__file__).parent


def imports(path: Path) -> set[str]:
    """The modules that a file names in any import, wherever it stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def wrong(files: list[Path], *closed: str) -> list[str]:
    """The imports of closed modules in these files."""
    return [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files
        for name in sorted(imports(path))
        if any(name == one or name.startswith(f"{one}.") for one in closed)
    ]


def test_the_core_imports_neither_the_server_nor_the_page() -> None:
    rooms = {ROOT / "server", ROOT / "page", ROOT / "cli"}  # the command line starts the app, and may import anything
    core = [path for path in ROOT.rglob("*.py") if not rooms & set(path.parents)]
    assert len(core) > 100
    assert wrong(core, "charsam.server", "charsam.page", "gradio", "fastapi", "starlette") == []


def test_the_server_imports_neither_gradio_nor_the_page() -> None:
    assert wrong(list((ROOT / "server").rglob("*.py")), "charsam.page", "gradio") == []


@pytest.mark.heavy
@pytest.mark.parametrize("module", ["charsam.server.app", "charsam.server.image_service", "charsam.server.inspector"])
def test_every_module_can_be_imported_first(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True, timeout=60)


SERVER = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("gradio", "gradio_client"):
            raise ImportError(name + " is not installed")
sys.meta_path.insert(0, Blocked())
from pathlib import Path
from starlette.applications import Starlette
from starlette.testclient import TestClient
from charsam.server.access import Access
from charsam.server.app import server_options
from charsam.server.engine import Engine
from charsam.server.image_service import ImageService
from charsam.server.serving import Mode, Serving
access = Access(Serving(Mode.LOCAL, Path(sys.argv[1])))
app = Starlette(**server_options(access, ImageService(Engine(), access.workspace)))
client = TestClient(app, base_url="http://127.0.0.1")
assert client.get("/label/me").json() == {"mode": "local", "name": "you"}
made = client.post("/label/projects", json={"name": "Signs"}).json()
assert made["id"] in [one["id"] for one in client.get("/label/projects").json()["projects"]]
assert "gradio" not in sys.modules
access.close()
"""


@pytest.mark.heavy
def test_the_server_serves_its_api_without_gradio(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
