"""XML files from strangers, read with defusedxml: no entities, no external parts; names without their namespace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from charsam.errors import WordsError
from charsam.types import FloatArray

MOST_BYTES: Final = 500_000_000
MOST_VERTICES: Final = 4096
NUMBER: Final = r"-?\d{1,7}(?:\.\d*)?(?:[eE][+-]?\d{1,2})?"
_POINTS: Final = re.compile(rf"({NUMBER})[,\s]+({NUMBER})(?:[\s;,]+|$)")


def root_name(path: Path) -> str:
    """The name of the root element. Raises WordsError, naming the file, for what is no XML."""
    try:
        with path.open("rb") as file:
            for _, element in iterparse(file, events=("start",), forbid_dtd=False):
                return local(element)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise WordsError(f"{path.name} is not valid XML ({_said(error)})") from error
    except OSError as error:
        raise WordsError(f"{path.name} cannot be read ({error.strerror})") from error
    raise WordsError(f"{path.name} is empty")


def read_xml(path: Path) -> Element:
    """The root element of a file. Raises WordsError, naming the file, for what is no XML, or is dangerous."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise WordsError(f"{path.name} has more than {MOST_BYTES // 1_000_000} MB")
        root: Element = fromstring(path.read_bytes(), forbid_dtd=False)
        return root
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise WordsError(f"{path.name} is not valid XML ({_said(error)})") from error
    except OSError as error:
        raise WordsError(f"{path.name} cannot be read ({error.strerror})") from error


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element, *names: str) -> Iterator[Element]:
    """The elements of these names right below one."""
    return (child for child in element if local(child) in names)


def below(element: Element, *names: str) -> Iterator[Element]:
    """All elements of these names, at any depth."""
    return (child for child in element.iter() if local(child) in names)


def child(element: Element, name: str) -> Element | None:
    """The first of them; None where there is none."""
    return next(children(element, name), None)


def numbers(place: str, element: Element, *names: str) -> list[float]:
    """Attributes that must be numbers. Raises WordsError."""
    found = []
    for name in names:
        text = element.get(name, "")
        if not re.fullmatch(NUMBER, text.strip()):
            raise WordsError(f"{place}: {local(element)}.{name}: expected a number; it is {text[:40]!r}")
        found.append(float(text))
    return found


def points(place: str, text: str | None) -> FloatArray:
    """(P, 2): the points of "x,y x,y …" or "x,y;x,y …". Raises WordsError."""
    text = (text or "").strip()
    found = _POINTS.findall(text)
    if not 3 <= len(found) <= MOST_VERTICES or _POINTS.sub("", text):
        raise WordsError(f"{place}: points: expected x,y of at least 3 points; it is {text[:60]!r}")
    return np.array(found, np.float64).astype(np.float32)


def _said(error: Exception) -> str:
    if isinstance(error, DefusedXmlException):
        return "it defines entities, which are not read"
    return str(error)
