"""What people bring: formats told by all files together, photos and masks told apart, and nothing lost without a
word.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from workspaces import OpenWorkspace, add_word, picture

from charsam.workspace.image_words import ReadOptions
from charsam.workspace.project_export import export
from charsam.workspace.upload_folder import Upload
from charsam.workspace.uploads import UploadImport, UploadResult, import_uploads
from charsam.workspace.values import Project, State, User
from charsam.workspace.workspace import Workspace

QUAD = [[4, 4], [40, 4], [40, 20], [4, 20]]
LINE = "4,4,40,4,40,20,4,20"
CURVE = "4,8,20,4,40,8,40,24,20,20,4,24"


@pytest.fixture
def workspace(open_workspace: OpenWorkspace) -> Workspace:
    return open_workspace()


def noise(seed: int, size: tuple[int, int] = (48, 64)) -> bytes:
    """A picture that nobody takes for a mask."""
    buffer = io.BytesIO()
    values = np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8)
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def mask(values: np.ndarray | None = None) -> bytes:
    buffer = io.BytesIO()
    found = np.zeros((48, 64), np.uint8) if values is None else values
    found[4:10, 4:10] = 255
    Image.fromarray(found).save(buffer, "PNG")
    return buffer.getvalue()


def words_file(*images: tuple[str, str], **more: object) -> bytes:
    entries = [{"file": file, "words": [{"polygon": QUAD, "text": text}], **more} for file, text in images]
    return json.dumps({"charsam": 1, "images": entries}).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, data in files.items():
            target.writestr(name, data)
    return out.getvalue()


class Uploader:
    """One person who brings files to one project."""

    def __init__(self, workspace: Workspace, project: Project, ann: User) -> None:
        self.workspace, self.project, self.ann = workspace, project, ann

    def upload(self, files: dict[str, bytes], choice: ReadOptions | None = None) -> UploadResult:
        uploads = [Upload(name, data) for name, data in files.items()]
        return import_uploads(self.workspace, self.project.id, uploads, self.ann, choice or ReadOptions())

    def texts(self) -> dict[str, list[str]]:
        rows = self.workspace.images.page(self.project.id, self.ann).images
        found = {row.name: self.workspace.history.document(row.id, self.ann).document.words for row in rows}
        return {name: ["###" if word.ignore else word.text for word in words] for name, words in found.items()}


@pytest.fixture
def uploader(workspace: Workspace, project: Project, ann: User) -> Uploader:
    return Uploader(workspace, project, ann)


@pytest.mark.parametrize("folder", ["annotations", "gt", "labels_2024", "region-north", "mask_shops"])
def test_no_photo_is_lost_for_the_name_of_its_folder(uploader: Uploader, folder: str) -> None:
    taken = uploader.upload({f"{folder}/a.png": picture(1), f"{folder}/gt_a.txt": f"{LINE},HOTEL".encode()})

    assert uploader.texts() == {f"{folder}/a.png": ["HOTEL"]}
    assert (taken.faults, taken.left) == ((), ())


def test_one_bad_line_makes_a_fault_and_not_another_format(uploader: Uploader) -> None:
    lines = f"{LINE},Latin,Footpath\n{LINE},Latin,###\n{LINE},,Colchester\n"

    taken = uploader.upload({"a.png": picture(1), "gt_a.txt": lines.encode()})

    assert uploader.texts() == {"a.png": ["Footpath", "###"]}
    assert [fault.message[:22] for fault in taken.faults] == ["gt_a.txt: line 3: expe"]
    assert [(one.format, one.words) for one in taken.read] == [("mlt17", ("Footpath", "###"))]


def test_the_format_is_that_of_the_whole_upload(uploader: Uploader) -> None:
    files = {f"{n}.png": picture(n) for n in range(3)}
    files |= {f"gt_{n}.txt": f"{LINE},Latin,WORD{n}\n".encode() for n in range(2)}

    uploader.upload(files | {"gt_2.txt": f"{LINE},Hindi,X\n{LINE},Latin,Y, Z\n".encode()})

    assert uploader.texts() == {"0.png": ["WORD0"], "1.png": ["WORD1"], "2.png": ["X", "Y, Z"]}


@pytest.mark.parametrize(
    ("line", "vertices", "text"),
    [
        (f"{CURVE},Footpath", 6, "Footpath"),
        (f"{CURVE},2024", 6, "2024"),
        (f"{LINE},12,50", 4, "12,50"),
        (f"{LINE},1,234 $", 4, "1,234 $"),
        (f"{LINE},42", 4, "42"),
        (LINE, 4, ""),
    ],
)
def test_more_than_four_points_are_a_polygon_and_numbers_in_a_text_are_not(
    uploader: Uploader, workspace: Workspace, ann: User, line: str, vertices: int, text: str
) -> None:
    taken = uploader.upload({"a.png": picture(1), "gt_a.txt": line.encode()})

    (word,) = workspace.history.document(taken.images[0].id, ann).document.words
    assert (len(word.polygon), word.text) == (vertices, text)


@pytest.mark.parametrize(("encoding", "text"), [("gb18030", "中国饭店"), ("cp1252", "Café")])
def test_another_encoding_is_named_and_read_when_it_is_chosen(uploader: Uploader, encoding: str, text: str) -> None:
    files = {"a.png": picture(1), "gt_a.txt": f"{LINE},{text}\n".encode(encoding)}

    taken = uploader.upload(files)
    assert uploader.texts() == {"a.png": []}
    assert f"gt_a.txt is not UTF-8 text" in taken.faults[0].message and encoding in taken.faults[0].message  # noqa: F541

    uploader.upload({"gt_a.txt": files["gt_a.txt"]}, ReadOptions(encoding=encoding))
    assert uploader.texts() == {"a.png": [text]}


def test_a_dataset_comes_the_same_file_by_file_as_in_a_zip(uploader: Uploader) -> None:
    files = {f"set/img_{n}.png": picture(n) for n in range(8)}
    files |= {f"set/gt_img_{n}.txt": f"{LINE},WORD{n}\n".encode() for n in range(8)}
    for name, data in files.items():
        assert uploader.upload({name: data}).faults == ()

    one_by_one = uploader.texts()
    assert one_by_one == {f"set/img_{n}.png": [f"WORD{n}"] for n in range(8)}

    uploader.project = uploader.workspace.projects.create("Zip", uploader.ann)
    assert uploader.upload({"set.zip": zipped(files)}).worded == 8
    assert uploader.texts() == one_by_one


def test_masks_do_not_become_photos_and_are_named(uploader: Uploader) -> None:
    taken = uploader.upload(
        {
            "hotel.png": noise(1),
            "hotel_text.png": mask(),
            "hotel_chars.png": mask(np.zeros((48, 64), np.uint16)),
            "masks/hotel.png": mask(),
            "photos_of_masks/other.png": noise(2),
        }
    )

    assert list(uploader.texts()) == ["hotel.png", "photos_of_masks/other.png"]
    assert sorted(fault.file for fault in taken.left) == ["hotel_chars.png", "hotel_text.png", "masks/hotel.png"]


def test_a_photo_with_a_masks_name_stays_a_photo(uploader: Uploader) -> None:
    uploader.upload({"shop.png": noise(1), "shop_text.png": noise(2), "labels/shop.png": noise(3)})

    assert sorted(uploader.texts()) == ["labels/shop.png", "shop.png", "shop_text.png"]


def test_masks_that_come_after_their_photo_are_known(uploader: Uploader) -> None:
    uploader.upload({"hotel.png": noise(1)})

    assert [fault.file for fault in uploader.upload({"hotel_text.png": mask()}).left] == ["hotel_text.png"]


def test_an_export_in_textsegs_layout_comes_back_with_words_and_masks(uploader: Uploader) -> None:
    row = uploader.workspace.images.add(uploader.project.id, "a.png", noise(1), uploader.ann)
    add_word(uploader.workspace, row.id, uploader.ann, "HÖT", kind="annotate")
    out = io.BytesIO()
    export(uploader.workspace, uploader.project.id, "textseg", uploader.ann, out)
    uploader.project = uploader.workspace.projects.create("Again", uploader.ann)

    taken = uploader.upload({"textseg.zip": out.getvalue()})

    assert uploader.texts() == {"image/a.png": ["HÖT"]}
    assert taken.faults == () and len(taken.left) == 3
    before, after = (
        list(uploader.workspace.history.document(image, uploader.ann).document.characters())
        for image in (row.id, taken.images[0].id)
    )
    assert [one.mask for one in after] == [one.mask for one in before]


def test_everything_that_is_not_taken_is_named(uploader: Uploader) -> None:
    taken = uploader.upload(
        {
            "a.png": picture(1),
            "y.heic": b"x",
            "z.avif": b"x",
            "notes.pdf": b"x",
            "words.json": words_file(("a.png", "A")),
        }
    )

    assert sorted(fault.file for fault in taken.faults) == ["notes.pdf", "y.heic", "z.avif"]


def test_jpegs_of_every_name_are_taken(uploader: Uploader) -> None:
    taken = uploader.upload({f"a{ending}": picture(1, kind="JPEG") for ending in (".jfif", ".mpo", ".jpe")})

    assert (len(taken.images), taken.faults) == (3, ())


def test_the_field_charsam_need_not_be_the_first(uploader: Uploader) -> None:
    data = json.loads(words_file(("a.png", "A")))
    uploader.upload({"a.png": picture(1), "words.json": json.dumps(dict(reversed(data.items()))).encode()})

    assert uploader.texts() == {"a.png": ["A"]}


def test_one_bad_word_costs_nothing_but_itself(uploader: Uploader) -> None:
    data = json.loads(words_file(("a.png", "A"), ("b.png", "B")))
    data["images"][1]["words"].append({"polygon": QUAD[:3], "text": "BAD"})

    taken = uploader.upload({"a.png": picture(1), "b.png": picture(2), "words.json": json.dumps(data).encode()})

    assert uploader.texts() == {"a.png": ["A"], "b.png": ["B"]}
    assert "images[1].words[1].polygon: expected at least 4 points" in taken.faults[0].message


def test_an_empty_list_says_that_there_are_no_words(uploader: Uploader) -> None:
    words = {"charsam": 1, "images": [{"file": "a.png", "words": []}]}

    taken = uploader.upload({"a.png": picture(1), "words.json": json.dumps(words).encode()})

    assert uploader.workspace.images.get(taken.images[0].id, uploader.ann).state is State.ANNOTATED


@pytest.mark.parametrize("named", ["cafe\u0301.png", "CAFÉ.PNG", "café.jpg"])
def test_names_are_matched_in_other_forms_cases_and_endings(uploader: Uploader, named: str) -> None:
    uploader.upload({"café.png": picture(1), "words.json": words_file((named, "GIVEN"))})

    assert uploader.texts() == {"café.png": ["GIVEN"]}


def test_names_in_a_zip_of_another_country_are_read(uploader: Uploader) -> None:
    name = "饭店照片.png"
    data = zipped({"xxxxxxxx.png": picture(1)}).replace(b"xxxxxxxx.png", name.encode("gbk"))

    taken = uploader.upload({"photos.zip": data})

    assert list(uploader.texts()) == [name]
    assert "gb18030" in taken.said[0]


def test_words_can_be_read_otherwise(workspace: Workspace, project: Project, ann: User, uploader: Uploader) -> None:
    with UploadImport(workspace, project.id, ann) as taking:
        taking.add([Upload("a.png", picture(1)), Upload("gt_a.txt", f"{LINE},Latin,Footpath".encode())])
        while not taking.step():
            pass
        taking.finish()
        shown = {one.format: one.words for one in taking.previews(None)}
        taking.again(ReadOptions("icdar15"))

    assert shown == {"icdar15": ("Latin,Footpath",), "mlt17": ("Footpath",), "mlt19": ("Footpath",)}
    assert uploader.texts() == {"a.png": ["Latin,Footpath"]}


def test_states_verdicts_and_notes_come_back(uploader: Uploader) -> None:
    row = uploader.workspace.images.add(uploader.project.id, "a.png", noise(1), uploader.ann)
    add_word(uploader.workspace, row.id, uploader.ann, "A", kind="annotate")
    uploader.workspace.history.set_note(row.id, "look again", uploader.ann)
    uploader.workspace.history.set_state(row.id, State.ACCEPTED, uploader.ann)
    out = io.BytesIO()
    export(uploader.workspace, uploader.project.id, "native", uploader.ann, out, with_images=True)
    uploader.project = uploader.workspace.projects.create("Again", uploader.ann)

    (image,) = uploader.upload({"signs.zip": out.getvalue()}).images

    again = uploader.workspace.images.get(image.id, uploader.ann)
    assert (again.state, again.note) == (State.ACCEPTED, "look again")


def test_words_of_many_images_do_not_wait_for_each_other(uploader: Uploader, tmp_path: Path) -> None:
    files = {f"img_{n}.png": picture(n) for n in range(30)}
    files |= {f"gt_img_{n}.txt": f"{LINE},W{n}\n".encode() for n in range(30)}
    commits = 0
    together = uploader.workspace.together

    def counted() -> object:
        nonlocal commits
        commits += 1
        return together()

    uploader.workspace.together = counted  # type: ignore[method-assign, assignment]
    assert uploader.upload(files).worded == 30
    assert commits < 30


def test_pictures_of_formats_that_are_not_read_are_called_that(
    workspace: Workspace, project: Project, ann: User
) -> None:
    taken = import_uploads(workspace, project.id, [Upload("y.jxl", b"x"), Upload("a/notes.pdf", b"x")], ann)

    assert [fault.message for fault in taken.faults] == [
        "a/notes.pdf is in a format that is not read (PDF); save it as JPEG or PNG first.",
        "y.jxl is in a format that is not read (JXL); save it as JPEG or PNG first.",
    ]
