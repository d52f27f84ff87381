"""Two folders read as one dataset: masks that lie apart from the images and words that they belong to."""

from __future__ import annotations

from pathlib import Path

from charsam.errors import SettingsError


def joined(masks: Path, images: Path | None, folder: Path) -> Path:
    """The folder of a dataset's masks, or, where its images and words lie in another, one with links to both.

    Raises SettingsError where one of them is no folder.
    """
    for named in (masks, images):
        if named is not None and not named.is_dir():
            raise SettingsError(f"there is no folder {named}")
    if images is None:
        return masks
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in (("masks", masks), ("given", images)):
        link = folder / name
        if link.is_symlink():
            link.unlink()
        link.symlink_to(target.absolute(), target_is_directory=True)
    return folder
