"""What `charsam refine` costs: `python benchmarks/batch_throughput.py [--images 24] [--workers 1 2]`.

Makes a dataset in MLT17's layout of generated scenes (640 x 480 pixels), runs the command on it once for each number of
processes, and compares the results byte for byte. Printed as a Markdown table, a row a run:

images a minute: after the first image, so without the loading of the models. whole: seconds with it. CPU an image:
seconds of processor time without it, which other programs on the machine change less. memory: of the largest process.
Then how that processor time depends on the words (least squares over the images), and what the results take on the
disk.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from charsam.scenes import make_scene
from charsam.segmenters import DEFAULT, NAMES
from charsam.types import FloatArray

FIRST_SEED = 61_000_000
FOLDERS = ("ch8_training_images", "ch8_training_localization_transcription_gt_v2")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command.

    rate: images a minute. seconds: of the whole run. cpu: (images,) processor time of each image. memory: bytes.
    """

    workers: int
    rate: float
    seconds: float
    cpu: FloatArray
    memory: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--segmenter", choices=NAMES, default=DEFAULT)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="charsam-throughput-") as folder:
        root = Path(folder)
        make_dataset(root / "mlt17", args.images)
        runs = [refine(root / "mlt17", root / f"out{n}", n, args.segmenter) for n in args.workers]
        first = root / f"out{args.workers[0]}"
        summary = json.loads((first / "summary.json").read_bytes())
        print(table(runs, args.images, summary, args.segmenter))
        for run in runs:
            print(fit(run, words_of(first)))
        print(storage(first, args.images))
        same = all(results(root / f"out{n}") == results(first) for n in args.workers)
        print(f"\nThe results of all runs are {'the same, byte for byte' if same else 'NOT the same'}.")


def make_dataset(root: Path, images: int) -> None:
    """Generated scenes and their words in MLT17's layout."""
    for name in FOLDERS:
        (root / name).mkdir(parents=True)
    for number in range(images):
        scene = make_scene(FIRST_SEED + number)
        Image.fromarray(scene.image).save(root / FOLDERS[0] / f"img_{number}.jpg", quality=92)
        lines = []
        for word in scene.words:
            half = len(word.polygon) // 2
            quad = np.round(word.polygon[[0, half - 1, half, -1]]).astype(int)
            lines.append(f"{','.join(map(str, quad.ravel()))},Latin,{word.text}")
        (root / FOLDERS[1] / f"gt_img_{number}.txt").write_text("\n".join(lines), encoding="utf-8")


def refine(root: Path, out: Path, workers: int, segmenter: str) -> Run:
    """Run the command; its processes are all over when this returns."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "charsam.cli", "refine", "mlt17", "--root", root, "--out", out]
    with subprocess.Popen(
        [*map(str, command), "--workers", str(workers), "--segmenter", segmenter], stdout=subprocess.DEVNULL
    ) as process:
        memory = 0
        while process.poll() is None:
            memory = max(memory, resident(process.pid))
            time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"charsam refine ended with {process.returncode}")
    seconds = time.perf_counter() - start
    images = images_of(out)
    rate = 60 * (len(images) - 1) / (images[-1]["at"] - images[0]["at"])
    cpu = np.array([entry["cpu"] for entry in sorted(images, key=lambda entry: int(entry["image"]))], np.float32)
    return Run(workers, rate, seconds, cpu, memory)


def images_of(out: Path) -> list[dict[str, Any]]:
    """What the log of a folder of results says of each image; none where there is no log yet."""
    log = out / "log" / "log.jsonl"
    found = []
    for line in log.read_text().splitlines() if log.exists() else ():
        with suppress(ValueError):  # empty, or cut off when a run was killed
            found.append(json.loads(line))
    return [entry for entry in found if "image" in entry]


def table(runs: list[Run], images: int, summary: dict[str, dict[str, int]], segmenter: str) -> str:
    """The runs as a Markdown table."""
    words, characters = summary["words"]["total"], summary["characters"]["total"]
    lines = [
        f"{segmenter}: {images} images, {words} words, {characters} characters; {os.cpu_count()} processors, "
        f"load {os.getloadavg()[0]:.1f}\n",
        "| processes | images a minute | against one | whole | CPU an image | memory |",
        "|---|---|---|---|---|---|",
    ]
    for run in runs:
        lines.append(
            f"| {run.workers} | {run.rate:.1f} | {run.rate / runs[0].rate:.2f} | {run.seconds:.0f} s | "
            f"{run.cpu.mean():.2f} s | {run.memory / 1e9:.1f} GB |"
        )
    return "\n".join(lines) + "\n"


def words_of(out: Path) -> FloatArray:
    """(images,) how many words each image has."""
    rows = [line for path in sorted(out.glob("shards/*/rows.jsonl")) for line in path.read_text().splitlines()]
    return np.array([json.loads(row)["counts"]["words"] for row in rows], np.float32)


def fit(run: Run, words: FloatArray) -> str:
    """Processor time of an image after its words, in a sentence."""
    columns = np.stack([np.ones_like(words), words], axis=1)
    base, word = np.linalg.lstsq(columns, run.cpu, rcond=None)[0]
    return f"{run.workers} processes: {base:.2f} s of CPU an image and {word:.2f} s a word."


def resident(pid: int) -> int:
    """Resident bytes of the largest of a process and its children (Linux; 0 elsewhere)."""
    found = [0]
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it has ended meanwhile
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            if str(pid) in (fields["Pid"].strip(), fields["PPid"].strip()) and "VmRSS" in fields:
                found.append(int(fields["VmRSS"].split()[0]) * 1024)
    return max(found)


def storage(out: Path, images: int) -> str:
    """How much the results take, in bytes an image."""
    masks = sum(path.stat().st_size for path in out.glob("*_labels/*.png"))
    words = (out / "words.json").stat().st_size
    whole = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    return (
        f"On the disk, an image: {masks / images:.0f} bytes of masks, {words / images:.0f} of words.json (kept twice, "
        f"in shards/ too), {whole / images:.0f} in all."
    )


def results(out: Path) -> dict[str, bytes]:
    """Every file of a folder of results, without the log of when what was done."""
    files = (path for path in out.rglob("*") if path.is_file() and path.relative_to(out).parts[0] != "log")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


if __name__ == "__main__":
    main()
