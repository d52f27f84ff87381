"""Training a text segmentation network on labelled images that lie on disk, so that it can be gone on with."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from charsam.atomic import write_atomically
from charsam.errors import WeightsError
from charsam.evaluation.training_sets import Labelled
from charsam.evaluation.unet import STRIDE, UNet, random_crop, text_loss
from charsam.types import BoolArray, ImageArray

NETWORKS: Final = ("unet", "deeplabv3")
SAVED_EVERY: Final = 200
"""Steps after which what was trained so far is written down."""


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """How a network is trained. network: "unet", the small one, or "deeplabv3" of torchvision on a ResNet-50.

    backbone: a file with the ResNet's weights to start from (a state dict); None: random ones.
    """

    network: str = "unet"
    steps: int = 3000
    batch: int = 6
    crop: int = 192
    rate: float = 2e-3
    seed: int = 0
    backbone: Path | None = None


class DeepLab(nn.Module):
    """torchvision's DeepLabV3 with one output; images in 0..1 to logits of the same size."""

    def __init__(self, backbone: Path | None) -> None:
        from torchvision.models.segmentation import deeplabv3_resnet50

        super().__init__()
        self.mean: Tensor
        self.spread: Tensor
        self.network = deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=1)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406])[:, None, None], persistent=False)
        self.register_buffer("spread", torch.tensor([0.229, 0.224, 0.225])[:, None, None], persistent=False)
        if backbone is not None:
            try:
                state = torch.load(backbone, map_location="cpu", weights_only=True)
                missing = self.network.backbone.load_state_dict(state, strict=False).missing_keys
            except Exception as error:  # torch.load has no error class of its own
                raise WeightsError(f"{backbone} holds no weights of a ResNet-50 ({error})") from error
            if missing:
                raise WeightsError(f"{backbone} holds no weights of a ResNet-50: it lacks {missing[0]}")

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.network((images - self.mean) / self.spread)["out"]
        return logits


def new_network(recipe: TrainingRecipe, device: torch.device) -> nn.Module:
    """The network with its first weights, which are the same for the same seed."""
    torch.manual_seed(recipe.seed)
    network: nn.Module = UNet() if recipe.network == "unet" else DeepLab(recipe.backbone)
    return network.to(device)


def train_network(
    recipe: TrainingRecipe,
    examples: Sequence[Labelled],
    device: torch.device,
    kept: Path,
    on_step: Callable[[int], object] = lambda steps: None,
) -> nn.Module:
    """A network trained on the examples; goes on from the file `kept`, where an earlier training left one.

    on_step: called with how many steps more are done.
    """
    network = new_network(recipe, device).train()
    optimiser = torch.optim.AdamW(network.parameters(), recipe.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=max(recipe.steps, 2), pct_start=0.1
    )
    done = 0
    if kept.is_file():
        state = torch.load(kept, map_location=device, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        done = int(state["done"])
        on_step(done)
    for step in range(done, recipe.steps):
        inputs, wanted = _batch(recipe, examples, step)
        loss = text_loss(network(inputs.to(device)), wanted.to(device))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        on_step(1)
        if (step + 1) % SAVED_EVERY == 0 or step + 1 == recipe.steps:
            parts: dict[str, Any] = {"network": network, "optimiser": optimiser, "schedule": schedule}
            with write_atomically(kept) as file:
                torch.save({**{name: part.state_dict() for name, part in parts.items()}, "done": step + 1}, file)
    return network.eval()


def predicted(network: nn.Module, image: ImageArray, device: torch.device) -> BoolArray:
    """(H, W) bool: where a network sees text in an (H, W, 3) uint8 image."""
    height, width = image.shape[:2]
    padding = ((0, -height % STRIDE), (0, -width % STRIDE), (0, 0))
    padded = np.pad(image, padding, mode="edge").transpose(2, 0, 1)[None].astype(np.float32) / 255
    with torch.inference_mode():
        logits = network(torch.from_numpy(padded).to(device))[0, 0, :height, :width]
    return np.asarray(logits.float().cpu().numpy() > 0, bool)


def seconds_a_step(recipe: TrainingRecipe, examples: Sequence[Labelled], device: torch.device, steps: int = 2) -> float:
    """How long a training step takes on this machine, by doing a few."""
    network = new_network(recipe, device).train()
    began = time.perf_counter()
    for step in range(steps):
        inputs, wanted = _batch(recipe, examples, step)
        text_loss(network(inputs.to(device)), wanted.to(device)).backward()  # type: ignore[no-untyped-call]
    return (time.perf_counter() - began) / steps


def _batch(recipe: TrainingRecipe, examples: Sequence[Labelled], step: int) -> tuple[Tensor, Tensor]:
    """The crops of a step; which they are depends on the seed and the step alone."""
    rng = np.random.default_rng((recipe.seed, step))
    chosen = rng.integers(0, len(examples), recipe.batch)
    pairs = (examples[index].pixels(recipe.crop) for index in chosen)
    crops = [random_crop(image, label, rng, recipe.crop) for image, label in pairs]
    return torch.from_numpy(np.stack([c for c, _ in crops])), torch.from_numpy(np.stack([m for _, m in crops]))
