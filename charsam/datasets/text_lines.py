"""Text files of one word a line that begins with numbers: which of the formats that look alike a whole upload is in.

A line decides nothing by itself: a text may hold commas and digits, and a line may be broken. All lines of all files
are counted, and the format that most of them are in is that of all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

MLT17_SCRIPTS: Final = ("Arabic", "Latin", "Chinese", "Japanese", "Korean", "Bangla", "Symbols", "Mixed", "None")
MLT19_SCRIPTS: Final = (*MLT17_SCRIPTS, "Hindi")
CTW_MARK: Final = "####"
MOST_POINTS: Final = 64
_NUMBER: Final = re.compile(r"\s*[+-]?\d{1,7}(?:\.\d*)?(?:[eE][+-]?\d{1,2})?\s*")
_CHARACTER: Final = re.compile(r'#?\s*(?:\d{1,3}[\s,]+){3}(?:-?\d{1,6}(?:\.\d*)?[\s,]+){6}".*"')
_PREFIXES: Final = re.compile(r"(?:poly_gt_|gt_|res_)(?=.)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NumberLine:
    """numbers: those that a line begins with. rest: what follows them; None where nothing does. commas: whether commas
    part them, or white space.
    """

    numbers: tuple[float, ...]
    rest: str | None
    commas: bool


def parsed(line: str) -> NumberLine:
    """The numbers at the beginning of a line, and the rest of it."""
    first = line.split(",", 1)[0]
    commas = "," in line and _NUMBER.fullmatch(first) is not None
    parts = line.split(",") if commas else line.split()
    count = 0
    while count < len(parts) and (not commas or count < 2 * MOST_POINTS) and _NUMBER.fullmatch(parts[count]):
        count += 1
    numbers = tuple(float(part) for part in parts[:count])
    if count == len(parts):
        return NumberLine(numbers, None, commas)
    rest = ",".join(parts[count:]) if commas else line.split(None, count)[count]
    return NumberLine(numbers, rest, commas)


def outline(line: str) -> tuple[NDArray[np.float64], str | None] | None:
    """(P, 2) the points of `x1,y1,…,x4,y4,text` with four points or more, and the text (None: there is none).

    None where it begins with fewer than eight numbers. Numbers that make no proper polygon with those before them are
    the beginning of the text.
    """
    found = parsed(line)
    numbers, rest = found.numbers, found.rest
    if not found.commas or len(numbers) < 8:
        return None
    count = len(numbers) - len(numbers) % 2
    if len(numbers) == 10 and rest is None:
        count = 8  # a number with a comma, such as a price
    if count > 8 and not _is_outline(np.array(numbers[:count]).reshape(-1, 2)):
        count = 8
    points = np.array(numbers[:count]).reshape(-1, 2)
    parts = line.split(",", count)
    return points, parts[count] if len(parts) > count else None


def kind_of(lines: Iterable[str]) -> str | None:
    """What most lines of a file look like: "quads", "ctw", "boxes" (ICDAR13), "yolo"; None where most are none of
    these.
    """
    counts: Counter[str | None] = Counter(_kind(line) for line in lines)
    if not counts:
        return None
    kind, most = max(counts.items(), key=lambda item: (item[1], item[0] is not None))
    return kind if 2 * most >= counts.total() else None


def script_format(files: Iterable[Sequence[str]]) -> str:
    """For all the files of quads together: "mlt17", "mlt19", or "icdar15" where most texts follow no script."""
    scripts: Counter[str] = Counter()
    total = 0
    for lines in files:
        for line in lines:
            found = parsed(line)
            if len(found.numbers) == 8 and found.rest is not None:
                total += 1
                script, comma, _ = found.rest.partition(",")
                scripts[script.strip().capitalize() if comma else ""] += 1
    known = sum(scripts[script] for script in MLT19_SCRIPTS)
    if 2 * known <= total or not known:
        return "icdar15"
    return "mlt19" if set(scripts) & (set(MLT19_SCRIPTS) - set(MLT17_SCRIPTS)) else "mlt17"


def image_stems(path: Path) -> tuple[str, ...]:
    """What the image of a text file may be called, the surest first: gt_img_1.txt is for img_1, or else for
    gt_img_1.
    """
    plain = _PREFIXES.sub("", path.stem, count=1)
    return tuple(dict.fromkeys((plain, path.stem)))


def _kind(line: str) -> str | None:
    if _CHARACTER.fullmatch(line.strip()):
        return "boxes"
    found = parsed(line)
    count = len(found.numbers)
    if found.commas and count >= 8:
        ctw = found.rest is not None and found.rest.startswith(CTW_MARK) and count > 8
        return "ctw" if ctw else "quads"
    if 4 <= count < 8 and found.rest is not None:
        return "boxes"
    return "yolo" if _is_yolo(found) else None


def _is_yolo(found: NumberLine) -> bool:
    """A class and 4 shares (box), 8 (turned box) or an outline of the image's width and height."""
    shares = found.numbers[1:]
    if found.commas or found.rest is not None or (len(shares) not in (4, 5) and (len(shares) < 6 or len(shares) % 2)):
        return False
    return found.numbers[0] >= 0 and found.numbers[0].is_integer() and all(-0.1 <= share <= 1.1 for share in shares)


def _is_outline(points: NDArray[np.float64]) -> bool:
    """Whether points make a polygon that does not cross itself; one or two more than four must also lie near these."""
    if len(points) < 6:
        low, high = points[:4].min(0), points[:4].max(0)
        reach = (high - low).max()
        if (points < low - reach).any() or (points > high + reach).any():
            return False
    ends = np.roll(points, -1, axis=0)
    for i in range(len(points)):
        for j in range(i + 2, len(points)):
            if (i, j) != (0, len(points) - 1) and _cross(points[i], ends[i], points[j], ends[j]):
                return False
    return True


def _cross(a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64], d: NDArray[np.float64]) -> bool:
    def side(p: NDArray[np.float64], q: NDArray[np.float64], r: NDArray[np.float64]) -> float:
        return float((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
