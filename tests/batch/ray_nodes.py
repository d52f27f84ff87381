"""An annotator for a Ray cluster of two machines, of which one is to die while it works on its second image.

The folder that the environment variable SIGNALS names has two pipes: `begun`, through which the machine that is to die
says that it works, and `gone`, which the test opens once that machine is dead, and for which the other one waits.
"""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import ray
from batch_runs import dark_pixels

from charsam.batch.job import Annotator
from charsam.trace import Settings
from charsam.types import ImageAnnotation, ImageArray, Word


def meeting_death(settings: Settings) -> Annotator:
    annotate = dark_pixels(settings)
    signals = Path(os.environ["SIGNALS"])
    mortal = ray.get_runtime_context().get_node_id() == os.environ["MORTAL"]
    begun = []

    def work(image: ImageArray, words: Sequence[Word]) -> ImageAnnotation:
        begun.append(image[0, 0, 0])
        if mortal and len(begun) == 2:
            with (signals / "begun").open("w") as pipe:
                pipe.write("x")
            threading.Event().wait()
        if not mortal and len(begun) == 2 and not (signals / "dead").exists():
            with (signals / "gone").open() as pipe:
                pipe.read()
        return annotate(image, words)

    return work
