"""`charsam edge`: the edge preference that fits a dataset's masks, on masks drawn wider and tighter."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from charsam.cli import main
from charsam.evaluation import edge_fit
from charsam.pipeline import CharSAM
from charsam.scenes import make_scene


def dataset(root: Path, truth: np.ndarray, image: np.ndarray, polygon: np.ndarray, text: str) -> Path:
    """One image with its mask in charsam's own layout."""
    root.mkdir()
    Image.fromarray(image).save(root / "a.png")
    Image.fromarray(truth.astype(np.uint8) * 255).save(root / "a_mask.png")
    word = {"polygon": polygon.tolist(), "text": text}
    size = {"width": image.shape[1], "height": image.shape[0]}
    entry = {"file": "a.png", "mask": "a_mask.png", **size, "words": [word]}
    (root / "words.json").write_text(json.dumps({"charsam": 1, "images": [entry]}))
    return root


def test_the_edge_is_fitted_to_masks_drawn_wider_and_tighter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipeline: CharSAM, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(edge_fit, "CharSAM", lambda: pipeline)
    scene = make_scene(1, size=(400, 300), kind="rotated", words=["MARKET"])
    (word,) = scene.words
    own = (scene.character_mask > 0).astype(np.uint8)
    cross = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    best = []
    for name, truth in (("tight", cv2.erode(own, cross)), ("own", own), ("wide", cv2.dilate(own, cross))):
        root = dataset(tmp_path / name, truth > 0, scene.image, word.polygon, word.text or "")
        assert main(["edge", "native", "--root", str(root), "--segmenter", "colour"]) == 0
        best.append(float(capsys.readouterr().out.rsplit(" ", 1)[1]))
    assert best[0] < best[1] < best[2]
    assert best[2] - best[0] == pytest.approx(2.0, abs=0.75)


def test_a_dataset_without_masks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipeline: CharSAM, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(edge_fit, "CharSAM", lambda: pipeline)
    picture = np.zeros((40, 60, 3), np.uint8)
    root = dataset(
        tmp_path / "bare", picture[..., 0] > 0, picture, np.float32([[5, 5], [50, 5], [50, 30], [5, 30]]), "A"
    )
    text = (root / "words.json").read_text().replace('"mask": "a_mask.png", ', "")
    (root / "words.json").write_text(text)
    assert main(["edge", "native", "--root", str(root)]) == 1
    assert "no image" in capsys.readouterr().err
