"""The images that a command is given, each with a name and a stem of its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from charsam.cli.command import say
from charsam.datasets.label_pictures import label_pictures
from charsam.errors import SettingsError
from charsam.images import is_image_file, unread_picture
from charsam.runs.photos import Photo


def jobs_of(given: Sequence[Path], out: Path) -> list[Photo]:
    """Every image once, those in the folder for the results and masks of others left out.

    Raises SettingsError for a path that does not exist, or where there is no image at all.
    """
    found: dict[Path, str] = {}
    paths: dict[Path, list[Path]] = defaultdict(list)
    for path in given:
        if path.is_dir():
            images = {p: p.relative_to(path).as_posix() for p in sorted(path.rglob("*")) if p.is_file()}
            for file, name in images.items():
                if (why := unread_picture(file)) is not None:
                    say(f"{name} was left out: {why}")
            images = {p: name for p, name in images.items() if is_image_file(p)}
            if out != path.resolve():
                images = {p: name for p, name in images.items() if out not in p.resolve().parents}
            for mask, photo in label_pictures(images, ()).items():
                say(f"{mask} is a mask of {photo}; it was left out")
                del images[mask]
            for image, name in images.items():
                found.setdefault(image.resolve(), name)
                paths[image.resolve()].append(image.absolute())
        elif path.exists() and not path.is_file():
            raise SettingsError(f"{path} is neither a file nor a folder")
        elif path.exists():
            found.setdefault(path.resolve(), path.name)
            paths[path.resolve()].append(path.absolute())
        else:
            raise SettingsError(f"{path} does not exist")
    if not found:
        raise SettingsError(f"there is no image in {', '.join(str(path) for path in given)}")
    return [replace(job, also=tuple(paths[job.image])) for job in _with_stems(_told_apart(found))]


def _told_apart(found: dict[Path, str]) -> dict[Path, str]:
    """The images' names, of those that repeat as much of the path as tells them apart."""
    names = dict(found)
    depth = 1
    while len(set(names.values())) < len(names):
        depth += 1
        repeated = Counter(names.values())
        names = {image: "/".join(image.parts[-depth:]) if repeated[name] > 1 else name for image, name in names.items()}
    return names


def _with_stems(found: dict[Path, str]) -> list[Photo]:
    """Stems that no two images share: the file's own where it is the only one, else with its folder and suffix."""
    plain = Counter(Path(file).stem.casefold() for file in found.values())
    jobs, taken = [], set()
    for image, name in found.items():
        file = name.encode("utf-8", "backslashreplace").decode()
        stem = Path(file).stem
        if plain[stem.casefold()] > 1:
            stem = file.replace("/", "__").replace(".", "_")
        number = 2
        unique = stem
        while unique.casefold() in taken:
            unique, number = f"{stem}_{number}", number + 1
        taken.add(unique.casefold())
        jobs.append(Photo(image, file, unique))
    return jobs
