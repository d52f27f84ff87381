"""The one loop of all runs: who does the work, a bar that shows how far it is, and what failed, told as it happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Final

from tqdm import tqdm

from charsam.runs.pool import Pool, most_useful, work_here
from charsam.runs.task import Done, Task, Worker

WORTH_A_PROCESS: Final = 10
"""Items for which a process of their own is started."""


def run(
    task: Task,
    items: Iterable[int],
    take: Callable[[Done], bool],
    *,
    title: str,
    here: Worker,
    total: int,
    left: int,
    workers: int | None = 1,
    ray: str | None = None,
    units: Sequence[int] = (),
) -> None:
    """Do items, in whatever order.

    take: gets each as it is done, and says whether that is news: a cluster also tells what earlier runs did.
    title: of the command, for its messages. here: a worker of this process. total, left: how many items there are, and
    are to do. workers: processes, 1 for this one alone; None for as many as keep the machine busy, and are worth the
    loading of their models. ray: address of a cluster that does `units` instead of the items; workers are then its
    actors.
    Raises RunError, SettingsError or WeightsError where the work cannot be done.
    """
    if not left:
        return
    if ray is not None:
        from charsam.runs.ray_cluster import work_on_ray

        working = work_on_ray(task, units, ray, workers)
    elif (processes := min(workers or min(most_useful(), -(-left // WORTH_A_PROCESS)), left)) == 1:
        working = work_here(here, items)
    else:
        working = Pool(task, processes, here).work(items)
    with closing(working) as done, tqdm(total=total, initial=total - left, unit="image", disable=None) as bar:
        for item in done:
            if not take(item):
                continue
            bar.update()
            if item.failure is not None:
                name = "" if item.failure.startswith(item.name) else f"{item.name}: "
                tqdm.write(f"charsam {title}: {name}{item.failure}", file=sys.stderr)
