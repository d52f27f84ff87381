"""A batch run that is killed and goes on: `python benchmarks/batch_kills.py [--images 8] [--kills 4] [--seed 0]`.

Makes a dataset in MLT17's layout of generated scenes and runs `charsam refine` on it undisturbed; then into another
folder, killing it with SIGKILL at random moments, each after at least one image more than at the last; and compares the
two folders byte for byte.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from batch_throughput import images_of, make_dataset, results

from charsam.segmenters import DEFAULT, NAMES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--segmenter", choices=NAMES, default=DEFAULT)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    with tempfile.TemporaryDirectory(prefix="charsam-kills-") as folder:
        root, out, undisturbed = Path(folder) / "mlt17", Path(folder) / "killed", Path(folder) / "undisturbed"
        make_dataset(root, args.images)
        command = [sys.executable, "-m", "charsam.cli", "refine", "mlt17", "--root", str(root), "--shard-size", "3"]
        command += ["--segmenter", args.segmenter]
        subprocess.run([*command, "--out", str(undisturbed)], check=True, stdout=subprocess.DEVNULL)
        for kill in range(args.kills):
            done = kill_once([*command, "--out", str(out)], out, chance)
            print(f"killed {kill + 1} times; {done} of {args.images} images are done", flush=True)
        subprocess.run([*command, "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
        logged = [int(entry["image"]) for entry in images_of(out)]
        same = results(out) == results(undisturbed)
        print(f"{len(results(out))} files, {'the same byte for byte' if same else 'NOT the same'}")
        print(f"{len(logged) - len(set(logged))} images were done twice")


def kill_once(command: list[str], out: Path, chance: random.Random) -> int:
    """Run the command and kill it somewhere after its next image; returns how many images are done by then."""
    before = len(images_of(out))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while len(images_of(out)) == before and process.poll() is None:
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 3))
        process.kill()
    return len(images_of(out))


if __name__ == "__main__":
    main()
