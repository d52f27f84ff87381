"""Where the files that belong to the package lie: beside the code in an installed wheel, above it in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _folder(name: str) -> Path:
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


FONTS_DIR = _folder("fonts")
ASSETS_DIR = _folder("assets")
