"""SAM's network: loaded from a checkpoint, on the device and in the precision that are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from segment_anything import sam_model_registry
from segment_anything.modeling import Sam

from charsam import weights
from charsam.cpu import fast_bf16
from charsam.devices import on_shared_gpu
from charsam.errors import SettingsError, WeightsError
from charsam.segmenters import Precision
from charsam.types import FloatArray, ImageArray

NAMES: Final = ("sam_vit_b", "sam_vit_l", "sam_vit_h")
SHARED: Final[dict[int, Sam]] = {}
"""The networks whose images are encoded on shared GPUs, by processes that are forked off this one."""


@on_shared_gpu
def encoded_on_shared_gpu(key: int, resized: ImageArray) -> tuple[FloatArray, ...]:
    """The image encoder's output, for an image that already has the size it wants."""
    model = SHARED[key]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with torch.inference_mode():
        pixels = torch.as_tensor(resized, device=device).permute(2, 0, 1)[None]
        moved = model.to(device)
        return tuple(one.cpu().numpy() for one in kept_features(moved, moved.preprocess(pixels)))


def kept_features(model: Sam, padded: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """What the decoder needs of the image encoder's output, float32: see `SamEmbedding`."""
    found = model.image_encoder(padded)
    if not isinstance(found, tuple):
        return (found.float(),)
    return (found[0].float(), found[1][0].float()) if is_hq(model) else (found[0].float(),)


def is_hq(model: Sam) -> bool:
    """Whether it is a SAM-HQ, whose decoder has a token more and looks at an early layer of the encoder, too."""
    return hasattr(model.mask_decoder, "hf_token")


def load_model(name: str, path: Path | None = None) -> Sam:
    """The network of `sam_vit_b`, `sam_vit_l` or `sam_vit_h` from its checkpoint.

    path: the checkpoint; default: where `charsam.weights.locate` finds it.
    Raises WeightsError where the checkpoint is missing, damaged or of another network.
    """
    if name not in NAMES:
        raise SettingsError(f"there is no SAM named {name!r}; the names are {', '.join(NAMES)}")
    checkpoint = path or weights.locate(name)
    if not checkpoint.is_file():
        raise WeightsError(
            f"there is no checkpoint {checkpoint}; `charsam weights get {name}` fetches the official one"
        )
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load has no error class of its own: zip, pickle, end-of-file and OS errors
        raise WeightsError(f"{_unusable(checkpoint, name)}: it cannot be read ({first_line(error)})") from error
    model = sam_model_registry[name.removeprefix("sam_")]()
    try:
        model.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"{_unusable(checkpoint, name)}: it holds the weights of another network ({first_line(error)})"
        ) from error
    return model


def autocast(precision: Precision, device: torch.device) -> torch.autocast:
    """A context in which networks compute in that precision."""
    dtype = _dtype(precision, device)
    reduced = dtype is not torch.float32
    return torch.autocast(device.type, dtype=dtype if reduced else torch.bfloat16, enabled=reduced)


def _dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """What a network computes in on a device."""
    if precision is Precision.AUTO:
        return torch.bfloat16 if device.type == "cpu" and fast_bf16() else torch.float32
    return {
        Precision.FLOAT32: torch.float32,
        Precision.BFLOAT16: torch.bfloat16,
        Precision.FLOAT16: torch.float16,
    }[precision]


def _unusable(checkpoint: Path, name: str) -> str:
    found = checkpoint.stat().st_size
    official = weights.weights_named(name).size
    return (
        f"{checkpoint} ({found:,} bytes; the official file has {official:,}) is no usable checkpoint of {name}; "
        f"delete it and run `charsam weights get {name}`"
    )


def first_line(error: Exception) -> str:
    """The first line of what an error says."""
    return next(iter(str(error).splitlines()), type(error).__name__)
