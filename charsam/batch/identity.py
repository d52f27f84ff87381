"""What a batch run is made of. Runs with the same identity give the same bytes, so that one can go on with another."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import charsam
from charsam.atomic import write_atomically
from charsam.batch.job import Job
from charsam.datasets.files import FileTree
from charsam.errors import SettingsError
from charsam.images import is_image_file
from charsam.runs.identity import differences, models, own_source, settings_identity
from charsam.runs.task import RunError

ANNOTATIONS: Final = (".txt", ".json")


def identity(job: Job, images: int) -> dict[str, Any]:
    """All that the results depend on. images: how many the run goes through.

    Raises WeightsError where weights are missing or damaged.
    """
    settings = job.settings
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
            "files": fingerprint(job.root),
        },
        "settings": settings_identity(settings),
        "shard_size": job.shard_size,
        **models(settings),
    }


def fingerprint(root: Path) -> str:
    """SHA-256 over the names and sizes of a dataset's images and annotation files."""
    tree = FileTree(root)
    digest = hashlib.sha256()
    for file in tree.files:
        if is_image_file(file) or file.suffix.lower() in ANNOTATIONS:
            digest.update(f"{tree.relative(file)}\0{file.stat().st_size}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


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
