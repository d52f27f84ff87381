"""Train the compact segmenter on generated strips and export its weights.

    python tools/train_compact.py --cache CACHE --out NEW.safetensors --photographs FOLDER --fonts FOLDERS
        --start-from assets/compact.safetensors --workers 1 --minutes 300 --stop-after 60 [--resume]
    python tools/train_compact.py --cache CACHE --out NEW.safetensors --craft CRAFT --start-from FILE
        --workers 14 --hands 4 --uses 4 --batch 64 --minutes 8         # where there are many cores and an accelerator

Worker processes make strips (`compact_data`); this one lets CRAFT look at them as they come and trains, on CUDA where
there is a device, else on the CPU. Several trainers (`--trainers`) may share the work: each has a batch of its own, and
all take the mean of their gradients. Three that shared an H200 took 1.1 s for 12 strips each, while finished strips
waited: there, one trainer with large batches is the thing to try. Nothing is read but charsam's own files, the fonts
and photographs, and CRAFT's weights (`--craft`, as `tools/pack_training.py` puts them into one folder with the rest):
no paddle, no network.

The learning rate falls over --minutes, counted over all runs of a cache; --stop-after ends this run in time, and
`--resume` goes on from the checkpoint. CACHE gets material.json and held.npz once, then checkpoint.pt, optimiser.pt and
log.jsonl every few minutes; --out gets the running mean of the weights, which is what is scored. Every fifth photograph
and every eighth font family are held out and make the held-out strips, or those in the folders of --held-out.

Fonts, all under free licences:

    apt-get install --no-install-recommends $(cat tools/training_fonts.txt tools/training_fonts_scripts.txt)
    npm install --ignore-scripts $(cat tools/training_fonts_npm.txt tools/held_out_fonts_npm.txt)
    cp node_modules/@fontsource/*/files/*-latin-[47]00-normal.woff FOLDER              # the held-out ones to another
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from compact_data import load_strips, save_strips
from compact_making import Makers, batches, held_strips
from compact_material import Material, material
from compact_scores import held_out_scores
from compact_seeing import Eye, SeenStrip
from compact_steps import Batch, Hands, total_loss
from safetensors.torch import load_file, save_file
from torch.multiprocessing.spawn import spawn

from charsam import weights
from charsam.cpu import fast_bf16, tune_malloc
from charsam.segmenters.compact import WEIGHTS_FILE
from charsam.segmenters.compact_network import CompactNetwork

CORRECTED = 0.7
"""Share of batches in which a second round answers glyph points or correcting clicks."""
WARM_UP = 100
AVERAGING = 0.995
"""Decay of the running mean of the weights, which is what is scored and exported: the steps are few and noisy."""
REPORT_STEPS = 20
COARSE = 0.7
"""Share of the batches with coarse windows (`compact_steps.collate`) on an accelerator."""
SEEDS_OF_A_TRAINER = 1_000_000
"""Each of several trainers has scenes of its own: their seeds lie so far apart."""


@dataclass(slots=True)
class Progress:
    """How far the training of a cache has come, in all its runs. next_seed: of the scenes to be made."""

    step: int = 0
    seconds: float = 0.0
    strips: int = 0
    next_seed: int = 0


@dataclass(slots=True)
class Trainer:
    """The network in training, and what must be kept to go on with it. rank: which of `peers` trainers this one is."""

    network: CompactNetwork
    averaged: CompactNetwork
    optimiser: torch.optim.AdamW
    progress: Progress
    device: torch.device
    rank: int = 0
    peers: int = 1

    def save(self, cache: Path) -> None:
        """Two files, each replaced whole or not at all; of a pair that does not match the optimiser is left out.

        What is a mean of many steps is kept in 16 bits: it need not be exact.
        """
        averaged = {name: value.half() for name, value in self.averaged.state_dict().items()}
        state = {"network": self.network.state_dict(), "averaged": averaged, "progress": asdict(self.progress)}
        _saved(state, cache / "checkpoint.pt")
        moments = self.optimiser.state_dict()
        moments["state"] = {
            number: {name: value.bfloat16() if value.dim() else value for name, value in one.items()}
            for number, one in moments["state"].items()
        }
        _saved({"optimiser": moments, "step": self.progress.step}, cache / "optimiser.pt")

    def resume(self, cache: Path) -> None:
        saved = torch.load(cache / "checkpoint.pt", weights_only=True, map_location=self.device)
        self.network.load_state_dict(saved["network"])
        self.averaged.load_state_dict(saved["averaged"])
        self.progress = Progress(**saved["progress"])
        if (cache / "optimiser.pt").exists():
            other = torch.load(cache / "optimiser.pt", weights_only=True, map_location=self.device)
            if other["step"] == self.progress.step:
                self.optimiser.load_state_dict(other["optimiser"])  # which makes them float32 again


def _saved(value: dict[str, Any], path: Path) -> None:
    part = path.with_suffix(".part")
    torch.save(value, part)
    part.replace(path)


def train(trainer: Trainer, makers: Makers, eye: Eye, held: Sequence[SeenStrip], args: argparse.Namespace) -> None:
    hands, progress = Hands(args.hands), trainer.progress
    rng = np.random.default_rng([args.seed, progress.step, trainer.rank])
    recent: list[tuple[float, float]] = []
    started, before = time.monotonic(), progress.seconds
    scored, stepping, reported = 0.0, 0.0, started
    coarse = COARSE if trainer.device.type == "cuda" else 0.0
    for batch in batches(makers, eye, rng, args.batch, hands, args.uses, coarse):
        begun = time.monotonic()
        share = min(progress.seconds / (60.0 * args.minutes), 1.0)
        loss, score, here = one_step(
            trainer, batch, learning_rate(args.rate, progress.step, share), rng, hands, time.monotonic() - started
        )
        recent.append((loss, score))
        stepping += time.monotonic() - begun
        progress.step, progress.strips = progress.step + 1, progress.strips + len(batch.text) * trainer.peers
        progress.seconds, progress.next_seed = before + here, makers.next_seed
        if trainer.rank == 0 and progress.step % REPORT_STEPS == 0:
            loss, score = np.mean(recent[-REPORT_STEPS:], axis=0)
            passed = time.monotonic() - reported
            print(
                f"step {progress.step} {progress.seconds:.0f} s, {progress.strips} strips, {makers.waiting()} waiting, "
                f"loss {loss:.3f} IoU {score:.3f}, {passed / REPORT_STEPS:.2f} s a step, {stepping / passed:.0%} of it "
                "in the network",
                flush=True,
            )
            stepping, reported = 0.0, time.monotonic()
        # All trainers have the same seconds, so that all of them come here, or end, after the same step.
        over = progress.seconds >= 60.0 * args.minutes or here >= 60.0 * args.stop_after
        if not over and here - scored < 60.0 * args.score_every:
            continue
        if trainer.rank == 0:
            trainer.save(args.cache)
            score_and_export(trainer, recent, held, hands, args)
        recent, scored = [], here
        if over:
            return


def learning_rate(highest: float, step: int, share: float) -> float:
    """A cosine over the share of the time that is spent, since the steps that will fit into it are not known."""
    return highest * min(1.0, (step + 1) / WARM_UP) * (0.02 + 0.98 * (1 + math.cos(math.pi * share)) / 2)


def one_step(
    trainer: Trainer, batch: Batch, rate: float, rng: np.random.Generator, hands: Hands, seconds: float
) -> tuple[float, float, float]:
    """Returns the loss and the mean IoU of the batch, and the mean of all trainers' `seconds`."""
    network = trainer.network
    network.train()
    for group in trainer.optimiser.param_groups:
        group["lr"] = rate
    fast = trainer.device.type == "cuda" or fast_bf16()
    with torch.autocast(trainer.device.type, torch.bfloat16, enabled=fast):
        loss, score = total_loss(network, batch, rng, hands, corrected=bool(rng.random() < CORRECTED))
    trainer.optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    if trainer.peers > 1:
        seconds = share_gradients(network, seconds, trainer.peers)
    norm = torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    if bool(torch.isfinite(norm)):
        trainer.optimiser.step()
    with torch.no_grad():
        share = 1 - min(AVERAGING, (trainer.progress.step + 1) / (trainer.progress.step + 10))
        torch._foreach_lerp_(list(trainer.averaged.parameters()), list(network.parameters()), share)
    return float(loss.detach()), score, seconds


def share_gradients(network: CompactNetwork, seconds: float, peers: int) -> float:
    """Set the gradients to their mean over all trainers; returns the mean of their seconds."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    own = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
    flat = torch.cat([g.reshape(-1).float() for g in own] + [own[0].new_tensor([seconds])]).cpu()
    torch.distributed.all_reduce(flat)
    flat /= peers
    mean = flat.to(own[0].device)
    at = 0
    for parameter in parameters:
        parameter.grad = mean[at : at + parameter.numel()].view_as(parameter).contiguous()
        at += parameter.numel()
    return float(flat[-1])


def score_and_export(
    trainer: Trainer,
    recent: Sequence[tuple[float, float]],
    held: Sequence[SeenStrip],
    hands: Hands,
    args: argparse.Namespace,
) -> None:
    """Log a line of the learning curve, and export the averaged weights."""
    line: dict[str, Any] = asdict(trainer.progress)
    if recent:
        loss, score = (round(float(value), 4) for value in np.mean(recent, axis=0))
        line |= {"loss": loss, "train IoU": score}
    line |= held_out_scores(trainer.averaged, held, hands)
    described = json.dumps(line)
    with (args.cache / "log.jsonl").open("a") as stream:
        stream.write(described + "\n")
    print(described, flush=True)
    export(trainer.averaged, args.out, described)


def export(network: CompactNetwork, path: Path, scores: str) -> None:
    """The weights as safetensors, float16, with their line of the log as metadata; replaced whole or not at all."""
    part = path.with_suffix(".part")
    tensors = {n: value.detach().to("cpu", torch.float16).contiguous() for n, value in network.state_dict().items()}
    save_file(tensors, part, metadata={"made_by": "tools/train_compact.py", "scores": scores})
    part.chmod(0o644)
    part.replace(path)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the checkpoint, the log, held-out strips")
    parser.add_argument("--out", type=Path, required=True, help=f"where the weights go; those in use: {WEIGHTS_FILE}")
    parser.add_argument("--photographs", type=Path, nargs="*", default=[], help="folders of photographs")
    parser.add_argument("--fonts", type=Path, nargs="*", default=[], help="folders of fonts besides charsam's own")
    parser.add_argument("--held-out", type=Path, nargs="*", default=[], help="folders of fonts and photographs")
    parser.add_argument("--held-strips", type=int, default=240, help="number of held-out strips")
    parser.add_argument("--craft", type=Path, help="CRAFT's weights; by default those that charsam uses")
    parser.add_argument("--start-from", type=Path, help="weights to start from, as --out writes them")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the cache")
    parser.add_argument("--minutes", type=float, default=60, help="time to train, in all runs of a cache together")
    parser.add_argument("--stop-after", type=float, default=math.inf, help="minutes after which this run ends")
    parser.add_argument("--score-every", type=float, default=6, help="minutes between scores, checkpoints and exports")
    parser.add_argument("--batch", type=int, default=6, help="strips of a step")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--uses", type=int, default=1, help="how often a strip is looked at, at most")
    parser.add_argument("--trainers", type=int, default=1, help="processes that train together")
    parser.add_argument("--workers", type=int, default=1, help="processes that make strips, of all trainers together")
    parser.add_argument("--threads", type=int, default=1, help="of the trainer's arithmetic on a CPU")
    parser.add_argument("--hands", type=int, default=1, help="threads that draw prompts beside the trainer")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    args.cache.mkdir(parents=True, exist_ok=True)
    material(args.cache, args.fonts, args.photographs, args.held_out)
    if args.trainers == 1:
        run(0, args)
    else:
        (args.cache / "meeting").unlink(missing_ok=True)
        spawn(run, (args,), args.trainers)  # type: ignore[no-untyped-call]


def run(rank: int, args: argparse.Namespace) -> None:
    """One of the trainers."""
    tune_malloc()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the workers end too
    if args.trainers > 1:
        meeting = f"file://{(args.cache / 'meeting').resolve()}"
        torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=args.trainers)
    device = torch.device(args.device)
    trained, kept = material(args.cache, args.fonts, args.photographs, args.held_out)
    network = CompactNetwork().to(device).to(memory_format=torch.channels_last)
    if args.start_from is not None:
        start_from(network, args.start_from)
    optimiser = torch.optim.AdamW(network.parameters(), lr=args.rate, weight_decay=0.01)
    trainer = Trainer(network, copy.deepcopy(network), optimiser, Progress(), device, rank, args.trainers)
    if args.resume and (args.cache / "checkpoint.pt").exists():
        trainer.resume(args.cache)
    workers = len(range(rank, args.workers, args.trainers))
    with Makers(trained, workers, trainer.progress.next_seed + rank * SEEDS_OF_A_TRAINER) as makers:
        eye = Eye(args.craft or weights.locate("craft"), device)
        held = eye.look(_held(args, kept)) if rank == 0 else []
        if rank == 0 and trainer.progress.step == 0:
            score_and_export(trainer, [], held, Hands(args.hands), args)
        train(trainer, makers, eye, held, args)


def start_from(network: CompactNetwork, path: Path) -> None:
    """Load weights; layers that they lack keep those they begin with, with which they say nothing."""
    lacking, unknown = network.load_state_dict(load_file(path), strict=False)
    if unknown:
        raise ValueError(f"{path} is of another network: {', '.join(unknown[:3])} has no place in this one")
    if lacking:
        print(f"{len(lacking)} weights are not in {path}, such as {lacking[0]}; they begin as they are drawn")


def _held(args: argparse.Namespace, kept: Material) -> list[Any]:
    path = args.cache / "held.npz"
    if not path.exists():
        save_strips(path, held_strips(kept, args.held_strips))
    return load_strips(path)


if __name__ == "__main__":
    main()
