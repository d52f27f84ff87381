"""Train the compact segmenter on generated scenes and export `assets/compact.safetensors`.

    python tools/train_compact.py --cache CACHE --photographs FOLDER --fonts FOLDERS --minutes 55 [--resume]

One process makes strips (scene generator, CRAFT, CBR) into CACHE; this one trains on what is there, the least used
strips first. Every fifth photograph and every eighth font family are held out and make the held-out strips, or those
in the folders of --held-out where it is given. Every few minutes the network is scored on those; a line of JSON goes to
CACHE/log.jsonl, a checkpoint to CACHE/checkpoint.pt, and the best weights so far to --out. `--resume` goes on from the
checkpoint; `--start-from FILE` starts a new training from older weights; the shards in CACHE are always reused.

Two processes of one thread train faster than one of two threads (12 strips in 1.8 s, not 6 in 1.2 s): once there are
strips enough,

    torchrun --nproc-per-node 2 tools/train_compact.py --cache CACHE --no-data [--resume] …

lets them answer a batch each and learn from the mean of their gradients.

The shipped weights were trained with the fonts of these lists, all under free licences:

    apt-get install --no-install-recommends $(cat tools/training_fonts.txt)            # 180 MB, into /usr/share/fonts
    npm install --ignore-scripts $(cat tools/training_fonts_npm.txt tools/held_out_fonts_npm.txt)
    cp node_modules/@fontsource/*/files/*-latin-[47]00-normal.woff FOLDER              # the held-out ones to another
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import math
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from compact_data import TrainingStrip, load_shard, make_shards
from compact_material import Material, material
from compact_processes import PROCESSES, RANK, agreed, average_gradients, join, leave
from compact_prompts import random_prompts
from compact_steps import BATCH_STRIPS, Batch, collate, held_out_scores, total_loss
from safetensors.torch import load_file, save_file

from charsam import weights
from charsam.cbr.reading import Recogniser
from charsam.cbr.regions import RegionDetector
from charsam.cpu import fast_bf16, tune_malloc
from charsam.paths import FONTS_DIR
from charsam.segmenters.compact import WEIGHTS_FILE
from charsam.segmenters.compact_network import CompactNetwork

TRAINING_SEED, HELD_OUT_SEED = 1_000_000, 5_000_000
HELD_OUT_SHARDS = 12
INTERIM_SHARDS = 3
"""Of the held-out shards, those of the learning curve; the last score is over all of them."""
OWN_FONTS_WEIGHT = 5
"""How much more often a font of charsam's own is drawn from than one of --fonts, which tend to be odder."""
POOL_SHARDS = 4
MOST_SHARDS = 1000
"""A shard of five scenes takes 25 to 60 MB of disk."""
MOST_PROMPTS = 3
CORRECTED = 0.6
"""Share of batches in which a second round answers glyph points or correcting clicks."""
WARM_UP = 100
AVERAGING = 0.995
"""Decay of the running mean of the weights, which is what is scored and exported: the steps are few and noisy."""


def batches(folder: Path, rng: np.random.Generator, used: dict[str, int]) -> Iterator[Batch]:
    """Batches of strips of similar width for ever, the least used shards first; waits while there are none."""
    while True:
        shards = sorted(folder.glob("*.npz"))[RANK::PROCESSES]
        if len(shards) < POOL_SHARDS:
            time.sleep(2)
            continue
        order = sorted(rng.permutation(len(shards)), key=lambda i: used.get(shards[i].name, 0))
        pool: list[TrainingStrip] = []
        for index in order[:POOL_SHARDS]:
            used[shards[index].name] = used.get(shards[index].name, 0) + 1
            pool += load_shard(shards[index])
        groups = []
        for rows in ([s for s in pool if s.strip.shape[0] <= 64], [s for s in pool if s.strip.shape[0] > 64]):
            rows.sort(key=lambda s: s.strip.size + 192 * int(rng.integers(-24, 25)))
            groups += [rows[i : i + BATCH_STRIPS] for i in range(0, len(rows), BATCH_STRIPS)]
        for i in rng.permutation(len(groups)):
            group = groups[int(i)]
            yield collate(group, [random_prompts(rng, strip, MOST_PROMPTS) for strip in group])


def make_data(cache: Path, trained: Material, held: Material, threads: int) -> None:
    """The work of the data process: the held-out shards first, then training shards until it is ended."""
    os.nice(5)
    tune_malloc()
    torch.set_num_threads(threads)
    detector, recogniser = RegionDetector(weights.locate("craft")), Recogniser()
    weighted = [p for p in trained.fonts for _ in range(OWN_FONTS_WEIGHT if p.parent == FONTS_DIR else 1)]
    made = itertools.count(1)
    make_shards(
        cache / "held",
        detector,
        recogniser,
        itertools.count(HELD_OUT_SEED),
        held.fonts,
        held.photographs,
        lambda: next(made) > HELD_OUT_SHARDS,
    )
    make_shards(
        cache / "train",
        detector,
        recogniser,
        itertools.count(TRAINING_SEED),
        weighted,
        trained.photographs,
        lambda: len(list((cache / "train").glob("*.npz"))) >= MOST_SHARDS,
    )


@dataclass(slots=True)
class Progress:
    """How far the training of a cache has come, in all its runs.

    strips, used: of the first process. best: the best held-out score so far.
    """

    step: int = 0
    seconds: float = 0.0
    strips: int = 0
    best: float = -1.0
    used: dict[str, int] = field(default_factory=dict)


def train(arguments: argparse.Namespace) -> None:
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    network = CompactNetwork().to(memory_format=torch.channels_last)
    if arguments.start_from is not None:
        network.load_state_dict(load_file(arguments.start_from))
    optimiser = torch.optim.AdamW(network.parameters(), lr=arguments.rate, weight_decay=0.01)
    averaged = copy.deepcopy(network)
    progress = Progress()
    checkpoint = arguments.cache / "checkpoint.pt"
    if arguments.resume and checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(saved["network"])
        averaged.load_state_dict(saved["averaged"])
        optimiser.load_state_dict(saved["optimiser"])
        progress = Progress(**saved["state"])
    rng = np.random.default_rng([arguments.seed, progress.step, RANK])
    held = sorted((arguments.cache / "held").glob("*.npz"))[:HELD_OUT_SHARDS]
    recent: list[tuple[float, float]] = []
    scored, last = progress.seconds, time.monotonic()
    for batch in batches(arguments.cache / "train", rng, progress.used):
        share = min(progress.seconds / (60.0 * arguments.minutes), 1.0)
        rate = learning_rate(arguments.rate, progress.step, share)
        recent.append(one_step(network, optimiser, batch, rate, rng))
        follow(averaged, network)
        progress.step, progress.strips = progress.step + 1, progress.strips + len(batch.text)
        now = time.monotonic()
        progress.seconds, last = agreed(progress.seconds + now - last), now
        if RANK == 0 and progress.step % 20 == 0:
            loss, score = np.mean(recent[-20:], axis=0)
            print(f"step {progress.step} {progress.seconds:.0f} s loss {loss:.3f} IoU {score:.3f}", flush=True)
        if share < 1 and progress.seconds - scored < 60.0 * arguments.score_every:
            continue
        if RANK == 0:
            score_and_save(averaged, progress, recent, held[:INTERIM_SHARDS], arguments)
            state = {"network": network.state_dict(), "averaged": averaged.state_dict()}
            torch.save(state | {"optimiser": optimiser.state_dict(), "state": asdict(progress)}, checkpoint)
        agreed(0.0)  # the others wait until that is done
        recent, scored, last = [], progress.seconds, time.monotonic()
        if share >= 1:
            if RANK > 0:
                return
            final = {"step": progress.step, "held_out_shards": len(held), **held_out_scores(averaged, held)}
            log(arguments.cache, json.dumps(final))
            return


def learning_rate(highest: float, step: int, share: float) -> float:
    """A cosine over the share of the time that is spent, since the steps that will fit into it are not known."""
    return highest * min(1.0, (step + 1) / WARM_UP) * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)


def follow(averaged: CompactNetwork, network: CompactNetwork) -> None:
    """Move the averaged weights a step towards the network's."""
    with torch.no_grad():
        for mean, weight in zip(averaged.parameters(), network.parameters(), strict=True):
            mean.lerp_(weight, 1 - AVERAGING)


def one_step(
    network: CompactNetwork, optimiser: torch.optim.Optimizer, batch: Batch, rate: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Returns the loss and the mean IoU of the batch."""
    network.train()
    for group in optimiser.param_groups:
        group["lr"] = rate
    with torch.autocast("cpu", torch.bfloat16, enabled=fast_bf16()):
        loss, score = total_loss(network, batch, rng, corrected=bool(rng.random() < CORRECTED))
    optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    average_gradients(network)
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach()), score


def score_and_save(
    network: CompactNetwork,
    progress: Progress,
    recent: Sequence[tuple[float, float]],
    held: Sequence[Path],
    arguments: argparse.Namespace,
) -> None:
    """Log a line of the learning curve, and export the weights if none were better."""
    scores = held_out_scores(network, held)
    loss, score = (round(float(value), 4) for value in np.mean(recent, axis=0))
    line = {"step": progress.step, "seconds": round(progress.seconds), "strips": progress.strips}
    line |= {"shards": len(progress.used), "held_out_shards": len(held)}
    described = json.dumps(line | {"loss": loss, "train IoU": score, **scores})
    log(arguments.cache, described)
    value = scores["fgIoU P_char+pos+neg"] + scores["fgIoU P_char"]
    if value > progress.best:
        progress.best = float(value)
        export(network, arguments.out, described)


def log(cache: Path, line: str) -> None:
    with (cache / "log.jsonl").open("a") as stream:
        stream.write(line + "\n")
    print(line, flush=True)


def export(network: CompactNetwork, path: Path, scores: str) -> None:
    """The weights as safetensors, float16, with their line of the log as metadata; replaced whole or not at all."""
    part = path.with_suffix(".part")
    tensors = {name: value.detach().to(torch.float16).contiguous() for name, value in network.state_dict().items()}
    save_file(tensors, part, metadata={"made_by": "tools/train_compact.py", "scores": scores})
    part.chmod(0o644)
    part.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder for strips, log and checkpoint")
    parser.add_argument("--photographs", type=Path, help="folder of photographs for backgrounds")
    parser.add_argument("--fonts", type=Path, nargs="*", default=[], help="folders of fonts besides charsam's own")
    parser.add_argument(
        "--held-out", type=Path, nargs="*", default=[], help="folders of the fonts and photographs to hold out"
    )
    parser.add_argument("--start-from", type=Path, help="weights to start from, as --out writes them")
    parser.add_argument("--minutes", type=float, default=55, help="time to train, in all runs of a cache together")
    parser.add_argument("--score-every", type=float, default=6, help="minutes between scores, checkpoints and exports")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="threads of each of the two processes")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the cache")
    parser.add_argument("--no-data", action="store_true", help="make no more strips, train on those in the cache")
    arguments = parser.parse_args()
    tune_malloc()
    if PROCESSES > 1 and not arguments.no_data:
        parser.error("several processes train on strips that are there: --no-data")
    there = len(list((arguments.cache / "train").glob("*.npz")))
    if arguments.no_data and there < POOL_SHARDS * PROCESSES:
        parser.error(f"{arguments.cache} holds {there} shards of strips; {POOL_SHARDS * PROCESSES} are the least")
    join()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the data process ends too
    arguments.cache.mkdir(parents=True, exist_ok=True)
    maker = None
    if not arguments.no_data:
        trained, held = material(arguments.cache, arguments.fonts, arguments.photographs, arguments.held_out)
        spawn = multiprocessing.get_context("spawn")
        maker = spawn.Process(target=make_data, args=(arguments.cache, trained, held, arguments.threads), daemon=True)
        maker.start()
        while len(list((arguments.cache / "held").glob("*.npz"))) < HELD_OUT_SHARDS:
            time.sleep(2)
    try:
        train(arguments)
    finally:
        if maker is not None:
            maker.terminate()
        leave()


if __name__ == "__main__":
    main()
