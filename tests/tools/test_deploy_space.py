"""`tools/deploy_space.py` against a small fake of the Hub: what arrives there, and what does not."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy_space import ROOT, deploy, preview, requirements, staged
from huggingface_hub import HfApi

SPACE = "lab/charsam"
BINARY = (".ttf", ".otf", ".npz", ".safetensors", ".jpg", ".webp", ".png")


class Hub:
    """What the fake has been told. files: the Space's files by their paths; large: uploaded ones by their checksums."""

    def __init__(self) -> None:
        self.created: list[dict[str, Any]] = []
        self.variables: dict[str, str] = {}
        self.files: dict[str, bytes] = {"old.py": b"from an earlier deployment"}
        self.large: dict[str, bytes] = {}
        self.address = ""


def handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Fake(BaseHTTPRequestHandler):
        def log_message(self, *given: object) -> None:
            pass

        def answer(self, value: Any, status: int = 200) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def do_GET(self) -> None:
            if self.path.startswith(f"/api/spaces/{SPACE}/tree/"):
                return self.answer([{"type": "file", "path": name, "size": 1, "oid": "0"} for name in hub.files])
            names = [{"rfilename": name} for name in hub.files]
            return self.answer({"id": SPACE, "sha": "0" * 40, "siblings": names, "private": False})

        def do_PUT(self) -> None:
            data = self.body()
            hub.large[self.path.rpartition("/")[2]] = data
            self.answer({})

        def do_POST(self) -> None:
            data = self.body()
            if self.path == "/api/repos/create":
                hub.created.append(json.loads(data))
                return self.answer({"url": f"{hub.address}/spaces/{SPACE}", "id": SPACE})
            if self.path == f"/api/spaces/{SPACE}/variables":
                given = json.loads(data)
                hub.variables[given["key"]] = given["value"]
                return self.answer({given["key"]: {"value": given["value"]}})
            if self.path.startswith(f"/api/spaces/{SPACE}/preupload/"):
                asked = json.loads(data)["files"]
                modes = [{"path": one["path"], "uploadMode": mode_of(one["path"])} for one in asked]
                return self.answer({"files": [{**mode, "shouldIgnore": False} for mode in modes]})
            if self.path.endswith("/info/lfs/objects/batch"):
                asked = json.loads(data)["objects"]
                where = f"{hub.address}/large/"
                made = [{**one, "actions": {"upload": {"href": where + one["oid"]}}} for one in asked]
                return self.answer({"transfer": "basic", "objects": made})
            if self.path.startswith(f"/api/spaces/{SPACE}/commit/"):
                commit(hub, [json.loads(line) for line in data.splitlines()])
                return self.answer(
                    {
                        "commitUrl": f"{hub.address}/spaces/{SPACE}/commit/{'1' * 40}",
                        "commitOid": "1" * 40,
                        "success": True,
                    }
                )
            return self.answer({"error": f"no {self.path}"}, 200 if "validate-yaml" in self.path else 404)

    return Fake


def mode_of(path: str) -> str:
    """The Hub refuses binary files outside LFS."""
    return (
        "lfs" if Path(path).suffix in (".ttf", ".otf", ".npz", ".safetensors", ".jpg", ".webp", ".png") else "regular"
    )


def commit(hub: Hub, lines: list[dict[str, Any]]) -> None:
    import base64

    for line in lines:
        value = line["value"]
        if line["key"] == "file":
            hub.files[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "lfsFile":
            hub.files[value["path"]] = hub.large[value["oid"]]
        elif line["key"] == "deletedFile":
            del hub.files[value["path"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return staged(ROOT, tmp_path_factory.mktemp("space"), "cpu")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    found = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(found))
    found.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()


def test_everything_that_the_app_needs_arrives_and_what_was_there_goes(hub: Hub, folder: Path) -> None:
    api = HfApi(endpoint=hub.address, token="hf_fake")

    address = deploy(api, SPACE, folder, private=True, variables={"CHARSAM_FETCH_WEIGHTS": "sam_vit_b"})

    assert address == f"{hub.address}/spaces/{SPACE}"
    assert (hub.created[0]["type"], hub.created[0]["sdk"]) == ("space", "gradio")
    assert hub.variables == {"CHARSAM_FETCH_WEIGHTS": "sam_vit_b"}
    sent = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert set(hub.files) - {".gitattributes"} == set(sent)
    weights = "assets/compact.safetensors"
    assert hashlib.sha256(hub.files[weights]).digest() == hashlib.sha256((ROOT / weights).read_bytes()).digest()


def test_only_what_the_app_needs_is_sent(folder: Path) -> None:
    tops = {path.name for path in folder.iterdir()}

    assert {"app.py", "charsam", "assets", "fonts", "requirements.txt", "packages.txt", "README.md"} <= tops
    assert not tops & {"tests", "tools", "benchmarks", "docs", ".ci", ".git"}
    assert not list(folder.rglob("__pycache__"))
    assert "files  in all" in preview(folder)


def test_the_front_matter_is_a_gradio_spaces(folder: Path) -> None:
    head = yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("---")[1])

    assert (head["sdk"], head["app_file"], head["python_version"]) == ("gradio", "app.py", "3.11")


def test_requirements_are_pinned_and_without_cuda(folder: Path) -> None:
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()

    assert lines[0] == "--extra-index-url https://download.pytorch.org/whl/cpu"
    assert all("==" in line for line in lines[1:])
    assert not [line for line in lines if line.startswith(("nvidia", "cuda", "triton"))]
    assert next(line for line in lines if line.startswith("torch==")).endswith("+cpu")
    assert not [line for line in lines if line.startswith(("pytest", "ruff", "mypy"))]


def test_on_zerogpu_pytorch_is_the_spaces_own() -> None:
    lines = requirements(
        "torch==2.9.0 --hash=sha256:0\nnvidia-cublas==1 --hash=sha256:0\nnumpy==2 --hash=x\n", "zerogpu"
    )

    assert lines.splitlines() == ["torch", "numpy==2"]
