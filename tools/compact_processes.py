"""The processes that torchrun started for one training of the compact segmenter: they learn from one mean gradient."""

from __future__ import annotations

import os

import torch
import torch.distributed

RANK, PROCESSES = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
"""Which of the processes this is: the first one scores, logs and exports."""


def join() -> None:
    if PROCESSES > 1:
        torch.distributed.init_process_group("gloo")


def leave() -> None:
    if PROCESSES > 1:
        torch.distributed.destroy_process_group()


def agreed(value: float) -> float:
    """The first process's value, once all of them ask for it."""
    if PROCESSES == 1:
        return value
    said = torch.tensor([value], dtype=torch.float64)
    torch.distributed.broadcast(said, 0)
    return float(said)


def average_gradients(network: torch.nn.Module) -> None:
    """Give every process the mean of all processes' gradients; a weight that one did not use counts as 0 there."""
    if PROCESSES == 1:
        return
    for weight in network.parameters():
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
    flat = torch.cat([weight.grad.flatten() for weight in network.parameters() if weight.grad is not None])
    torch.distributed.all_reduce(flat)
    at = 0
    for weight in network.parameters():
        weight.grad = (flat[at : at + weight.numel()] / PROCESSES).view_as(weight)
        at += weight.numel()
