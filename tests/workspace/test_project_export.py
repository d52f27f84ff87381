"""Exports: every format reads back what was annotated, and a backup brings back every entry bit by bit."""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO
from workspaces import OpenWorkspace, add_word, picture, with_word, without_word

from charsam.datasets.registry import open_dataset
from charsam.editing.changes import difference
from charsam.editing.conversion import to_annotation
from charsam.errors import WorkspaceError
from charsam.workspace.backup import restore
from charsam.workspace.errors import DamagedBackup, NotFound, UploadError
from charsam.workspace.history_import import check_history
from charsam.workspace.project_export import FORMATS, Exported, export
from charsam.workspace.schema import EntryTable, ImageTable
from charsam.workspace.upload_folder import Upload
from charsam.workspace.uploads import import_uploads
from charsam.workspace.values import Project, State, User
from charsam.workspace.workspace import Workspace


@pytest.fixture
def workspace(open_workspace: OpenWorkspace) -> Workspace:
    return open_workspace()


@pytest.fixture
def project(workspace: Workspace, ann: User) -> Project:
    """An image with two words and one to ignore, one of the same name that was accepted, one rejected, one new."""
    project = workspace.projects.create("Signs", ann)
    for name in ("a.png", "b/a.png", "rejected.png", "new.png"):
        row = workspace.images.add(project.id, name, picture(len(name)), ann)
        if name != "new.png":
            document = workspace.history.document(row.id, ann).document
            after = with_word(with_word(with_word(document, "HÖT"), "EL", 20), "xxx", 34, ignore=True)
            workspace.history.append(row.id, 0, "annotate", "Annotated", difference(document, after), ann)
        if name == "b/a.png":
            workspace.history.set_state(row.id, State.ACCEPTED, ann)
        if name == "rejected.png":
            workspace.history.set_state(row.id, State.REJECTED, ann)
    return project


def exported(
    workspace: Workspace, project: Project, form: str, by: User, **more: Any
) -> tuple[zipfile.ZipFile, Exported, dict[str, Any]]:
    """The zip of an export, its report and its manifest, once all checksums have been found right."""
    out = io.BytesIO()
    report = export(workspace, project.id, form, by, out, **more)
    opened = zipfile.ZipFile(out)
    manifest = json.loads(opened.read("manifest.json"))
    listed = {file["path"]: (file["bytes"], file["sha256"]) for file in manifest["files"]}
    found = {name: opened.read(name) for name in opened.namelist() if name != "manifest.json"}
    assert listed == {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in found.items()}
    return opened, report, manifest


def unpacked(opened: zipfile.ZipFile, folder: Path) -> Path:
    opened.extractall(folder)
    return folder


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "backup"])
def test_what_is_new_or_rejected_is_left_out_and_named(
    workspace: Workspace, project: Project, ann: User, form: str
) -> None:
    _, report, manifest = exported(workspace, project, form.replace("-", "_"), ann)

    assert report.images == 2
    assert report.left_out == (
        ("rejected.png", "It was rejected."),
        ("new.png", "It has not been annotated yet."),
    )
    assert [(image["name"], image["state"]) for image in manifest["images"]] == [
        ("a.png", "annotated"),
        ("b/a.png", "accepted"),
    ]
    assert (manifest["format"], manifest["project"], manifest["made_by"]) == (form, "Signs", "Ann")


def test_a_selection_is_taken_even_where_it_was_rejected(workspace: Workspace, project: Project, ann: User) -> None:
    rows = {row.name: row.id for row in workspace.images.page(project.id, ann).images}

    opened, report, _ = exported(workspace, project, "native", ann, images=[rows["rejected.png"], rows["a.png"]])

    assert report.images == 2
    assert {"a_text.png", "a_chars.png", "rejected_text.png", "words.json"} <= set(opened.namelist())


def test_native_holds_words_and_masks(workspace: Workspace, project: Project, ann: User, tmp_path: Path) -> None:
    row = workspace.images.page(project.id, ann).images[0]
    annotation = to_annotation(workspace.history.document(row.id, ann).document)

    opened, _, _ = exported(workspace, project, "native", ann, with_images=True)

    folder = unpacked(opened, tmp_path / "native")
    assert (np.array(Image.open(folder / "a_chars.png")) == annotation.character_mask()).all()
    assert (np.array(Image.open(folder / "a_text.png")) == annotation.text_mask()).all()
    assert (folder / "images" / "a.png").read_bytes() == picture(5)
    samples = {sample.name: sample for sample in open_dataset("native", folder, strict=True).samples()}
    assert sorted(samples) == ["a", "b__a_png"]
    assert [word.text for word in samples["a"].words] == ["HÖT", "EL", "xxx"]
    truth = samples["a"].truth
    assert truth is not None
    assert (truth().text == (annotation.text_mask() > 0)).all()


def test_textseg_is_laid_out_as_its_reader_wants_it(
    workspace: Workspace, project: Project, ann: User, tmp_path: Path
) -> None:
    row = workspace.images.page(project.id, ann).images[0]
    annotation = to_annotation(workspace.history.document(row.id, ann).document)

    opened, _, _ = exported(workspace, project, "textseg", ann)

    folder = unpacked(opened, tmp_path / "textseg")
    samples = {sample.name: sample for sample in open_dataset("textseg", folder, strict=True).samples()}
    assert len(samples) == 2
    assert [word.text for word in samples["a"].words] == ["HÖT", "EL"]
    truth = samples["a"].truth
    assert truth is not None
    assert (truth().characters == annotation.character_mask()).all()
    assert truth().ignored[36, 12]


def test_coco_keeps_holes_and_pycocotools_reads_it(
    workspace: Workspace, project: Project, ann: User, tmp_path: Path
) -> None:
    row = workspace.images.page(project.id, ann).images[0]
    annotation = to_annotation(workspace.history.document(row.id, ann).document)

    opened, _, _ = exported(workspace, project, "coco", ann)

    coco = COCO(str(unpacked(opened, tmp_path / "coco") / "instances.json"))
    instances = coco.loadAnns(coco.getAnnIds(imgIds=[1]))
    assert [coco.loadCats([one["category_id"]])[0]["name"] for one in instances] == list("HÖTEL")
    assert {one["iscrowd"] for one in instances} == {0}
    masks = np.stack([coco.annToMask(one) for one in instances])
    values = (masks * np.arange(1, 6)[:, None, None]).sum(0)
    assert (values == annotation.character_mask()).all()
    assert values[13, 12] == 0  # the hole of the first ring
    assert [one["area"] for one in instances] == [40] * 5


@pytest.mark.parametrize(("form", "path"), [("coco_ts", "a.png"), ("mlt_s", "training_labels/a.png")])
def test_binary_masks_say_where_words_are_ignored(
    workspace: Workspace, project: Project, ann: User, form: str, path: str
) -> None:
    row = workspace.images.page(project.id, ann).images[0]
    annotation = to_annotation(workspace.history.document(row.id, ann).document)

    opened, _, _ = exported(workspace, project, form, ann)

    labels = np.array(Image.open(io.BytesIO(opened.read(path))))
    assert ((labels == 1) == (annotation.text_mask() > 0)).all()
    assert set(np.unique(labels)) == {0, 1, 255}
    assert (labels[35:41, 10:30] == 255).all()


def test_photos_are_exported_as_their_annotation_sees_them(workspace: Workspace, ann: User) -> None:
    project = workspace.projects.create("Turned", ann)
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.open(io.BytesIO(picture(1))).save(buffer, "JPEG", exif=exif)
    row = workspace.images.add(project.id, "turned.jpg", buffer.getvalue(), ann)
    add_word(workspace, row.id, ann)

    opened, _, manifest = exported(workspace, project, "textseg", ann)

    photo = Image.open(io.BytesIO(opened.read("image/turned.png")))
    assert (photo.size, photo.format, photo.getexif().get(0x0112)) == ((48, 64), "PNG", None)
    assert manifest["images"][0]["file"] == "turned.png"


def test_the_same_project_makes_the_same_files(workspace: Workspace, project: Project, ann: User) -> None:
    first, _, _ = exported(workspace, project, "native", ann)
    second, _, _ = exported(workspace, project, "native", ann)

    assert [(i.filename, i.CRC, i.date_time) for i in first.infolist() if i.filename != "manifest.json"] == [
        (i.filename, i.CRC, i.date_time) for i in second.infolist() if i.filename != "manifest.json"
    ]


def test_an_unknown_format_and_others_images_are_refused(workspace: Workspace, project: Project, ann: User) -> None:
    bob = workspace.accounts.guest("bob")
    theirs = workspace.images.add(workspace.projects.inbox(bob).id, "x.png", picture(), bob)
    mine = workspace.images.add(workspace.projects.inbox(ann).id, "y.png", picture(), ann)

    with pytest.raises(WorkspaceError, match="no format 'tiff'; the formats are textseg"):
        export(workspace, project.id, "tiff", ann, io.BytesIO())
    with pytest.raises(NotFound):
        export(workspace, project.id, "native", bob, io.BytesIO())
    with pytest.raises(NotFound):
        export(workspace, project.id, "backup", ann, io.BytesIO(), images=[theirs.id])
    with pytest.raises(WorkspaceError, match=r"y\.png is not in this project"):
        export(workspace, project.id, "backup", ann, io.BytesIO(), images=[mine.id])


class TestBackup:
    @pytest.fixture
    def lively(self, workspace: Workspace, project: Project, ann: User) -> Project:
        """The project with edits, undone and redone ones, verdicts and notes by two people."""
        bob = workspace.accounts.guest("bob")
        workspace.team.share(project.id, "bob", ann)
        image = workspace.images.page(project.id, ann).images[0].id
        add_word(workspace, image, bob, "ÄÖ")
        workspace.history.undo(image, 2, ann)
        workspace.history.redo(image, 3, bob)
        workspace.history.set_note(image, "look\nagain 🔤", bob)
        document = workspace.history.document(image, ann).document
        workspace.history.append(
            image, 5, "delete_word", "Deleted", difference(document, without_word(document, 0)), ann
        )
        workspace.history.undo(image, 6, ann)
        workspace.history.undo(image, 7, ann)
        workspace.history.set_state(image, State.ACCEPTED, bob)
        return project

    def backup(self, workspace: Workspace, project: Project, by: User) -> io.BytesIO:
        out = io.BytesIO()
        export(workspace, project.id, "backup", by, out)
        return out

    def rows_of(self, workspace: Workspace, image: str) -> list[dict[str, Any]]:
        """All that the database holds of an image's history, but for whose it is."""
        columns = [column.name for column in EntryTable.__table__.columns if column.name != "image_id"]
        stacks = ("undo_top", "redo_top", "seq", "state", "note", "words", "characters", "to_check", "search",
                  "name", "added_at", "added_by", "changed_at", "changed_by", "blob_hash")  # fmt: skip
        with workspace.store.database.reading() as session:
            row = session.get_one(ImageTable, image)
            entries = [session.get_one(EntryTable, (image, seq)) for seq in range(1, row.seq + 1)]
            return [{name: getattr(row, name) for name in stacks}] + [
                {name: getattr(entry, name) for name in columns} for entry in entries
            ]

    def test_everything_comes_back_bit_by_bit(
        self, workspace: Workspace, lively: Project, ann: User, url: str | None, tmp_path: Path
    ) -> None:
        before = workspace.images.page(lively.id, ann).images
        other = Workspace.open(tmp_path / "other", url)
        carl = other.accounts.guest("carl")
        target = other.projects.create("Restored", carl)

        restored = restore(other, target.id, "signs.zip", self.backup(workspace, lively, ann), carl).images

        assert [row.name for row in restored] == [row.name for row in before]
        for old, new in zip(before, restored, strict=True):
            assert new.id != old.id
            assert new.restored == old.seq
            assert other.images.read(new.id, carl) == workspace.images.read(old.id, ann)
            assert other.history.document(new.id, carl) == workspace.history.document(old.id, ann)
            assert self.rows_of(other, new.id) == self.rows_of(workspace, old.id)
        image = restored[0].id
        assert other.history.redo(image, other.images.get(image, carl).seq, carl).label == "Redo: Word ÄÖ"
        check_history(other.history.document(image, carl).document, other.history.entries(image, carl, changes=True))
        other.close()

    def test_a_backup_of_what_was_restored_is_the_same_backup(
        self, workspace: Workspace, lively: Project, ann: User
    ) -> None:
        first = self.backup(workspace, lively, ann)
        again = workspace.projects.create("Again", ann)
        restore(workspace, again.id, "signs.zip", first, ann)
        second = self.backup(workspace, again, ann)

        def content(data: io.BytesIO) -> dict[str, bytes]:
            opened = zipfile.ZipFile(data)
            return {name: opened.read(name) for name in opened.namelist() if name != "manifest.json"}

        assert content(first) == content(second)

    def tampered(self, data: io.BytesIO, change: Any, *, keep_checksums: bool = False) -> io.BytesIO:
        """A backup whose first history went through `change`."""
        opened, out = zipfile.ZipFile(data), io.BytesIO()
        files = {name: opened.read(name) for name in opened.namelist()}
        record = json.loads(files["histories/000001.json"])
        change(record)
        files["histories/000001.json"] = json.dumps(record).encode()
        if not keep_checksums:
            manifest = json.loads(files["manifest.json"])
            for file in manifest["files"]:
                file["sha256"] = hashlib.sha256(files[file["path"]]).hexdigest()
            files["manifest.json"] = json.dumps(manifest).encode()
        with zipfile.ZipFile(out, "w") as target:
            for name, content in files.items():
                target.writestr(name, content)
        return out

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda r: r["entries"].pop(3), "not numbered one after the other"),
            (lambda r: r["entries"].pop(), None),
            (lambda r: r["document"]["words"][0].update(text="other"), "does not add up to the document"),
            (lambda r: r["entries"][2].update(undoes=1), "does not take back what it says"),
            (lambda r: r["entries"][2].update(undoes=99), "does not take back what it says"),
            (lambda r: r["entries"][3].update(redoes=1), "does not do again what it says"),
            (lambda r: r["entries"][1].update(at="yesterday"), "expected a time in UTC"),
            (lambda r: r["entries"][1].update(by="a\0b"), "expected a text of at most 64 letters"),
            (lambda r: r["entries"][1].update(state="lost"), "expected one of new, annotated"),
            (lambda r: r["entries"][0]["change"]["words"][0]["after"]["characters"][0]["mask"].update(x=60), "crop"),
            (lambda r: r.update(name="../../etc/passwd"), "expected a plain file name"),
            (lambda r: r.update(image="0" * 64), "expected the checksum of one of the images"),
            (lambda r: r.pop("entries"), "the field 'entries' is missing"),
        ],
    )
    def test_a_backup_that_does_not_add_up_is_refused_whole(
        self, workspace: Workspace, lively: Project, ann: User, change: Any, said: str | None
    ) -> None:
        data = self.tampered(self.backup(workspace, lively, ann), change)
        target = workspace.projects.create("Restored", ann)

        if said is None:  # an earlier state is a state too: a verdict less
            assert len(restore(workspace, target.id, "signs.zip", data, ann).images) == 4
            return
        with pytest.raises(UploadError, match=said) as caught:
            restore(workspace, target.id, "signs.zip", data, ann)
        assert "histories/000001.json in signs.zip" in str(caught.value)
        assert workspace.images.page(target.id, ann).images == ()

    def test_a_damaged_file_is_named(self, workspace: Workspace, lively: Project, ann: User) -> None:
        backup = self.backup(workspace, lively, ann)
        data = self.tampered(backup, lambda record: record.update(name="b.png"), keep_checksums=True)

        with pytest.raises(UploadError, match=r"histories/000001\.json in signs\.zip is damaged: its checksum"):
            restore(workspace, lively.id, "signs.zip", data, ann)

    def test_another_export_is_no_backup(self, workspace: Workspace, project: Project, ann: User) -> None:
        out = io.BytesIO()
        export(workspace, project.id, "native", ann, out)

        with pytest.raises(UploadError, match="only a backup holds histories"):
            restore(workspace, project.id, "native.zip", out, ann)

    def test_a_clock_that_went_back_between_two_edits_refuses_no_backup(
        self, open_workspace: OpenWorkspace, url: str | None
    ) -> None:
        now = [datetime(2026, 1, 1, 12, tzinfo=UTC)]
        workspace = open_workspace(url, clock=lambda: now[0])
        ann = workspace.accounts.guest("Ann")
        project = workspace.projects.create("Signs", ann)
        row = workspace.images.add(project.id, "a.png", picture(), ann)
        workspace.history.set_note(row.id, "first", ann)
        now[0] -= timedelta(milliseconds=5)
        workspace.history.set_state(row.id, State.ACCEPTED, ann)

        again = workspace.projects.create("Again", ann)
        (restored,) = restore(workspace, again.id, "signs.zip", self.backup(workspace, project, ann), ann).images

        assert self.rows_of(workspace, restored.id) == self.rows_of(workspace, row.id)

    @pytest.mark.parametrize("seed", range(6))
    def test_whatever_is_written_is_restored(self, open_workspace: OpenWorkspace, seed: int) -> None:
        """Any picture, name, note, clock and history."""
        chance = random.Random(seed)
        now = [datetime(2026, 1, 1, tzinfo=UTC)]
        workspace = open_workspace(clock=lambda: now[0])
        ann = workspace.accounts.guest("".join(chance.choices("aé日 ﷺ'", k=12)).strip() or "Ann")
        project = workspace.projects.create("Signs", ann)
        rows = [workspace.images.add(project.id, odd_name(chance), odd_picture(chance), ann) for _ in range(4)]
        for _ in range(30):
            now[0] += timedelta(seconds=chance.uniform(-100, 100))
            image = chance.choice(rows).id
            opened = workspace.history.document(image, ann)
            act = chance.choice(["word", "undo", "redo", "note", "state"])
            if act == "word" and len(opened.document.words) < 3:
                after = with_word(opened.document, "".join(chance.choices("AB日é", k=2)))
                change = difference(opened.document, after)
                workspace.history.append(image, opened.seq, "add_word", odd_text(chance, 400), change, ann)
            elif act == "undo" and opened.undo:
                workspace.history.undo(image, opened.seq, ann)
            elif act == "redo" and opened.redo:
                workspace.history.redo(image, opened.seq, ann)
            elif act == "note":
                workspace.history.set_note(image, odd_text(chance, 200), ann)
            else:
                workspace.history.set_state(image, chance.choice(list(State)), ann)

        again = workspace.projects.create("Again", ann)
        backup = Upload("b.zip", self.backup(workspace, project, ann).getvalue())
        taken = import_uploads(workspace, again.id, [backup], ann)

        assert taken.faults == ()
        for old, new in zip(workspace.images.page(project.id, ann).images, taken.images, strict=True):
            assert self.rows_of(workspace, new.id) == self.rows_of(workspace, old.id)
            assert workspace.history.document(new.id, ann) == workspace.history.document(old.id, ann)

    def test_of_a_damaged_backup_the_rest_is_restored_on_request(
        self, workspace: Workspace, lively: Project, ann: User
    ) -> None:
        whole = self.backup(workspace, lively, ann)
        count = len(workspace.images.page(lively.id, ann).images)
        data = self.tampered(whole, lambda record: record["entries"].pop(), keep_checksums=True)
        target = workspace.projects.create("Restored", ann)

        with pytest.raises(DamagedBackup, match=rf"000001\.json.*{count - 1} image.* can be restored") as said:
            restore(workspace, target.id, "signs.zip", data, ann)
        assert workspace.images.page(target.id, ann).images == ()
        assert said.value.whole == count - 1
        restored = restore(workspace, target.id, "signs.zip", data, ann, rest=True)

        assert len(restored.images) == count - 1
        assert any("histories/000001.json" in fault for fault in restored.faults)


def odd_text(chance: random.Random, longest: int) -> str:
    letters = "aÄ日\u202e\u0000\n\t \ud800'\"<&/\\\\.:\u0301\U0001f4a9"
    return "".join(chance.choices(letters, k=chance.randrange(longest)))


def odd_name(chance: random.Random) -> str:
    """A file name from anywhere, also one that the limit cuts in the middle of "../"."""
    name = odd_text(chance, 40)
    return chance.choice([name, "/../" + name, "x" * chance.randrange(20) + "/../" + "y" * 296, ". ./../. " * 60])


def odd_picture(chance: random.Random) -> bytes:
    """A picture, often flat, which deflates by far more than photos do."""
    out = io.BytesIO()
    size = chance.randrange(80, 1800), chance.randrange(80, 700)
    mode, kind = chance.choice([("RGB", "BMP"), ("L", "BMP"), ("RGB", "PNG"), ("I;16", "TIFF"), ("RGBA", "PNG")])
    Image.new(mode, size, 9 if mode in ("L", "I;16") else "white").save(out, kind)
    return out.getvalue()
