"""`charsam convert`: a dataset in another format. `charsam export`: a project of a workspace as files."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Annotated

import typer

from charsam.cli.command import Stop, arguments, command, say, say_each
from charsam.cli.options import Encoding, Split, WithoutRejected, one_of
from charsam.datasets.registry import NAMES
from charsam.datasets.writers import FORMATS, WRITERS, writer_named
from charsam.errors import CharsamError, DatasetError, SettingsError, sentence

SHOWN = 50
"""So many faults are named one by one."""
Photos = Annotated[bool, typer.Option("--images", help="the photos too")]


@command("convert", example="charsam convert icdar15 ICDAR2015.zip coco OUT --images")
def convert(
    form: Annotated[
        str,
        typer.Argument(
            **one_of(NAMES, metavar="FROM", help=f"its format: {', '.join(NAMES)}; auto: told by its files")
        ),
    ],
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="folder or zip file that holds the dataset")],
    to: Annotated[str, typer.Argument(**one_of(FORMATS, metavar="TO", help=f"format to write: {', '.join(FORMATS)}"))],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="folder for the result; made if it is missing")],
    *,
    split: Split = None,
    encoding: Encoding = None,
    images: Photos = False,
    without_rejected: WithoutRejected = False,
) -> int:
    """Write a dataset in another format."""
    from charsam import format_conversion
    from charsam.dataset_root import opened_root
    from charsam.datasets.encodings import reading_as

    with arguments(DatasetError, SettingsError), reading_as(encoding), opened_root(root, encoding) as folder:
        if out.resolve() == root.resolve():
            raise SettingsError("OUT must be another folder than ROOT")
        done = format_conversion.convert(
            form, folder, to, out, split=split, photos=images, without_rejected=without_rejected
        )
    say_each([fault.message for fault in done.faults], most=SHOWN)
    print(f"{done.images} images written to {out}: {done.words} words, {done.characters} characters")
    if done.images and not done.masked and writer_named(to).masks:
        raise Stop(
            f"{form} has no masks of characters, so {WRITERS[to].title} is empty; "
            "annotate first: charsam annotate FORMAT --root ROOT --out OUT"
        )
    return 1 if done.faults or not done.images else 0


@command("export", example="charsam export ~/.local/share/charsam/workspace/Signs coco signs.zip")
def export(
    project: Annotated[
        str, typer.Argument(metavar="WORKSPACE/PROJECT", help="the workspace's folder and the project's name")
    ],
    to: Annotated[
        str,
        typer.Argument(**one_of([*FORMATS, "backup"], metavar="FORMAT", help=f"{', '.join(FORMATS)}, or backup")),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="a zip file, or a folder to unpack it into")],
    *,
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="of projects of one name, the one of this person")
    ] = None,
    database: Annotated[str | None, typer.Option(metavar="URL", help="SQLAlchemy URL, if it is no SQLite file")] = None,
    images: Photos = False,
    accepted_only: Annotated[
        bool, typer.Option("--accepted-only", help="only pictures that somebody accepted")
    ] = False,
    without_rejected: WithoutRejected = False,
) -> int:
    """Write a project of the app's workspace."""
    from charsam.workspace import project_export
    from charsam.workspace.workspace import Workspace

    folder, _, name = project.rpartition("/")
    with arguments():
        if not folder or not Path(folder).is_dir():
            raise SettingsError(f"{folder or project} is no folder of a workspace; expected WORKSPACE/PROJECT")
        as_zip = out.suffix.lower() == ".zip"
        out.parent.mkdir(parents=True, exist_ok=True)
    target = out if as_zip else out.with_name(f".{out.name}.part.zip")
    try:
        workspace = Workspace.open(Path(folder), database)
        try:
            chosen, by = workspace.projects.named(name, user)
            filters = project_export.Filters(accepted_only, without_rejected)
            with target.open("wb") as file:
                done = project_export.export(workspace, chosen.id, to, by, file, with_images=images, filters=filters)
        finally:
            workspace.close()
        if not as_zip:
            with zipfile.ZipFile(target) as made:
                made.extractall(out)
    except (CharsamError, OSError) as error:
        target.unlink(missing_ok=True)
        raise Stop(sentence(error)) from error
    if not as_zip:
        target.unlink(missing_ok=True)
    for left, why in done.left_out[:SHOWN]:
        say(f"{left}: {why}")
    if len(done.left_out) > SHOWN:
        say(f"{len(done.left_out) - SHOWN} more were left out")
    print(f"{done.images} images written to {out}, {len(done.left_out)} left out")
    return 0 if done.images else 1
