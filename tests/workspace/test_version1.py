"""What charsam wrote on 28 November 2026 opens today: a workspace, a backup, words.json."""

import json
import zipfile
from pathlib import Path
from typing import Any

from workspaces import OpenWorkspace, picture

from charsam.editing.document_json import document_to_json
from charsam.workspace.uploads import Upload, import_uploads
from charsam.workspace.workspace import Workspace

FILES = Path(__file__).parent / "version1"
EXPECTED: dict[str, Any] = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))


def found(workspace: Workspace, project: str, name: str = "Ann") -> dict[str, Any]:
    """What `expected.json` says of each image of a project, read from a workspace."""
    by = workspace.accounts.guest(name)
    return {
        row.name: {
            "document": document_to_json(workspace.history.document(row.id, by).document),
            "state": row.state,
            "note": row.note,
            "history": [[one.kind, one.label, one.by, one.at] for one in workspace.history.entries(row.id, by)],
        }
        for row in workspace.images.each(project, by)
    }


def test_a_workspace_of_then_opens(open_workspace: OpenWorkspace, tmp_path: Path) -> None:
    with zipfile.ZipFile(FILES / "workspace.zip") as packed:
        packed.extractall(tmp_path / "workspace")
    workspace = open_workspace()
    (project,) = workspace.projects.of(workspace.accounts.guest("Ann"))

    assert found(workspace, project.id) == EXPECTED
    for row in workspace.images.each(project.id, workspace.accounts.guest("Ann")):
        image = workspace.history.fold(row.id, workspace.accounts.guest("Ann"))
        assert document_to_json(image) == EXPECTED[row.name]["document"]


def test_a_backup_of_then_comes_back(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace()
    bob = workspace.accounts.guest("Bob")
    project = workspace.projects.create("Back", bob)

    taken = import_uploads(workspace, project.id, [Upload("backup.zip", FILES / "backup.zip")], bob)

    assert taken.faults == ()
    assert found(workspace, project.id, "Bob") == EXPECTED


def test_words_json_of_then_brings_all_it_holds(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace()
    ann = workspace.accounts.guest("Ann")
    project = workspace.projects.create("Again", ann)
    uploads = [Upload("a.png", picture(1)), Upload("b.png", picture(2)), Upload("words.json", FILES / "words.json")]

    taken = import_uploads(workspace, project.id, uploads, ann)

    assert taken.faults == ()
    imported = found(workspace, project.id)
    assert (imported["a.png"]["state"], imported["a.png"]["note"]) == ("accepted", "look\nagain 🔤")
    for kept, name in (("street/a.png", "a.png"), ("b.png", "b.png")):
        before, after = EXPECTED[kept]["document"], imported[name]["document"]
        assert [held(word) for word in after["words"]] == [held(word) for word in before["words"]]


def held(word: dict[str, Any]) -> dict[str, Any]:
    """What words.json holds of a word."""
    characters = ("category", "quad", "box_source", "recognised", "probability", "positive", "negative", "quality",
                  "glyph_agreement", "suspicion", "review", "mask")  # fmt: skip
    return {
        **{key: word[key] for key in ("polygon", "text", "ignore", "text_read")},
        "reads": word["reads"] if word["characters"] else "",
        "characters": [{key: one[key] for key in characters} for one in word["characters"]],
    }
