"""What runs cost: `python benchmarks/footprint.py [CASE …]` prints, for each case, the most resident memory while it
lasted and what stays, its time, and the longest that the work went on without a look at whether it was cancelled.

The photos are made of the examples: one at 640 x 480, and four side by side at 4000 x 3000 pixels. Linux only.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np

from charsam.cancellation import cancellable
from charsam.cpu import wait_without_spinning
from charsam.images import load_image
from charsam.memory import few_arenas, give_back, large_apart
from charsam.trace import Settings, Stage
from charsam.types import ImageArray

EXAMPLES = sorted((Path(__file__).resolve().parent.parent / "assets" / "examples").glob("*.jpg"))


def small() -> ImageArray:
    """A photo of 640 x 480 pixels."""
    return np.asarray(cv2.resize(load_image(EXAMPLES[-1]), (640, 480), interpolation=cv2.INTER_AREA), np.uint8)


def large() -> ImageArray:
    """A photo of 4000 x 3000 pixels."""
    four = [cv2.resize(load_image(path), (2000, 1500), interpolation=cv2.INTER_CUBIC) for path in EXAMPLES[:4]]
    return np.asarray(np.vstack([np.hstack(four[:2]), np.hstack(four[2:])]), np.uint8)


CASES = {
    "640x480": [small],
    "4000x3000": [large],
    "640x480 twice at once": [small, small],
    "4000x3000 twice at once": [large, large],
}


class Looks:
    """The longest stretches between two looks of a thread: seconds on the clock and of the processor, by stage. Made in
    that thread.
    """

    def __init__(self) -> None:
        self.stage = str(Stage.FIND)
        self.longest: dict[str, tuple[float, float]] = {}
        self._clock, self._used = time.monotonic(), time.thread_time()

    def asked(self) -> bool:
        """Never cancelled, but each time it is asked is noted."""
        clock, used = time.monotonic(), time.thread_time()
        before = self.longest.get(self.stage, (0.0, 0.0))
        self.longest[self.stage] = max(before[0], clock - self._clock), max(before[1], used - self._used)
        self._clock, self._used = clock, used
        return False

    def over(self, stage: Stage) -> None:
        """That stage has ended."""
        self.asked()
        order = list(Stage)
        self.stage = str(order[min(order.index(stage) + 1, len(order) - 1)])


def status(field: str) -> int:
    """Megabytes of a field of /proc/self/status."""
    found = Path("/proc/self/status").read_text(encoding="ascii").partition(f"{field}:")[2]
    return int(found.split()[0]) >> 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    args = parser.parse_args()
    few_arenas()
    large_apart()
    wait_without_spinning()
    from charsam.pipeline import CharSAM

    pipe = CharSAM()
    pipe.load()
    pipe.run(small())
    give_back()
    print(f"loaded and used once: {status('VmRSS')} MB\n")
    print("| case | words | at most, MB | then, MB | seconds | longest without a look: seconds, of the processor |")
    print("|---|---|---|---|---|---|")
    for name in args.cases or CASES:
        pictures = [make() for make in CASES[name]]
        found: list[tuple[int, Looks]] = []

        def one(picture: ImageArray, found: list[tuple[int, Looks]] = found) -> None:
            looks = Looks()
            with cancellable(looks.asked):
                for stage, trace in pipe.stages(picture, None, Settings()):  # noqa: B007 (the last one is counted)
                    looks.over(stage)
            found.append((len(trace.words), looks))

        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        begun = time.monotonic()
        threads = [threading.Thread(target=one, args=(picture,)) for picture in pictures]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent, peak = time.monotonic() - begun, status("VmHWM")
        give_back()
        worst, counts = found[0][1].longest, [count for count, _ in found]
        said = ", ".join(f"{stage} {clock:.1f} ({used:.1f})" for stage, (clock, used) in worst.items())
        print(f"| {name} | {counts} | {peak} | {status('VmRSS')} | {spent:.1f} | {said} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
