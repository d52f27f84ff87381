"""What a batch run is made of. Runs with the same identity give the same bytes, so that one can go on with another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import charsam
from charsam.atomic import write_atomically
from charsam.batch.job import Job
from charsam.errors import SettingsError
from charsam.runs.contents import Told, contents, fingerprint, stamps
from charsam.runs.identity import differences, models, own_source, settings_identity
from charsam.runs.task import RunError


def identity(job: Job, images: int, told: Told | None = None) -> dict[str, Any]:
    """All that the results depend on. images: how many the run goes through. told: of the dataset's files; None for
    their contents, of which a run with a limit reads no more than it needs.

    Raises WeightsError where weights are missing or damaged.
    """
    settings = job.settings
    told = told or (contents if job.limit is None else stamps)
    return {
        "charsam": charsam.__version__,
        "source": own_source(),
        "result": job.refined.title,
        "dataset": {
            "name": job.dataset,
            "split": job.split,
            "limit": job.limit,
            **({"empty_masks": True} if job.empty_masks else {}),
            "images": images,
            "files": fingerprint(job.root, told),
        },
        "settings": settings_identity(settings),
        "shard_size": job.shard_size,
        **models(settings),
    }


def begin(path: Path, found: dict[str, Any]) -> None:
    """Write the identity of a run down, or compare it with that of the run that is to be gone on with.

    Raises SettingsError, naming what differs, where they are not the same.
    """
    try:
        earlier = json.loads(path.read_bytes())
    except FileNotFoundError:
        with write_atomically(path) as file:
            file.write(to_json(found))
        return
    except ValueError as error:
        raise RunError(f"{path} is damaged; delete the folder with the results and start anew") from error
    now = json.loads(to_json(found))
    if earlier != now:
        raise SettingsError(
            f"{path.parent.parent} holds the results of another run ({differences(earlier, now)}). Choose another "
            "folder for --out, or delete that one"
        )


def to_json(value: dict[str, Any]) -> bytes:
    """A readable JSON file."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"
