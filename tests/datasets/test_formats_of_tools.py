"""Formats of labeling tools and of further datasets: each tiny file, as it is published, gives the words that it
holds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
from dataset_layouts import photo, picture, write

from charsam.datasets.registry import open_dataset
from charsam.types import Word

QUAD = [[4, 4], [40, 4], [40, 20], [4, 20]]
OTHER = [[4, 24], [40, 24], [40, 40], [4, 40]]
FLAT = [number for point in QUAD for number in point]
SHARES = [round(value / side, 6) for x, y in QUAD for value, side in ((x, 64), (y, 48))]
CURVE = [4, 10, 12, 5, 20, 4, 28, 5, 36, 7, 44, 9, 52, 12, 52, 24, 44, 21, 36, 19, 28, 17, 20, 16, 12, 17, 4, 22]
PERCENT = [[100 * x / 64, 100 * y / 48] for x, y in QUAD]


def points(pairs: list[list[int]], joint: str = " ") -> str:
    return joint.join(f"{x},{y}" for x, y in pairs)


def art(_: Path) -> Any:
    return {"gt_0": [{"transcription": "HOTEL", "points": QUAD, "illegibility": False},
                     {"transcription": "###", "points": OTHER, "illegibility": True}]}  # fmt: skip


PAGE = f"""<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
<Page imageFilename="img_1.jpg" imageWidth="64" imageHeight="48"><TextRegion id="r"><Coords points="{points(QUAD)}"/>
<TextLine id="l"><Coords points="{points(QUAD)}"/><TextEquiv index="1"><Unicode>WRONG</Unicode></TextEquiv>
<TextEquiv index="0"><Unicode>HOTEL</Unicode></TextEquiv></TextLine></TextRegion></Page></PcGts>"""
ALTO = """<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description><MeasurementUnit>pixel</MeasurementUnit>
<sourceImageInformation><fileName>img_1.jpg</fileName></sourceImageInformation></Description><Layout>
<Page WIDTH="64" HEIGHT="48"><TextLine><String HPOS="4" VPOS="4" WIDTH="36" HEIGHT="16" CONTENT="HOTEL"/></TextLine>
</Page></Layout></alto>"""
CVAT = f"""<annotations><image name="img_1.jpg" width="64" height="48">
<polygon label="text" points="{points(QUAD, ";")}">
<attribute name="text">HOTEL</attribute></polygon></image></annotations>"""
CTW = f"""<Annotations><image file="img_1.jpg"><box height="16" left="4" top="4" width="36"><label>HOTEL</label>
<segs>{",".join(map(str, FLAT))}</segs></box></image></Annotations>"""
FORMS: dict[str, dict[str, Any]] = {
    "art": {"train_labels.json": {"img_1": [{"transcription": "HOTEL", "points": QUAD}]}},
    "lsvt": {"train_full_labels.json": {"img_1": [{"transcription": "HOTEL", "points": QUAD}]}},
    "ctw1500": {"train_labels/img_1.xml": CTW},
    "ppocrlabel": {"Label.txt": "imgs/img_1.jpg\t" + json.dumps([{"transcription": "HOTEL", "points": QUAD}])},
    "labelme": {
        "img_1.json": {"shapes": [{"label": "HOTEL", "points": QUAD, "shape_type": "polygon"}], "imagePath":
        "img_1.jpg", "imageHeight": 48, "imageWidth": 64}
    },
    "coco": {
        "instances.json": {
            "images": [{"id": 7, "file_name": "img_1.jpg", "width": 64, "height": 48}],
            "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "segmentation": [FLAT], "text": "HOTEL"}],
            "categories": [{"id": 1, "name": "text"}],
        }
    },
    "cvat": {"annotations.xml": CVAT},
    "via": {
        "via.json": {
            "img_1.jpg99": {
                "filename": "img_1.jpg",
                "regions": [{"shape_attributes": {"name": "rect", "x": 4, "y": 4, "width": 36, "height": 16},
                             "region_attributes": {"text": "HOTEL"}}],
            }
        }
    },
    "label-studio": {
        "export.json": [
            {"data": {"ocr": "/data/upload/1/0a1b2c3d-img_1.jpg"}, "annotations": [{"result": [
                {"id": "a", "original_width": 64, "original_height": 48, "value": {"points": PERCENT}},
                {"id": "a", "value": {"text": ["HOTEL"]}}]}]}
        ]
    },
    "page": {"img_1.xml": PAGE},
    "alto": {"img_1.xml": ALTO},
    "mmocr": {
        "textspotting_train.json": {"metainfo": {}, "data_list": [
            {"img_path": "imgs/img_1.jpg", "instances": [{"polygon": FLAT, "text": "HOTEL", "ignore": False}]}]}
    },
}  # fmt: skip


def words_of(form: str, root: Path) -> tuple[Word, ...]:
    (sample,) = open_dataset(form, root, strict=True).samples()
    return sample.words


@pytest.mark.parametrize("asked", ["by name", "auto"])
@pytest.mark.parametrize("form", FORMS)
def test_words_are_those_of_the_file(tmp_path: Path, form: str, asked: str) -> None:
    photo(tmp_path / "photos" / "img_1.jpg")
    for name, content in FORMS[form].items():
        write(tmp_path / name, content)

    (word,) = words_of(form if asked == "by name" else "auto", tmp_path)

    assert (word.text, word.ignore) == ("HOTEL", False)
    assert np.abs(word.polygon - QUAD).max() < 0.01


def test_illegible_words_of_art_are_ignored(tmp_path: Path) -> None:
    photo(tmp_path / "gt_0.jpg")
    write(tmp_path / "train_labels.json", art(tmp_path))

    assert [(word.text, word.ignore) for word in words_of("art", tmp_path)] == [("HOTEL", False), (None, True)]


@pytest.mark.parametrize("name", ["gt_ctw1500/0001001.txt", "1001.txt"])
def test_curved_lines_of_ctw1500_find_their_image(tmp_path: Path, name: str) -> None:
    photo(tmp_path / "test_images" / "1001.jpg")
    line = ",".join(map(str, CURVE))
    write(tmp_path / name, f"{line},####Pizza, pasta\n{line},#######\n")

    first, second = words_of("auto", tmp_path)

    assert (first.text, len(first.polygon), second.ignore) == ("Pizza, pasta", 14, True)


def test_shapes_of_yolo_come_as_words_to_be_read(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "img_1.jpg")
    x, y, width, height = 22 / 64, 12 / 48, 36 / 64, 16 / 48
    lines = f"0 {x:.6f} {y:.6f} {width:.6f} {height:.6f}\n0 {' '.join(map(str, SHARES))}\n"
    write(tmp_path / "labels" / "img_1.txt", lines)

    words = words_of("yolo", tmp_path)

    assert [word.text for word in words] == [None, None]
    assert all(np.abs(word.polygon - QUAD).max() < 0.01 for word in words)


def test_words_and_characters_of_synthtext(tmp_path: Path) -> None:
    photo(tmp_path / "8" / "img_1.jpg")
    cells = {name: np.empty((1, 1), object) for name in ("imnames", "wordBB", "charBB", "txt")}
    letters = np.array([[[4 + 12 * k, 16 + 12 * k, 16 + 12 * k, 4 + 12 * k], [4, 4, 20, 20]] for k in range(3)])
    cells["imnames"][0, 0] = np.array(["8/img_1.jpg"])
    cells["wordBB"][0, 0] = np.array([[4, 28, 28, 4], [4, 4, 20, 20]])[..., None].repeat(2, 2).astype(float)
    cells["wordBB"][0, 0][0, :, 1] = [28, 40, 40, 28]
    cells["charBB"][0, 0] = letters.transpose(1, 2, 0).astype(float)
    cells["txt"][0, 0] = np.array(["HO\nT"])
    scipy.io.savemat(tmp_path / "gt.mat", cells)

    words = words_of("synthtext", tmp_path)

    assert [word.text for word in words] == ["HO", "T"]
    assert [[one.category for one in word.characters] for word in words] == [["H", "O"], ["T"]]
    assert words[1].characters[0].polygon.tolist() == [[28, 4], [40, 4], [40, 20], [28, 20]]


def test_stroke_masks_of_hiertext_are_its_truth(tmp_path: Path) -> None:
    photo(tmp_path / "train" / "7.jpg")
    strokes = np.zeros((48, 64), np.uint8)
    strokes[6:10, 6:20] = 255
    picture(tmp_path / "train_gt" / "7.png", strokes)
    words = [{"vertices": QUAD, "text": "HOTEL", "legible": True}, {"vertices": OTHER, "text": "", "legible": False}]
    write(tmp_path / "gt" / "train.jsonl",
          {"annotations": [{"image_id": "7", "paragraphs": [{"lines": [{"words": words}]}]}]})  # fmt: skip

    (sample,) = open_dataset("hiertext", tmp_path, strict=True).samples()
    truth = sample.truth()

    assert int(truth.text.sum()) == 56
    assert truth.ignored[30, 20] and not truth.ignored[8, 8]


def test_a_file_that_defines_entities_is_named_and_not_read(tmp_path: Path) -> None:
    photo(tmp_path / "img_1.jpg")
    photo(tmp_path / "img_2.jpg")
    write(tmp_path / "img_1.xml", PAGE)
    write(tmp_path / "img_2.xml", '<!DOCTYPE a [<!ENTITY e "x">]>' + PAGE.replace("HOTEL", "&e;"))
    dataset = open_dataset("page", tmp_path)

    assert [sample.image.name for sample in dataset.samples()] == ["img_1.jpg"]
    assert any("img_2.xml" in fault.message and "entities" in fault.message for fault in dataset.faults)
