"""Where networks run: on CUDA where it is this process's own, and in a Space on ZeroGPU's shared GPUs call by call.

ZeroGPU lends a GPU to the calls of a function that `spaces.GPU` decorates, each in a process forked for it; in the main
process CUDA only seems to be there. `spaces` must be imported before PyTorch, and a decorated function must be known
before the app starts: `prepare` sees to both.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

SHARED_VARIABLE: Final = "SPACES_ZERO_GPU"
"""Environment variable that ZeroGPU sets."""
SECONDS: Final = 30
"""The longest that one call may take on a shared GPU."""

P = ParamSpec("P")
R = TypeVar("R")


def is_shared() -> bool:
    """Whether the GPU is lent call by call."""
    return os.environ.get(SHARED_VARIABLE, "").lower() in ("1", "t", "true")


def own_device() -> str:
    """ "cuda" where this process has a GPU of its own, else "cpu"."""
    import torch

    return "cuda" if torch.cuda.is_available() and not is_shared() else "cpu"


def on_shared_gpu(work: Callable[P, R]) -> Callable[P, R]:
    """A function of a module that runs on a shared GPU where the package `spaces` is there; else as it is.

    Arguments and result are pickled; what the module has loaded before is there in the process that runs it.
    """
    try:
        spaces = importlib.import_module("spaces")
    except ImportError:
        return work
    decorated: Callable[P, R] = spaces.GPU(duration=SECONDS)(work)
    return decorated


def prepare() -> None:
    """To be called before PyTorch is imported and the app starts."""
    if is_shared():
        importlib.import_module("spaces")
        importlib.import_module("charsam.segmenters.sam")
