"""Figures that others have published, in per cent: shown beside measured ones in columns of their own, never mixed."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Published:
    """fgIoU and F-score (mean precision and recall) in per cent, as printed; None where nothing was."""

    method: str
    fgiou: float | None
    f_score: float

    def shares(self) -> dict[str, float | None]:
        """Both as shares 0..1, as measured ones are written."""
        fgiou = None if self.fgiou is None else round(self.fgiou / 100, 4)
        return {"fgiou": fgiou, "f_score": round(self.f_score / 100, 4)}

    def __str__(self) -> str:
        """As a table shows it."""
        return f"{'–' if self.fgiou is None else f'{self.fgiou:.2f}'} / {self.f_score:.2f}"


TABLE_1: Final = (
    Published("PSPNet", None, 74.00),
    Published("SMANet", None, 77.00),
    Published("TextRNet + DeepLabV3+ (multi-scale)", 86.06, 92.10),
    Published("TextRNet + HRNetV2-W58 (multi-scale)", 86.84, 92.40),
    Published("TFT (multi-scale)", 87.11, 93.10),
    Published("Char-SAM (zero-shot)", 84.80, 92.15),
)
"""TextSeg, as Char-SAM's Table I prints it."""

HI_SAM: Final = (
    Published("SAM-TS-B of Hi-SAM (supervised; not in the paper's table)", 87.15, 92.81),
    Published("SAM-TS-H of Hi-SAM (supervised; not in the paper's table)", 88.96, 93.87),
)
"""TextSeg, as Hi-SAM (Ye et al., TPAMI 2024) prints it."""

TABLE_2: Final = MappingProxyType(
    {
        "Baseline": Published("Char-SAM, Table II", 78.30, 83.52),
        "+ CBR": Published("Char-SAM, Table II", 81.85, 87.81),
        "+ CBR + CGR, TN = 40": Published("Char-SAM, Table II", 84.75, 92.01),
        "+ CBR + CGR, TN = 80": Published("Char-SAM, Table II", 84.80, 92.15),
    }
)
"""TextSeg, SAM-B: ablation of the modules; TN is the number of glyph templates."""

TABLE_3: Final = MappingProxyType(
    {
        "B": Published("Char-SAM, Table III", 78.30, 83.52),
        "P_char": Published("Char-SAM, Table III", 82.07, 88.06),
        "P_char+pos": Published("Char-SAM, Table III", 83.52, 91.14),
        "P_char+pos+neg": Published("Char-SAM, Table III", 84.68, 91.91),
    }
)
"""TextSeg, SAM-B: granularity of the prompts. The paper does not say why its second and fourth rows differ from those
of Table II."""

TABLE_4: Final = MappingProxyType(
    {
        "baseline": Published("Char-SAM, Table IV", 86.84, 92.40),
        "weak": Published("Char-SAM, Table IV", 82.88, 89.50),
        "charsam": Published("Char-SAM, Table IV", 86.97, 93.05),
    }
)
"""TextSeg's test set, TexRNet + DeepLabV3+: trained on TextSeg, and with 2000 images of COCO_TS and MLT_S besides, with
their own labels or Char-SAM's."""

BY_DATASET: Final = MappingProxyType(
    {
        "textseg": (
            Published("Char-SAM with SAM-B (training-free)", 84.80, 92.15),
            Published("SAM-B with word boxes", 78.30, 83.52),
            Published("SAM-TS-H of Hi-SAM (supervised)", 88.96, 93.87),
            Published("SAM-TS-B of Hi-SAM (supervised)", 87.15, 92.81),
            Published("TexRNet + HRNetV2-W48 (supervised, labels v1, 8 scales)", 86.84, 92.4),
            Published("TexRNet + DeepLabV3+ (supervised, labels v1, 8 scales)", 86.06, 92.1),
            Published("DeepLabV3+ (supervised)", 84.07, 91.4),
        ),
        "total-text": (
            Published("SAM-TS-H of Hi-SAM (supervised)", 84.86, 89.68),
            Published("SAM-TS-B of Hi-SAM (supervised)", 80.93, 86.25),
            Published("TexRNet + HRNetV2-W48 (supervised)", 78.47, 84.8),
            Published("TexRNet + DeepLabV3+ (supervised)", 76.53, 84.4),
            Published("DeepLabV3+ (supervised)", 74.44, 82.4),
        ),
        "icdar13": (
            Published("TexRNet + HRNetV2-W48 (supervised)", 73.38, 85.0),
            Published("TexRNet + DeepLabV3+ (supervised)", 72.16, 83.5),
            Published("DeepLabV3+ (supervised)", 69.27, 80.2),
        ),
        "coco-ts": (
            Published("TexRNet + HRNetV2-W48 (supervised)", 72.39, 72.0),
            Published("TexRNet + DeepLabV3+ (supervised)", 73.98, 72.2),
            Published("DeepLabV3+ (supervised)", 72.07, 64.1),
        ),
        "mlt-s": (
            Published("TexRNet + HRNetV2-W48 (supervised)", 86.09, 86.5),
            Published("TexRNet + DeepLabV3+ (supervised)", 86.31, 83.0),
            Published("DeepLabV3+ (supervised)", 84.63, 83.7),
        ),
    }
)
