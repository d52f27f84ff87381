"""Uploads: photos, folders and zips are taken in, words find their images, and what is broken is named."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from workspaces import OpenWorkspace, add_word, picture

from charsam.workspace.errors import NotFound, UploadError
from charsam.workspace.project_export import export
from charsam.workspace.upload_folder import Upload
from charsam.workspace.uploads import UploadResult, import_uploads
from charsam.workspace.values import Project, State, User
from charsam.workspace.workspace import Workspace

QUAD = [[4, 4], [40, 4], [40, 20], [4, 20]]
TILTED = [[4, 4], [40, 8], [40, 24], [4, 20]]
UPRIGHT = [[4, 4], [40, 4], [40, 24], [4, 24]]
FLAT = [number for point in TILTED for number in point]
LINE = ",".join(map(str, FLAT))


@pytest.fixture
def workspace(open_workspace: OpenWorkspace) -> Workspace:
    return open_workspace()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, data in files.items():
            target.writestr(name, data)
    return out.getvalue()


def words_file(*images: tuple[str, str]) -> bytes:
    entries = [{"file": file, "words": [{"polygon": QUAD, "text": text}]} for file, text in images]
    return json.dumps({"charsam": 1, "images": entries}).encode()


def texts(workspace: Workspace, project: Project, by: User) -> dict[str, list[str]]:
    rows = workspace.images.page(project.id, by).images
    return {row.name: [word.text for word in workspace.history.document(row.id, by).document.words] for row in rows}


def messages(taken: UploadResult) -> list[str]:
    return [fault.message for fault in taken.faults]


def test_photos_of_any_kind_are_taken(workspace: Workspace, project: Project, ann: User) -> None:
    taken = import_uploads(
        workspace,
        project.id,
        [
            Upload("a.png", picture(1)),
            Upload("b.JPG", picture(2, kind="JPEG")),
            Upload("c.webp", picture(3, kind="WEBP")),
        ],
        ann,
    )

    assert [row.name for row in taken.images] == ["a.png", "b.JPG", "c.webp"]
    assert (taken.worded, taken.faults) == (0, ())
    assert workspace.images.counts(project.id, ann)[State.NEW] == 3


def test_broken_images_are_named_and_the_others_kept(workspace: Workspace, project: Project, ann: User) -> None:
    data = zipped({"a.png": picture(1), "cut.png": picture(2)[:150], "text.jpg": b"hello", "readme.md": b"hi"})

    taken = import_uploads(workspace, project.id, [Upload("up.zip", data)], ann)

    assert [row.name for row in taken.images] == ["a.png"]
    assert sorted(fault.file for fault in taken.faults) == ["cut.png", "readme.md", "text.jpg"]
    assert "readme.md is neither an image nor a file with words." in messages(taken)


def test_a_folder_is_taken_with_its_subfolders_but_not_its_links(
    workspace: Workspace, project: Project, ann: User, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    (folder / "street").mkdir(parents=True)
    (folder / "street" / "a.png").write_bytes(picture(1))
    (folder / "a.png").write_bytes(picture(2))
    (folder / ".hidden.png").write_bytes(picture(3))
    (folder / "link.png").symlink_to("/etc/passwd")
    (folder / "linked").symlink_to("/etc")

    taken = import_uploads(workspace, project.id, [Upload("photos", folder)], ann)

    assert sorted(row.name for row in taken.images) == ["photos/a.png", "photos/street/a.png"]
    assert taken.faults == ()


def test_two_files_of_one_name_are_two_images(workspace: Workspace, project: Project, ann: User) -> None:
    taken = import_uploads(workspace, project.id, [Upload("a.png", picture(1)), Upload("a.png", picture(2))], ann)

    assert [row.name for row in taken.images] == ["a.png", "a.png"]
    assert {workspace.images.read(row.id, ann) for row in taken.images} == {picture(1), picture(2)}


@pytest.mark.parametrize("name", ["../../evil.png", "/evil.png", "C:\\evil.png", "a\0.png", "x" * 5000 + ".png"])
def test_a_hostile_name_leads_nowhere(workspace: Workspace, project: Project, ann: User, name: str) -> None:
    before = {path for path in workspace.folder.parent.rglob("*") if "images" not in path.parts}

    taken = import_uploads(workspace, project.id, [Upload(name, picture(1))], ann)

    assert len(taken.images) + len(taken.faults) == 1
    assert {path for path in workspace.folder.parent.rglob("*") if "images" not in path.parts} <= before


def test_nothing_of_a_dangerous_zip_is_kept(workspace: Workspace, project: Project, ann: User) -> None:
    bad = zipped({"a.png": picture(1), "../evil.png": picture(2)})

    with pytest.raises(UploadError, match=r"\.\./evil\.png in bad\.zip leads out"):
        import_uploads(workspace, project.id, [Upload("bad.zip", bad)], ann)
    taken = import_uploads(workspace, project.id, [Upload("good.png", picture(3)), Upload("bad.zip", bad)], ann)

    assert [row.name for row in workspace.images.page(project.id, ann).images] == ["good.png"]
    assert ["leads out" in fault.message for fault in taken.faults] == [True]
    assert not list(workspace.folder.glob(".charsam-scratch-*"))


def test_words_come_with_the_images_they_belong_to(workspace: Workspace, project: Project, ann: User) -> None:
    words = words_file(("x/a.png", "FIRST"), ("y/a.png", "SECOND"), ("missing.png", "LOST"))
    data = zipped({"x/a.png": picture(1), "y/a.png": picture(2), "b.png": picture(3), "words.json": words})

    taken = import_uploads(workspace, project.id, [Upload("up.zip", data)], ann)

    assert texts(workspace, project, ann) == {"x/a.png": ["FIRST"], "y/a.png": ["SECOND"], "b.png": []}
    assert taken.worded == 2
    assert messages(taken) == ["words.json: there is no image for the entry missing.png."]
    (entry,) = workspace.history.entries(taken.images[1].id, ann)
    assert (entry.kind, entry.label, entry.state) == ("replace", "Imported 1 word from words.json", State.NEW)


def test_words_that_come_later_find_the_images_of_the_project(
    workspace: Workspace, project: Project, ann: User
) -> None:
    import_uploads(workspace, project.id, [Upload("a.png", picture(1)), Upload("b.png", picture(2))], ann)

    taken = import_uploads(workspace, project.id, [Upload("my words.json", words_file(("a.png", "LATE")))], ann)

    assert (taken.images, taken.worded, taken.faults) == ((), 1, ())
    assert texts(workspace, project, ann) == {"a.png": ["LATE"], "b.png": []}


def test_words_never_replace_somebodys_work(workspace: Workspace, project: Project, ann: User) -> None:
    row = workspace.images.add(project.id, "a.png", picture(1), ann)
    add_word(workspace, row.id, ann, "MINE")

    taken = import_uploads(workspace, project.id, [Upload("words.json", words_file(("a.png", "NEW")))], ann)

    assert texts(workspace, project, ann) == {"a.png": ["MINE"]}
    assert messages(taken) == [
        "a.png got no words from words.json: it has words already; open it and import these there to replace them."
    ]


LAYOUTS = {
    "textseg": {
        "image/7.png": None,
        "annotation/7_anno.json": json.dumps({"0": {"text": "CAFÉ", "bbox": FLAT}}),
        "semantic_label/7_maskfg.png": None,
    },
    "coco-text": {
        "train2014/COCO_train2014_000000000007.png": None,
        "cocotext.v2.json": json.dumps(
            {
                "imgs": {"7": {"id": 7, "file_name": "COCO_train2014_000000000007.jpg", "set": "train"}},
                "anns": {"1": {"image_id": 7, "mask": FLAT, "legibility": "legible", "utf8_string": "CAFÉ"}},
            }
        ),
    },
    "textocr": {
        "train_images/7.png": None,
        "TextOCR_0.1_train.json": json.dumps(
            {
                "imgs": {"7": {"id": "7", "file_name": "train/7.jpg", "set": "train"}},
                "anns": {"7_1": {"image_id": "7", "points": FLAT, "utf8_string": "CAFÉ"}},
            }
        ),
    },
    "hiertext": {
        "train/7.png": None,
        "gt/train.jsonl": json.dumps(
            {
                "annotations": [
                    {
                        "image_id": "7",
                        "paragraphs": [
                            {"lines": [{"words": [{"vertices": TILTED, "text": "CAFÉ", "legible": True}]}]},
                        ],
                    }
                ]
            }
        ),
    },
    "total-text": {
        "Images/Train/img7.png": None,
        "Groundtruth/Polygon/Train/poly_gt_img7.txt": "x: [[ 4 40 40  4]], y: [[ 4  8 24 20]], ornt: [u'm'], "
        "transcriptions: [u'CAFÉ']\n",
    },
    "mlt17": {"img_1.png": None, "gt_img_1.txt": f"\ufeff{LINE},Latin,CAFÉ\n"},
    "icdar15": {"img_1.png": None, "gt_img_1.txt": f"\ufeff{LINE},CAFÉ\n"},
    "icdar13": {"img_1.png": None, "gt_img_1.txt": '4, 4, 40, 24, "CAFÉ"\n'},
}


@pytest.mark.parametrize("form", LAYOUTS)
def test_words_of_public_formats_are_read(workspace: Workspace, project: Project, ann: User, form: str) -> None:
    files = LAYOUTS[form]
    data = {name: picture(1) if content is None else content.encode() for name, content in files.items()}

    taken = import_uploads(workspace, project.id, [Upload("dataset.zip", zipped(data))], ann)

    (image,) = taken.images
    (word,) = workspace.history.document(image.id, ann).document.words
    assert image.name == next(iter(files))
    assert word.text == "CAFÉ"
    assert [list(point) for point in word.polygon] == (UPRIGHT if form == "icdar13" else TILTED)
    assert taken.worded == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (b'{"charsam": 1, "images": [{"file": "a.png"}]}', "the field 'words' is missing"),
        (b'{"charsam": 1, "images": ', "is not valid JSON"),
        (b'{"charsam": 2, "images": []}', "expected 1"),
        (b'{"shapes": []}', "holds no words in a format that is read"),
        (
            words_file(("a.png", "A")).replace(b'"words"', b'"width": 9999, "words"'),
            "9999 x 48 pixels; this one has 64 x 48",
        ),
        (words_file(("a.png", "A")).replace(b"40", b"1e999"), "expected a number of pixels"),
        (words_file(("a.png", "A" * 201)), "at most 200"),
    ],
)
def test_words_that_cannot_be_used_are_named_and_the_photo_kept(
    workspace: Workspace, project: Project, ann: User, words: bytes, said: str
) -> None:
    taken = import_uploads(workspace, project.id, [Upload("a.png", picture(1)), Upload("words.json", words)], ann)

    assert (len(taken.images), taken.worded, len(taken.faults)) == (1, 0, 1)
    assert said in messages(taken)[0]


def test_an_export_of_charsam_comes_back_with_its_masks(workspace: Workspace, project: Project, ann: User) -> None:
    row = workspace.images.add(project.id, "a.png", picture(1), ann)
    add_word(workspace, row.id, ann, "HÖT", kind="annotate")
    out = io.BytesIO()
    export(workspace, project.id, "native", ann, out, with_images=True)
    target = workspace.projects.create("Again", ann)

    taken = import_uploads(workspace, target.id, [Upload("signs.zip", out.getvalue())], ann)

    assert taken.faults == ()
    (again,) = workspace.images.page(target.id, ann).images
    assert (again.state, again.hash) == (State.ANNOTATED, row.hash)
    assert workspace.history.document(again.id, ann).document == workspace.history.document(row.id, ann).document


def test_what_is_exported_brought_back_and_exported_again_is_the_same_bytes(
    workspace: Workspace, project: Project, ann: User
) -> None:
    for number, name in enumerate(("a.png", "b/a.png")):
        row = workspace.images.add(project.id, name, picture(number), ann)
        add_word(workspace, row.id, ann, "HÖT", kind="annotate")
    add_word(workspace, row.id, ann, "", kind="add_word")  # not segmented yet, unlike the image's other word
    target = workspace.projects.create("Again", ann)

    first = native_export(workspace, project, ann)
    taken = import_uploads(workspace, target.id, [Upload("signs.zip", first)], ann)
    second = native_export(workspace, target, ann)

    assert taken.faults == ()
    with zipfile.ZipFile(io.BytesIO(first)) as one, zipfile.ZipFile(io.BytesIO(second)) as other:
        names = set(one.namelist())
        assert names == set(other.namelist())
        assert {"words.json", "a_chars.png", "b__a_png_chars.png", "images/a.png"} < names
        assert all(one.read(name) == other.read(name) for name in names - {"manifest.json"})


def native_export(workspace: Workspace, project: Project, by: User) -> bytes:
    out = io.BytesIO()
    export(workspace, project.id, "native", by, out, with_images=True)
    return out.getvalue()


def test_a_backup_comes_back_with_its_history(workspace: Workspace, project: Project, ann: User) -> None:
    row = workspace.images.add(project.id, "a.png", picture(1), ann)
    add_word(workspace, row.id, ann)
    out = io.BytesIO()
    export(workspace, project.id, "backup", ann, out)

    taken = import_uploads(
        workspace, project.id, [Upload("backup.zip", out.getvalue()), Upload("b.png", picture(2))], ann
    )

    assert [row.name for row in taken.images] == ["a.png", "b.png"]
    assert [entry.kind for entry in workspace.history.entries(taken.images[0].id, ann)] == ["add_word"]


def test_nothing_is_brought_to_anothers_project(workspace: Workspace, project: Project, ann: User) -> None:
    with pytest.raises(NotFound):
        import_uploads(workspace, project.id, [Upload("a.png", picture(1))], workspace.accounts.guest("bob"))


def test_of_two_zips_the_damaged_one_is_named_and_the_other_taken(
    workspace: Workspace, project: Project, ann: User
) -> None:
    good = Upload("good.zip", zipped({"a.png": picture()}))
    taken = import_uploads(workspace, project.id, [good, Upload("bad.zip", b"PK\x03\x04 nothing")], ann)
    assert [row.name for row in taken.images] == ["a.png"]
    assert [fault.file for fault in taken.faults] == ["bad.zip"]
