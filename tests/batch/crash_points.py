"""`python crash_points.py ROOT WORK STEP`: kills a batch run at every STEP-th file operation, and goes on with it.

Prints a line of JSON for each of them: whether the results are those of a run that nobody disturbed, and whether an
image was done again that was staged when the run was killed. A process of its own, because it forks.
"""

import itertools
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from batch_runs import dark_pixels, job, results

from charsam.batch import identity
from charsam.batch.job import Annotator
from charsam.batch.refine import refine
from charsam.batch.shards import Shards
from charsam.settings import Settings

OPERATIONS = ("replace", "rename", "mkdir", "unlink", "rmdir", "fsync")
SHARD_SIZE = 2


def kill_at_operations(root: Path, work: Path, step: int) -> Iterator[dict[str, Any]]:
    calls = work / "calls"

    def noting(settings: Settings) -> Annotator:
        annotate = dark_pixels(settings)

        def noted(image: Any, words: Any) -> Any:
            with calls.open("a") as file:
                file.write(f"{int(image[0, 0, 0]) - 200}\n")
            return annotate(image, words)

        return noted

    def run(out: Path, until: int | None) -> int:
        return in_a_fork(lambda: refine(job(root, out, shard_size=SHARD_SIZE, annotator=noting), workers=1), until)

    assert run(work / "undisturbed", None) == 0
    expected = results(work / "undisturbed")
    images = len(calls.read_text().split())
    for operation in itertools.count(0, step):
        out = work / "killed"
        shutil.rmtree(out, ignore_errors=True)
        calls.write_text("")
        status = run(out, operation)
        if status == 0:
            return
        assert status == -signal.SIGKILL
        shards = Shards(out, SHARD_SIZE, images)
        kept = {i for i in range(images) if shards.is_done(shards.of(i)) or i in shards.staged(shards.of(i))}
        calls.write_text("")
        run(out, None)
        again = kept & {int(number) for number in calls.read_text().split()}
        yield {"operation": operation, "kept": len(kept), "same": results(out) == expected, "again": sorted(again)}


def in_a_fork(work: Callable[[], object], until: int | None) -> int:
    """Do it in a process that kills itself before its file operation of that number; returns its exit status."""
    child = os.fork()
    if child == 0:
        os.fsync = lambda _: None  # a killed process loses nothing that it wrote; only a power cut does
        if until is not None:
            die_at(until)
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die_at(until: int) -> None:
    number = itertools.count()

    def counted(operation: Callable[..., Any]) -> Callable[..., Any]:
        def first_count(*arguments: Any, **options: Any) -> Any:
            if next(number) == until:
                os.kill(os.getpid(), signal.SIGKILL)
            return operation(*arguments, **options)

        return first_count

    for name in OPERATIONS:
        setattr(os, name, counted(getattr(os, name)))


if __name__ == "__main__":
    identity.models = cache(identity.models)  # type: ignore[assignment]
    identity.models(Settings())
    for line in kill_at_operations(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])):
        print(json.dumps(line), flush=True)
