"""Annotators that kill: the main process of a run, or the process that they themselves are in."""

import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from batch_runs import dark_pixels

from charsam.batch.job import Annotator
from charsam.trace import Settings
from charsam.types import ImageAnnotation, ImageArray, Word


def number_of(image: ImageArray) -> int:
    """The number of an image of `make_mlt17`, which is the colour of its ground."""
    return int(image[0, 0, 0]) - 200


def killing_main(settings: Settings) -> Annotator:
    """Kills the main process at the second image of this process and goes down with it, where the environment has KILL.

    So each process stages one image at most, and a run of three images or more never ends.
    """
    annotate, images, main = dark_pixels(settings), itertools.count(), multiprocessing.parent_process()

    def kill(image: ImageArray, words: Sequence[Word]) -> ImageAnnotation:
        if next(images) == 1 and "KILL" in os.environ:
            assert main is not None and main.pid is not None
            with suppress(ProcessLookupError):  # another process was faster
                os.kill(main.pid, signal.SIGKILL)
            threading.Event().wait()
        return annotate(image, words)

    return kill


def dying_once(settings: Settings) -> Annotator:
    """Dies of image 2 where the file that the environment variable DIED names is missing, and makes it."""
    annotate, marker = dark_pixels(settings), Path(os.environ["DIED"])

    def die(image: ImageArray, words: Sequence[Word]) -> ImageAnnotation:
        if number_of(image) == 2 and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return annotate(image, words)

    return die


def dying_always(settings: Settings) -> Annotator:
    """Dies of image 2."""
    annotate = dark_pixels(settings)

    def die(image: ImageArray, words: Sequence[Word]) -> ImageAnnotation:
        if number_of(image) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return annotate(image, words)

    return die


def stillborn(settings: Settings) -> Annotator:
    """Dies while it is loaded."""
    os.kill(os.getpid(), signal.SIGKILL)
    return dark_pixels(settings)
