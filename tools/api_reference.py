"""Write the reference of the Python library, made of its docstrings: `python tools/api_reference.py FOLDER`.

FOLDER/charsam.html is the front door; the other pages are what it leads to. Needs pdoc, one of the test packages.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import pdoc

import charsam

MODULES: Final = (
    "charsam",
    "charsam.types",
    "charsam.settings",
    "charsam.trace",
    "charsam.pipeline",
    "charsam.errors",
    "charsam.datasets.base",
    "charsam.datasets.registry",
    "charsam.datasets.native",
    "charsam.segmenters.base",
    "charsam.evaluation.metrics",
    "charsam.rle",
)
"""What a program that uses charsam has to do with."""


def write(folder: Path) -> None:
    """A page for each of MODULES. Warns of what cannot be documented."""
    for name in charsam.__all__:  # they are imported when first used; pdoc looks into the module only
        setattr(charsam, name, getattr(charsam, name))
    pdoc.render.configure(docformat="markdown", footer_text=f"charsam {charsam.__version__}")
    pdoc.pdoc(*MODULES, output_directory=folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    write(parser.parse_args().folder)


if __name__ == "__main__":
    main()
