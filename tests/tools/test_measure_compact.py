"""The measuring of the compact segmenter, on one scene of fonts that are given as held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from measure_compact import ROWS, Tally, held_out_scenes, measure, report

from charsam.cbr.regions import RegionDetector
from charsam.scenes import default_fonts
from charsam.segmenters.compact import load_compact


@pytest.mark.slow
def test_the_true_coverage_bounds_what_the_network_reaches(
    tmp_path: Path, region_detector: RegionDetector, capsys: pytest.CaptureFixture[str]
) -> None:
    for font in default_fonts()[:3]:
        (tmp_path / font.name).symlink_to(font)
    segmenter = load_compact()
    tally = Tally()
    for kind, scene, frames in held_out_scenes([tmp_path], 1):
        encoded = segmenter.encode(scene.image, region_detector.detect(scene.image, frames, features=True))
        measure(segmenter, kind, scene, frames, encoded, tally)
    iou = {row: hit / union for row, (hit, union) in tally.counts.items()}
    assert iou["oracle"] > 0.9
    assert 0.5 < iou["P_char"] < iou["oracle"]
    characters = len(tally.quality)
    assert [len(tally.scores[row]) for row in ROWS] == [characters] * len(ROWS)
    assert np.mean(tally.quality) > 0.5
    report("compact", tally)
    said = capsys.readouterr().out
    assert f"compact: {characters} characters" in said
    assert "| oracle |" in said
