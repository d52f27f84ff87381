"""`charsam refine` as it is given at a prompt, with the real models."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from charsam.cli import main
from charsam.paths import FONTS_DIR
from charsam.scenes import make_scene

pytestmark = pytest.mark.heavy

NAME = "COCO_train2014_000000000042"
CYRILLIC = "ПРИВЕТ"
BOX = (20, 180, 300, 230)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """COCO-Text with one photograph: generated signs, the second word illegible, and a word that is not Latin."""
    scene = make_scene(7_000_004, size=(320, 170), kind="holes", words=["HOTEL BAR"])
    image = Image.new("RGB", (320, 240), (90, 90, 90))
    image.paste(Image.fromarray(scene.image))
    draw = ImageDraw.Draw(image)
    draw.rectangle(BOX, fill=(240, 235, 220))
    draw.text(
        (30, 178), CYRILLIC, font=ImageFont.truetype(FONTS_DIR / "001-open-sans-regular.ttf", 38), fill=(30, 40, 120)
    )
    x0, y0, x1, y1 = BOX
    words = [(word.polygon, word.text) for word in scene.words]
    words.append((np.float32([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), CYRILLIC))
    annotations = {
        str(number): {
            "id": number,
            "image_id": 42,
            "mask": polygon.ravel().tolist(),
            "bbox": [*polygon.min(0).tolist(), *np.ptp(polygon, axis=0).tolist()],
            "legibility": "legible",
            "language": "english",
            "utf8_string": text,
        }
        for number, (polygon, text) in enumerate(words)
    }
    annotations["1"] |= {"legibility": "illegible"}
    del annotations["1"]["utf8_string"]
    (tmp_path / "root" / "train2014").mkdir(parents=True)
    image.save(tmp_path / "root" / "train2014" / f"{NAME}.jpg", quality=95)
    np.save(tmp_path / "truth.npy", np.pad(scene.text_mask() > 0, ((0, 70), (0, 0))))
    images = {"42": {"id": 42, "file_name": f"{NAME}.jpg", "width": 320, "height": 240, "set": "train"}}
    index = {"imgs": images, "anns": annotations, "imgToAnns": {"42": [0, 1, 2]}}
    (tmp_path / "root" / "cocotext.v2.json").write_text(json.dumps(index))
    return tmp_path / "root"


def test_coco_text_is_refined(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"

    status = main(["refine", "coco-text", "--root", str(root), "--out", str(out), "--workers", "1"])

    with Image.open(out / f"{NAME}.png") as mask:
        labels = np.asarray(mask)
    truth = np.load(tmp_path / "truth.npy")
    (image,) = json.loads((out / "words.json").read_text())["images"]
    hotel, bar, cyrillic = image["words"]
    printed = capsys.readouterr().out

    assert status == 0
    assert labels.shape == (240, 320)
    assert set(np.unique(labels)) == {0, 1, 255}
    (bx0, by0), (bx1, by1) = (np.array(bar["polygon"]).min(0) + 4, np.array(bar["polygon"]).max(0) - 4)
    middle = labels[int((by0 + by1) / 2), int(bx0 + 4) : int(bx1 - 4)]
    assert (middle == 255).all()
    counted = (labels != 255) & ~_inside(BOX)
    assert (truth & (labels == 1))[counted].sum() > 0.6 * (truth | (labels == 1))[counted].sum()
    assert bar["ignore"] and not bar["chars"]
    assert [character["category"] for character in hotel["chars"]] == list("HOTEL")
    assert any(character["points"]["positive"] for character in hotel["chars"])
    assert [character["category"] for character in cyrillic["chars"]] == list(CYRILLIC)
    assert all(character["points"] == {"positive": [], "negative": []} for character in cyrillic["chars"])
    assert (labels[_inside(BOX)] == 1).sum() > 500
    assert "1 of 1 image done, 0 failed" in printed
    assert "1 word (6 characters) of scripts that have no glyph votes" in printed


def test_a_failed_image_is_in_the_exit_status_and_on_the_screen(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "train2014" / f"{NAME}.jpg").write_bytes(b"no image")

    status = main(["refine", "coco-text", "--root", str(root), "--out", str(tmp_path / "out"), "--workers", "1"])

    captured = capsys.readouterr()
    assert status == 1
    assert f"charsam refine: cocotext.v2.json: imgs.42: {NAME}.jpg is damaged" in captured.err
    assert "0 of 1 image done, 1 failed" in captured.out


def test_arguments_that_cannot_be_used_are_told(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refine", "mlt17", "--root", str(root), "--out", str(tmp_path / "out")]) == 2
    assert "MLT17" in capsys.readouterr().err
    assert main(["refine", "coco-text", "--root", str(root), "--out", str(tmp_path / "out"), "--workers", "0"]) == 2


def _inside(box: tuple[int, int, int, int]) -> np.ndarray:
    mask = np.zeros((240, 320), bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return mask
