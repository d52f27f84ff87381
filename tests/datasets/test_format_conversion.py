"""From charsam's own format to every other and back: what a format can hold is kept."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from dataset_layouts import HEIGHT, WIDTH, annotated, character, photo, write
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from pycocotools.coco import COCO
from xmlschema import XMLSchema

from charsam import rle
from charsam.datasets import native
from charsam.datasets.categories import BASE
from charsam.datasets.svg import path_of
from charsam.datasets.writers import WRITERS
from charsam.errors import DatasetError
from charsam.format_conversion import convert
from charsam.text import is_made_of
from charsam.types import AnnotatedWord, CharacterMask, ImageAnnotation

LETTERS = "aZ9é漢"


def random_annotation(seed: int) -> ImageAnnotation:
    """Words of letters with random masks, with holes and in pieces, one word to be ignored."""
    random = np.random.default_rng(seed)
    words = []
    for row in range(2):
        letters = []
        for place in range(int(random.integers(1, 4))):
            pixels = random.random((8, 6)) < 0.7
            pixels[0, 0] = pixels[7, 5] = True
            letters.append(character(str(random.choice(list(LETTERS))), 4 + 14 * place, 4 + 14 * row, pixels))
        right = 4 + 14 * len(letters)
        polygon = np.float32([[2, 2 + 14 * row], [right, 2 + 14 * row], [right, 14 + 14 * row], [2, 14 + 14 * row]])
        words.append(AnnotatedWord(polygon, "".join(one.category for one in letters), tuple(letters)))
    ignored = AnnotatedWord(np.float32([[4, 34], [30, 34], [30, 44], [4, 44]]), "", (), ignore=True)
    return replace(annotated(), words=(*words, ignored))


def native_set(root: Path, annotation: ImageAnnotation, **about: str) -> Path:
    photo(root / "p1.png")
    write(root / "words.json", native.words_json([native.image_entry("p1.png", annotation, **about)]))
    return root


def there_and_back(tmp_path: Path, form: str, annotation: ImageAnnotation, **about: str) -> dict[str, Any]:
    """The image's entry after native -> form -> native."""
    done = convert("native", native_set(tmp_path / "src", annotation, **about), form, tmp_path / form, photos=True)
    assert done.faults == ()
    assert convert(form, tmp_path / form, "native", tmp_path / "back").images == 1
    (entry,) = json.loads((tmp_path / "back" / "words.json").read_text())["images"]
    return dict(entry)


def masks_of(entry: dict[str, Any]) -> list[tuple[str, np.ndarray]]:
    listed = [one for word in entry["words"] for one in word["chars"]]
    return [(one["category"], rle.decode((HEIGHT, WIDTH), one["mask"]["counts"])) for one in listed]


def own_masks(annotation: ImageAnnotation) -> list[tuple[str, np.ndarray]]:
    numbers = annotation.character_mask()
    return [(one.category, numbers == number) for number, one in enumerate(annotation.characters, start=1)]


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=3, deadline=None, derandomize=True)
@pytest.mark.parametrize("form", ["native", "textseg", "coco", "pascal-voc"])
def test_masks_of_characters_come_back_to_the_pixel(form: str, seed: int) -> None:
    annotation = random_annotation(seed)
    wanted = own_masks(annotation)
    if form == "pascal-voc":  # it has classes for the letters of BASE only; the others have none to come back to
        wanted = [(name, mask) for name, mask in wanted if name in BASE]

    with TemporaryDirectory() as folder:
        found = masks_of(there_and_back(Path(folder), form, annotation))

    assert [name for name, _ in found] == [name for name, _ in wanted]
    assert all((one == other).all() for (_, one), (_, other) in zip(found, wanted, strict=True))


TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Co", "Cn")), min_size=1, max_size=12)
CORNERS = st.integers(0, 20)


@given(text=TEXTS, x=CORNERS, y=CORNERS, bend=st.integers(4, 8))
@settings(max_examples=10, deadline=None, derandomize=True)
@pytest.mark.parametrize("form", ["native", "icdar15", "total-text", "ppocrlabel", "labelme", "page", "imagefolder"])
def test_any_word_comes_back_with_its_text_and_polygon(form: str, text: str, x: int, y: int, bend: int) -> None:
    """Of what a format can hold: a text that is not made of the marks for "do not care"."""
    text = unicodedata.normalize("NFC", text).strip()
    assume(text and not is_made_of(text, "#*."))
    corners = [[0, bend], [18, 0], [36, bend], [36, bend + 14], [18, 14], [0, bend + 14]]
    curve = np.float32(corners) + np.float32([x, y])
    annotation = replace(annotated(), words=(AnnotatedWord(curve, text, ()),))

    with TemporaryDirectory() as folder:
        if form == "imagefolder":  # which `datasets` reads
            source = native_set(Path(folder) / "src", annotation)
            convert("native", source, form, Path(folder) / "out", photos=True)
            row = json.loads((Path(folder) / "out" / "metadata.jsonl").read_text().splitlines()[0])
            word = row["words"][0]
        else:
            (word,) = there_and_back(Path(folder), form, annotation)["words"]

    assert (word["text"], len(word["polygon"])) == (text, 6)
    assert np.abs(np.array(word["polygon"]) - annotation.words[0].polygon).max() <= 0.5


@pytest.mark.parametrize("form", ["native", "icdar15", "total-text", "ppocrlabel", "labelme", "page", "textseg"])
def test_words_come_back_with_their_polygons(tmp_path: Path, form: str) -> None:
    annotation = random_annotation(0)
    curved = np.float32([[2, 4], [20, 2], [40, 4], [40, 14], [20, 12], [2, 14]])
    if form != "textseg":  # which has quads only
        annotation = replace(annotation, words=(replace(annotation.words[0], polygon=curved), *annotation.words[1:]))

    words = there_and_back(tmp_path, form, annotation)["words"]

    kept = [word for word in annotation.words if not (word.ignore and form == "textseg")]
    assert [(word["text"], word["ignore"]) for word in words] == [(word.text, word.ignore) for word in kept]
    assert all(
        np.abs(np.array(one["polygon"]) - two.polygon).max() <= 0.5 for one, two in zip(words, kept, strict=True)
    )


def test_characters_of_page_come_back_with_their_boxes(tmp_path: Path) -> None:
    annotation = random_annotation(1)

    words = there_and_back(tmp_path, "page", annotation)["words"]

    found = [(one["category"], one["polygon"]) for word in words for one in word["chars"]]
    assert [name for name, _ in found] == [one.category for one in annotation.characters]
    assert all(
        np.abs(np.array(box) - one.quad).max() <= 1 for (_, box), one in zip(found, annotation.characters, strict=True)
    )


@pytest.mark.parametrize("form", ["coco-ts", "mlt-s"])
def test_binary_masks_come_back_as_they_were_written(tmp_path: Path, form: str) -> None:
    first = tmp_path / form
    convert("native", native_set(tmp_path / "src", random_annotation(2)), form, first, photos=True)
    convert(form, first, form, tmp_path / "again", photos=True)

    written = sorted(path.relative_to(first) for path in first.rglob("*.png") if "images" not in path.parts)
    assert written
    for path in written:
        np.testing.assert_array_equal(
            np.array(Image.open(first / path)), np.array(Image.open(tmp_path / "again" / path))
        )


def test_states_notes_and_verdicts_come_back_in_the_native_format(tmp_path: Path) -> None:
    first, *others = annotated().words
    letters = (replace(first.characters[0], review="rejected"), *first.characters[1:])
    annotation = replace(annotated(), words=(replace(first, characters=letters), *others))

    entry = there_and_back(tmp_path, "native", annotation, state="accepted", note="look again")

    assert (entry["state"], entry["note"]) == ("accepted", "look again")
    assert [one.get("review") for one in entry["words"][0]["chars"]] == ["rejected", None, None]


def test_what_was_read_beside_the_given_text_comes_back(tmp_path: Path) -> None:
    first, *others = annotated().words
    annotation = replace(annotated(), words=(replace(first, text="0Qé", reads="OQé", text_read=True), *others))

    word = there_and_back(tmp_path, "native", annotation)["words"][0]

    assert (word["text"], word["reads"], word["text_read"]) == ("0Qé", "OQé", True)


def test_of_two_formats_for_the_same_images_one_is_taken_and_the_other_told_once(tmp_path: Path) -> None:
    both = tmp_path / "both"
    convert("native", native_set(tmp_path / "src", annotated()), "textseg", both, photos=True)
    write(both / "words.json", native.words_json([native.image_entry("image/p1.png", annotated())]))

    done = convert("auto", both, "native", tmp_path / "out")

    assert (done.images, [fault.message for fault in done.faults]) == (
        1,
        ["TextSeg: its words of 1 image were not taken; those of charsam's words.json were."],
    )


@pytest.mark.parametrize("form", ["textseg", "coco-ts", "mlt-s", "pascal-voc"])
def test_pixels_of_rejected_characters_are_ignored(tmp_path: Path, form: str) -> None:
    first, *others = annotated().words
    letters = (replace(first.characters[0], review="rejected"), *first.characters[1:])
    annotation = replace(annotated(), words=(replace(first, characters=letters), *others))
    source = native_set(tmp_path / "src", annotation)

    convert("native", source, form, tmp_path / form, photos=True, without_rejected=True)

    mask = own_masks(annotation)[0][1]
    pictures = [
        np.array(Image.open(path)) for path in (tmp_path / form).rglob("*.png") if "image" not in str(path.parent)
    ]
    assert pictures and all((values[mask] == 255).all() for values in pictures)


def test_rejected_characters_are_crowds_in_coco(tmp_path: Path) -> None:
    first, *others = annotated().words
    letters = (replace(first.characters[0], review="rejected"), *first.characters[1:])
    source = native_set(tmp_path / "src", replace(annotated(), words=(replace(first, characters=letters), *others)))

    convert("native", source, "coco", tmp_path / "coco", without_rejected=True)

    coco = COCO(str(tmp_path / "coco" / "instances.json"))
    assert [one["iscrowd"] for one in coco.loadAnns(coco.getAnnIds())] == [0, 0, 1]


def test_a_category_has_the_same_number_in_every_coco_file(tmp_path: Path) -> None:
    numbers = []
    for seed in (0, 3):
        convert("native", native_set(tmp_path / f"src{seed}", random_annotation(seed)), "coco", tmp_path / f"c{seed}")
        coco = COCO(str(tmp_path / f"c{seed}" / "instances.json"))
        numbers.append({one["name"]: one["id"] for one in coco.loadCats(coco.getCatIds())})

    shared = numbers[0].keys() & numbers[1].keys()
    assert shared and all(numbers[0][name] == numbers[1][name] for name in shared)


def test_yolo_is_what_its_loader_takes(tmp_path: Path) -> None:
    """The rules of Ultralytics' loader: a class below nc, then at least three pairs within 0..1, no line twice."""
    convert("native", native_set(tmp_path / "src", random_annotation(0)), "yolo", tmp_path / "yolo")
    lines = (tmp_path / "yolo" / "labels" / "p1.txt").read_text().splitlines()
    names = [line for line in (tmp_path / "yolo" / "data.yaml").read_text().splitlines() if line.startswith("  ")]

    assert lines and len(lines) == len(set(lines)) == len(random_annotation(0).characters)
    for line in lines:
        number, *shares = line.split()
        assert 0 <= int(number) < len(names)
        assert len(shares) >= 6 and len(shares) % 2 == 0 and all(0 <= float(share) <= 1 for share in shares)
    assert (tmp_path / "yolo" / "images" / "p1.png").is_file()


def test_outlines_of_yolo_cover_the_letters_and_leave_their_holes(tmp_path: Path) -> None:
    entry = there_and_back(tmp_path, "yolo", annotated())

    found = np.zeros((HEIGHT, WIDTH), bool)
    for _, mask in masks_of(entry):
        found |= mask
    own = annotated().text_mask() > 0
    assert (found & own).sum() / (found | own).sum() > 0.8
    assert not found[own.nonzero()[0].min() + 3, own.nonzero()[1].min() + 2]


def test_page_is_valid_by_its_schema(tmp_path: Path) -> None:
    first, *others = random_annotation(0).words
    letters = (replace(first.characters[0], review="rejected", category="&"), *first.characters[1:])
    outside = np.float32([[-3.4, -2], [70, -2], [70, 14], [-3.4, 14]])
    annotation = replace(annotated(), words=(replace(first, polygon=outside, characters=letters), *others))
    source = native_set(tmp_path / "src", annotation, note="seen <b>", state="accepted")

    convert("native", source, "page", tmp_path / "page", photos=True)

    schema = XMLSchema(Path(__file__).parent / "schemas" / "page_2019-07-15.xsd")
    assert [error.reason for error in schema.iter_errors(tmp_path / "page" / "p1.xml")] == []


@pytest.mark.parametrize("seed", range(4))
def test_paths_of_svg_are_the_masks_to_the_pixel(seed: int) -> None:
    pixels = np.random.default_rng(seed).random((9, 7)) < 0.6
    path = path_of(CharacterMask(pixels, 3, 5))

    found = np.zeros((HEIGHT, WIDTH), bool)
    for ring in filter(None, path.replace("Z", "").split("M")):
        canvas = Image.new("1", (WIDTH * 4, HEIGHT * 4))
        ImageDraw.Draw(canvas).polygon(corners(ring), fill=1)
        found ^= np.array(canvas)[2::4, 2::4]

    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[5:14, 3:10] = pixels
    np.testing.assert_array_equal(found, expected)


def corners(ring: str) -> list[tuple[int, int]]:
    """The points of `x yH…V…`, four times as large."""
    start, *steps = ring.replace("H", " H").replace("V", " V").split(" ", 1)
    first, *steps = steps[0].split()
    x, y = int(start), int(first)
    found = [(4 * x, 4 * y)]
    for step in steps:
        x, y = (int(step[1:]), y) if step[0] == "H" else (x, int(step[1:]))
        found.append((4 * x, 4 * y))
    return found


def test_cut_outs_show_the_letter_and_nothing_else(tmp_path: Path) -> None:
    convert("native", native_set(tmp_path / "src", annotated()), "cutouts", tmp_path / "cut")

    names = sorted(path.relative_to(tmp_path / "cut").as_posix() for path in (tmp_path / "cut").rglob("*.png"))
    values = np.array(Image.open(tmp_path / "cut" / "characters" / "p1_001_O.png"))

    assert names == [
        "characters/p1_001_O.png",
        "characters/p1_002_Q.png",
        "characters/p1_003_é.png",
        "words/p1_01_OQé.png",
    ]
    np.testing.assert_array_equal(values[..., 3] == 255, annotated().characters[0].mask.pixels)
    assert tuple(values[0, 0, :3]) == (90, 100, 110)


def test_hugging_face_loads_the_image_folder_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    convert("native", native_set(tmp_path / "src", annotated(), note="seen"), "imagefolder", tmp_path / "out")

    loaded = datasets.load_dataset(
        "imagefolder", data_dir=str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache")
    )

    (row,) = loaded
    assert row["image"].size == (WIDTH, HEIGHT) and row["note"] == "seen"
    assert [word["text"] for word in row["words"]] == ["OQé", "", "lost"]
    np.testing.assert_array_equal(np.array(row["characters_mask"]), annotated().character_mask())


def test_words_without_masks_make_no_dataset_of_masks(tmp_path: Path) -> None:
    photo(tmp_path / "src" / "img_1.png")
    write(tmp_path / "src" / "gt_img_1.txt", "4,4,40,4,40,20,4,20,HOTEL\n")

    done = convert("icdar15", tmp_path / "src", "coco", tmp_path / "out")

    assert (done.images, done.words, done.masked) == (1, 1, 0)
    assert WRITERS["coco"].masks


def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()

    with pytest.raises(DatasetError, match="has no file with words"):
        convert("auto", tmp_path / "src", "native", tmp_path / "out")
