"""What has to be said about a dataset's truth, so that figures are not compared that can't be."""

from __future__ import annotations

import json
from pathlib import Path

from charsam.evaluation.benchmark import MANIFEST, is_generated


def notes_on(dataset: str, root: Path) -> list[str]:
    """Sentences for the head of a report on a dataset."""
    if is_generated(root):
        seed, scenes = _benchmark(root)
        return [
            f"A generated benchmark ({scenes} scenes of seed {seed}; made by charsam benchmark make), not the real "
            f"{dataset}: its figures cannot be compared with published ones."
        ]
    if dataset == "textseg":
        return [
            "TextSeg's released labels are version 2. Published figures of TexRNet are on version 1 and, in part, "
            "with 8 test scales."
        ]
    if dataset in ("coco-ts", "mlt-s"):
        return [f"The labels of {dataset} are themselves pseudo-labels: the scores say how far two annotators agree."]
    return []


def _benchmark(root: Path) -> tuple[str, str]:
    """Seed and number of scenes, as the benchmark's own manifest says."""
    try:
        manifest = json.loads((root / MANIFEST).read_bytes())
        return str(int(manifest["seed"])), str(int(manifest["scenes"]))
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown", "unknown"
