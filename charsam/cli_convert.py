"""`charsam convert`: a dataset in another format. `charsam export`: a project of a workspace as files."""

from __future__ import annotations

import argparse
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from charsam.datasets.registry import NAMES
from charsam.datasets.writers import FORMATS, WRITERS, writer_named
from charsam.errors import CharsamError, DatasetError, SettingsError, sentence

SHOWN = 50
"""So many faults are named one by one."""


def add_parsers(commands: Any) -> None:
    """Add the commands to the subparsers of `charsam`."""
    convert = commands.add_parser(
        "convert",
        help="write a dataset in another format",
        description=f"Reads {', '.join(NAMES)} (auto: told by the fields of the files). Writes {', '.join(FORMATS)}.",
    )
    convert.add_argument("form", metavar="FROM", choices=NAMES, help="format of the dataset, or auto")
    convert.add_argument("root", metavar="ROOT", type=Path, help="folder or zip file that holds it")
    convert.add_argument("to", metavar="TO", choices=FORMATS, help="format to write")
    convert.add_argument("out", metavar="OUT", type=Path, help="folder for the result; made where it is missing")
    convert.add_argument("--split", default=None, help="train, val or test, where the dataset has them (default: all)")
    convert.add_argument("--encoding", default=None, help="of text files that are not UTF-8, such as gb18030")
    convert.add_argument("--images", action="store_true", help="the photos too")
    _without_rejected(convert)
    convert.set_defaults(run=run_convert)
    export = commands.add_parser(
        "export",
        help="write a project of the app's workspace",
        description=f"Formats: {', '.join([*FORMATS, 'backup'])}.",
    )
    export.add_argument("project", metavar="WORKSPACE/PROJECT", help="the workspace's folder and the project's name")
    export.add_argument("to", metavar="FORMAT", choices=[*FORMATS, "backup"], help="format to write")
    export.add_argument("out", metavar="OUT", type=Path, help="a zip file, or a folder to unpack it into")
    export.add_argument("--user", default=None, help="of projects of one name, the one of this person")
    export.add_argument("--database", metavar="URL", default=None, help="SQLAlchemy URL, where it is no SQLite file")
    export.add_argument("--images", action="store_true", help="the photos too")
    export.add_argument("--accepted-only", action="store_true", help="only pictures that somebody accepted")
    _without_rejected(export)
    export.set_defaults(run=run_export)


def _without_rejected(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--without-rejected",
        action="store_true",
        help="without characters that somebody rejected; their pixels are ignored where the format can say so",
    )


def run_convert(args: argparse.Namespace) -> int:
    """0: all images written; 1: some could not be; 2: the arguments cannot be used."""
    from charsam.converting import convert
    from charsam.datasets.encodings import reading_as
    from charsam.roots import opened_root

    try:
        if args.out.resolve() == args.root.resolve():
            raise SettingsError("OUT must be another folder than ROOT")
        with reading_as(args.encoding), opened_root(args.root, args.encoding) as root:
            done = convert(
                args.form,
                root,
                args.to,
                args.out,
                split=args.split,
                photos=args.images,
                without_rejected=args.without_rejected,
            )
    except (DatasetError, SettingsError) as error:
        return _failed("convert", error, 2)
    except (CharsamError, OSError) as error:
        return _failed("convert", error, 1)
    _list("convert", [fault.message for fault in done.faults])
    print(f"{done.images} images written to {args.out}: {done.words} words, {done.characters} characters")
    if done.images and not done.masked and writer_named(args.to).masks:
        print(
            f"charsam convert: {args.form} has no masks of characters, so {WRITERS[args.to].title} is empty; "
            "annotate first: charsam annotate FORMAT --root ROOT --out OUT",
            file=sys.stderr,
        )
        return 1
    return 1 if done.faults or not done.images else 0


def run_export(args: argparse.Namespace) -> int:
    """0: done; 1: it failed, or no image is in it; 2: the arguments cannot be used."""
    from charsam.workspace.transfer import Filters, export
    from charsam.workspace.workspace import Workspace

    folder, _, name = str(args.project).rpartition("/")
    try:
        if not folder or not Path(folder).is_dir():
            raise SettingsError(f"{folder or args.project} is no folder of a workspace; expected WORKSPACE/PROJECT")
        as_zip = args.out.suffix.lower() == ".zip"
        args.out.parent.mkdir(parents=True, exist_ok=True)
    except (CharsamError, OSError) as error:
        return _failed("export", error, 2)
    target = args.out if as_zip else args.out.with_name(f".{args.out.name}.part.zip")
    try:
        workspace = Workspace.open(Path(folder), args.database)
        try:
            project, by = workspace.project_named(name, args.user)
            filters = Filters(args.accepted_only, args.without_rejected)
            with target.open("wb") as file:
                done = export(workspace, project.id, args.to, by, file, with_images=args.images, filters=filters)
        finally:
            workspace.close()
        if not as_zip:
            with zipfile.ZipFile(target) as made:
                made.extractall(args.out)
    except (CharsamError, OSError) as error:
        target.unlink(missing_ok=True)
        return _failed("export", error, 1)
    if not as_zip:
        target.unlink(missing_ok=True)
    _list("export", [f"{left}: {why}" for left, why in done.left_out])
    print(f"{done.images} images written to {args.out}, {len(done.left_out)} left out")
    return 0 if done.images else 1


def _list(command: str, messages: Sequence[str]) -> None:
    for message in messages[:SHOWN]:
        print(f"charsam {command}: {message}", file=sys.stderr)
    if len(messages) > SHOWN:
        print(f"charsam {command}: {len(messages) - SHOWN} more of that kind", file=sys.stderr)


def _failed(command: str, error: Exception, status: int) -> int:
    print(f"charsam {command}: {sentence(error)}", file=sys.stderr)
    return status
