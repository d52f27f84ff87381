"""The relatives of SAM that a user's own checkpoint makes usable: their names, packages and files. Loads nothing."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from charsam import weights


@dataclass(frozen=True, slots=True)
class Relative:
    """package: its import name. extra: of charsam, that installs it. network: what the package calls it.

    file: the official name of its checkpoint, which is looked for in the folders of weights. Its checksum is not known
    here, so it is not checked.
    """

    package: str
    extra: str
    network: str
    file: str

    def lacks_package(self) -> bool:
        return importlib.util.find_spec(self.package) is None

    def found(self) -> Path | None:
        """Where its checkpoint lies."""
        return next((folder / self.file for folder in weights.folders() if (folder / self.file).is_file()), None)

    def lacking(self) -> str:
        """Why it cannot be used here; "" if it can."""
        if self.lacks_package():
            return f"its package is not installed; pip install 'charsam[{self.extra}]'"
        if self.found() is None:
            return f"no checkpoint here; put {self.file} into {weights.folders()[0]}, or name yours with --checkpoint"
        return ""


def _sam2(size: str, file: str) -> Relative:
    return Relative("sam2", "sam2", f"configs/sam2.1/sam2.1_hiera_{size}.yaml", file)


def _hq(network: str, file: str) -> Relative:
    return Relative("segment_anything_hq", "samhq", network, file)


RELATIVES: Final[Mapping[str, Relative]] = MappingProxyType(
    {
        "sam_hq_vit_b": _hq("vit_b", "sam_hq_vit_b.pth"),
        "sam_hq_vit_l": _hq("vit_l", "sam_hq_vit_l.pth"),
        "sam_hq_vit_h": _hq("vit_h", "sam_hq_vit_h.pth"),
        "mobile_sam": _hq("vit_tiny baseline", "mobile_sam.pt"),
        "sam2.1_tiny": _sam2("t", "sam2.1_hiera_tiny.pt"),
        "sam2.1_small": _sam2("s", "sam2.1_hiera_small.pt"),
        "sam2.1_base_plus": _sam2("b+", "sam2.1_hiera_base_plus.pt"),
        "sam2.1_large": _sam2("l", "sam2.1_hiera_large.pt"),
    }
)
