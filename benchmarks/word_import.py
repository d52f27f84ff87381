"""How long it takes to bring many files: `python benchmarks/bringing.py [--pairs 2000] [--way folder zip command]`.

Makes small pairs (a photo of 320 x 240 pixels, its words in ICDAR15's text) and brings them to `charsam serve` as the
page does (a hundred files a request), as one zip, and to `charsam convert` as a folder. Printed as a Markdown table:
seconds by the clock, and the most memory of the process in MB; for the server, which has its models loaded, also how
much that is more than before.
"""

from __future__ import annotations

import argparse
import io
import resource
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import attack_server
import httpx
import numpy as np
from PIL import Image

BATCH = 100
"""Files that the page sends in one request."""


def pairs(count: int) -> dict[str, bytes]:
    """The files by name: every photo another one, each with two words."""
    made = {}
    for number in range(count):
        noise = np.random.default_rng(number).integers(0, 256, (24, 32, 3), np.uint8)
        out = io.BytesIO()
        Image.fromarray(noise).resize((320, 240)).save(out, "JPEG", quality=90)
        made[f"set/img/img_{number}.jpg"] = out.getvalue()
        lines = [f"20,20,140,20,140,60,20,60,Word{number}", "20,90,140,90,140,130,20,130,###"]
        made[f"set/gt/gt_img_{number}.txt"] = "\n".join(lines).encode()
    return made


def as_zip(files: dict[str, bytes]) -> dict[str, bytes]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, data in files.items():
            target.writestr(name, data)
    return {"set.zip": out.getvalue()}


def brought(client: httpx.Client, project: str, files: dict[str, bytes]) -> dict[str, Any]:
    """What the server answers in the end."""
    path = f"/label/projects/{project}/uploads"
    path += "/" + client.post(path, json={}).raise_for_status().json()["upload"]
    listed = list(files.items())
    for start in range(0, len(listed), BATCH):
        some = [("files", one) for one in listed[start : start + BATCH]]
        client.post(f"{path}/files", files=some).raise_for_status()
    answer: dict[str, Any] = {"running": True}
    while answer["running"]:
        answer = client.post(f"{path}/take", json={}).raise_for_status().json()
    client.post(f"{path}/close", json={})
    return answer


def to_server(files: dict[str, bytes], count: int) -> tuple[float, str]:
    """Seconds, and megabytes, of a server that is used for nothing else."""
    with tempfile.TemporaryDirectory(prefix="charsam-bringing-") as folder:
        place = Path(folder) / "tmp"
        place.mkdir()
        server = attack_server.Server(place, {"CHARSAM_DEMO": "", "CHARSAM_WORKSPACE": f"{folder}/workspace"})
        try:
            server.warm_up()
            client = server.visitor()
            project = client.get("/label/projects").json()["projects"][0]["id"]
            before = server.memory()
            Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
            begun = time.perf_counter()
            answer = brought(client, project, files)
            seconds = time.perf_counter() - begun
            if (answer["added"], answer["words"], answer["problems"]) != (count, count, []):
                raise SystemExit(f"{answer['added']} added, {answer['words']} worded, {answer['problems'][:3]}")
            return seconds, f"{server.peak()} ({server.peak() - before} more)"
        finally:
            server.end(signal.SIGTERM)


def to_command(files: dict[str, bytes]) -> tuple[float, str]:
    with tempfile.TemporaryDirectory(prefix="charsam-bringing-") as folder:
        for name, data in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        begun = time.perf_counter()
        command = [sys.executable, "-m", "charsam.cli", "convert", "auto", f"{folder}/set", "native", f"{folder}/out"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=attack_server.ROOT)
        seconds = time.perf_counter() - begun
    return seconds, f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--way", nargs="+", choices=["command", "folder", "zip"], default=["command", "folder", "zip"])
    args = parser.parse_args()
    files = pairs(args.pairs)
    print("| way | pairs | seconds | memory in MB |\n|---|---|---|---|")
    for way in args.way:
        if way == "command":
            seconds, memory = to_command(files)
        else:
            seconds, memory = to_server(files if way == "folder" else as_zip(files), args.pairs)
        print(f"| {way} | {args.pairs} | {seconds:.1f} | {memory} |", flush=True)


if __name__ == "__main__":
    main()
