"""Attacks on what reads files and keeps them: pictures, words, zips, backups, weights, kills, a full disk.

Each attack takes a source of chance and a number of tries, and returns a sentence for every try that broke the promise.
"""

from __future__ import annotations

import copy
import io
import json
import random
import resource
import secrets
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy import create_engine, text

from charsam.checksums import SUMS, verified_asset
from charsam.datasets.native import parse_words
from charsam.errors import CharsamError, ImageError, WeightsError, WordsError
from charsam.images import load_image
from charsam.paths import ASSETS_DIR
from charsam.workspace.errors import Unavailable, UploadError
from charsam.workspace.project_export import export
from charsam.workspace.quota import DEMO
from charsam.workspace.upload_folder import Upload
from charsam.workspace.uploads import import_uploads
from charsam.workspace.values import State
from charsam.workspace.workspace import Workspace

DATABASE: list[str] = []
"""The address of a PostgreSQL server's database, in which each attack gets a schema of its own; none: SQLite files."""

KINDS = (
    ("PNG", "RGB"),
    ("JPEG", "RGB"),
    ("TIFF", "I;16"),
    ("GIF", "L"),
    ("BMP", "RGB"),
    ("WEBP", "RGB"),
    ("PNG", "I;16"),
)
ODD = "aZ/\\.: \t\0\u202e\u0301日é'\"<%"
CHILD = """
import sys
from pathlib import Path
from charsam.workspace.workspace import Workspace
workspace = Workspace.open(Path(sys.argv[1]), sys.argv[2] or None)
ann = workspace.accounts.guest("Ann")
image = workspace.images.page(workspace.projects.inbox(ann).id, ann).images[0]
number = image.seq
while True:
    number += 1
    workspace.history.set_note(image.id, f"note {number}", ann)
    print(number, flush=True)
"""


def picture(chance: random.Random, side: int = 64) -> bytes:
    """An image file of some kind."""
    kind, mode = chance.choice(KINDS)
    size = chance.randrange(1, side), chance.randrange(1, side)
    out = io.BytesIO()
    values = np.random.default_rng(chance.randrange(2**32)).integers(0, 256, (size[1], size[0], 3), np.uint8)
    Image.fromarray(values).convert("L" if mode == "I;16" else mode).convert(mode).save(out, kind)
    return out.getvalue()


def damaged(chance: random.Random, data: bytes) -> bytes:
    """Bytes with some of them changed, cut off, or doubled."""
    broken = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 8, 60])):
        place = min(int(chance.expovariate(1 / 200)), len(broken) - 1)
        broken[place] = chance.choice([0, 255, 127, chance.randrange(256)])
    if chance.random() < 0.3:
        del broken[chance.randrange(1, len(broken)) :]
    return bytes(broken)


def hostile_images(chance: random.Random, tries: int) -> list[str]:
    """Damaged pictures, and small files that claim to be enormous."""
    failures = []
    for number in range(tries):
        data = bytearray(damaged(chance, picture(chance)))
        if number % 20 == 0:
            data = bytearray(picture(chance) if chance.random() < 0.2 else _png())
            data[16:24] = struct.pack(">II", chance.choice([1, 60_000, 2**31 - 1]), chance.choice([50_000, 2**31 - 1]))
        try:
            load_image(bytes(data), name="hostile", most_pixels=DEMO.pixels)
        except ImageError:
            pass
        except BaseException as error:
            failures.append(f"{type(error).__name__}: {error}")
    return failures


def hostile_words(chance: random.Random, tries: int) -> list[str]:
    """words.json in which values of any kind stand anywhere."""
    failures = []
    values: list[object] = [
        None,
        True,
        -1,
        1e308,
        2**70,
        "",
        "x" * 100_000,
        "\ud800",
        [],
        {},
        [[]],
        {"a": []},
        [[0, 0]] * 5000,
    ]
    for _ in range(tries):
        word = {"polygon": [[0, 0], [9, 0], [9, 9], [0, 9]], "text": "AB", "chars": [{"category": "A"}]}
        root: dict[str, object] = {
            "charsam": 1,
            "images": [{"file": "a.png", "width": 9, "height": 9, "words": [word]}],
        }
        for _ in range(chance.randrange(1, 4)):
            _put_somewhere(chance, root, copy.deepcopy(chance.choice(values)))
        text = json.dumps(root)
        text = text[: chance.randrange(len(text))] if chance.random() < 0.2 else text
        text = "[" * 100_000 if chance.random() < 0.01 else text
        try:
            parse_words(text, name="hostile")
        except WordsError:
            pass
        except BaseException as error:
            failures.append(f"{type(error).__name__}: {str(error)[:100]}")
    return failures


def database() -> str | None:
    """Where a new workspace keeps its database: None for a file of its own, else an empty schema of DATABASE."""
    if not DATABASE:
        return None
    name = f"attack_{secrets.token_hex(6)}"
    engine = create_engine(DATABASE[0], isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return f"{DATABASE[0]}{'&' if '?' in DATABASE[0] else '?'}options=-csearch_path%3D{name}"


def hostile_zips(chance: random.Random, tries: int) -> list[str]:
    """Zips with any names, bombs, damaged ones: nothing gets out of the workspace or is left in it."""
    failures = []
    with tempfile.TemporaryDirectory(prefix="charsam-attack-") as folder:
        base = Path(folder) / "a" / "b"
        workspace = Workspace.open(base / "workspace", database(), quota=DEMO)
        outside = {path for path in Path(folder).rglob("*") if base / "workspace" not in (path, *path.parents)}
        for number in range(tries):
            visitor = workspace.accounts.guest(f"visitor {number}")
            project = workspace.projects.inbox(visitor)
            try:
                taken = import_uploads(workspace, project.id, [Upload("up.zip", _odd_zip(chance))], visitor)
                for row in taken.images:
                    load_image(workspace.images.read(row.id, visitor))
            except UploadError:
                pass
            except BaseException as error:
                failures.append(f"{type(error).__name__}: {str(error)[:100]}")
            workspace.accounts.forget_guest(visitor)
            if list((base / "workspace").glob(".charsam-scratch-*")):
                failures.append("a scratch folder was left")
        now = {path for path in Path(folder).rglob("*") if base / "workspace" not in (path, *path.parents)}
        failures += [f"{path} appeared outside" for path in now - outside]
        failures += [f"{path} was left" for path in (base / "workspace" / "images").rglob("*") if path.is_file()]
        workspace.close()
    return failures


def backups(chance: random.Random, tries: int) -> list[str]:
    """Write any pictures and histories, with a clock that jumps back and forth; read them back, compare."""
    failures = []
    for _ in range(tries):
        now = [datetime(2026, 1, 1, tzinfo=UTC)]
        with tempfile.TemporaryDirectory(prefix="charsam-attack-") as folder:
            workspace = Workspace.open(Path(folder), database(), clock=lambda now=now: now[0])  # type: ignore[misc]
            ann = workspace.accounts.guest("Ann")
            project, again = workspace.projects.create("A", ann), workspace.projects.create("B", ann)
            for _ in range(3):
                row = workspace.images.add(project.id, _odd_name(chance), picture(chance, 600), ann)
                for _ in range(4):
                    now[0] += timedelta(seconds=chance.uniform(-5, 5))
                    workspace.history.set_note(row.id, _odd_name(chance), ann)
                    workspace.history.set_state(row.id, chance.choice(list(State)), ann)
            out = io.BytesIO()
            export(workspace, project.id, "backup", ann, out)
            try:
                restored = import_uploads(workspace, again.id, [Upload("b.zip", out.getvalue())], ann).images
                for old, new in zip(workspace.images.page(project.id, ann).images, restored, strict=True):
                    same = (old.name, old.note, old.state, old.hash, old.at) == (
                        new.name,
                        new.note,
                        new.state,
                        new.hash,
                        new.at,
                    )
                    failures += [] if same else [f"{old.name} differs"]
            except CharsamError as error:
                failures.append(str(error)[:200])
            workspace.close()
    return failures


def flipped_weights(chance: random.Random, tries: int) -> list[str]:
    """One bit of the shipped network changed."""
    failures = []
    with tempfile.TemporaryDirectory(prefix="charsam-attack-") as folder:
        file = Path(shutil.copy(ASSETS_DIR / "compact.safetensors", folder))
        shutil.copy(ASSETS_DIR / SUMS, folder)
        whole = file.read_bytes()
        for _ in range(tries):
            broken = bytearray(whole)
            broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
            file.write_bytes(broken)
            try:
                verified_asset(file)
                failures.append("was loaded")
            except WeightsError:
                pass
    return failures


def kills(chance: random.Random, tries: int) -> list[str]:
    """A process that writes notes is killed at any moment; what it had acknowledged is there."""
    failures = []
    with tempfile.TemporaryDirectory(prefix="charsam-attack-") as folder:
        url = database()
        workspace = Workspace.open(Path(folder), url)
        ann = workspace.accounts.guest("Ann")
        row = workspace.images.add(workspace.projects.inbox(ann).id, "a.png", _png(), ann)
        command = [sys.executable, "-c", CHILD, folder, url or ""]
        for _ in range(tries):
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
                assert child.stdout is not None
                lines = [child.stdout.readline() for _ in range(chance.randrange(1, 8))]
                child.send_signal(signal.SIGKILL)
                lines += child.stdout.read().splitlines(keepends=True)
            acknowledged = max((int(line) for line in lines if line.endswith("\n")), default=0)
            now = workspace.images.get(row.id, ann)
            if now.seq < acknowledged or len(workspace.history.entries(row.id, ann)) != now.seq:
                failures.append(f"{acknowledged} was acknowledged, {now.seq} is there")
        workspace.close()
    return failures


def full_disk(chance: random.Random, tries: int) -> list[str]:
    """Files can't grow any more for a while (as on a full disk): each refusal is a sentence, and nothing is lost."""
    failures: list[str] = []
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    with tempfile.TemporaryDirectory(prefix="charsam-attack-") as folder:
        workspace = Workspace.open(Path(folder))
        ann = workspace.accounts.guest("Ann")
        row = workspace.images.add(workspace.projects.inbox(ann).id, "a.png", _png(), ann)
        for number in range(tries):
            size = max(path.stat().st_size for path in Path(folder).glob("workspace.sqlite*"))
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + chance.randrange(20_000), hard))
            expected, refused = workspace.images.get(row.id, ann).note, 0
            try:
                for step in range(40):
                    workspace.history.set_note(row.id, f"{number}.{step} {'x' * 1000}", ann)
                    expected = f"{number}.{step} {'x' * 1000}"
            except Unavailable:
                refused = 1
            except BaseException as error:
                failures.append(f"{type(error).__name__}: {error}")
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
            if refused and workspace.images.get(row.id, ann).note != expected:
                failures.append("what was acknowledged is not there")
            workspace.history.set_note(row.id, f"after {number}", ann)
        workspace.close()
    return failures


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(out, "PNG")
    return out.getvalue()


def _odd_name(chance: random.Random) -> str:
    name = "".join(chance.choices(ODD, k=chance.randrange(30)))
    return chance.choice(
        [name, f"../{name}", f"/{name}.png", f"{'x/' * 40}{name}.png", f"{'y' * 294}/../{name}" + "z" * 296]
    )


def _odd_zip(chance: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for _ in range(chance.randrange(1, 6)):
            content = chance.choice(
                [_png(), picture(chance), damaged(chance, _png()), b"{}", bytes(chance.choice([10, 2**22]))]
            )
            info = zipfile.ZipInfo(_odd_name(chance) or "a")
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = chance.choice([0o644, 0o120777, 0o010644]) << 16
            target.writestr(info if info.filename else "a.png", content)
    return damaged(chance, out.getvalue()) if chance.random() < 0.4 else out.getvalue()


def _put_somewhere(chance: random.Random, root: object, value: object) -> None:
    """Replace something in nested lists and objects."""
    while True:
        if isinstance(root, dict) and root:
            key = chance.choice(list(root))
        elif isinstance(root, list) and root:
            key = chance.randrange(len(root))
        else:
            return
        below = root[key]
        if not isinstance(below, dict | list) or chance.random() < 0.25:
            root[key] = value
            return
        root = below
