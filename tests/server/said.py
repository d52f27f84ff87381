"""The sentences that the server says to people, as its source holds them: {0}, {1} … stand for values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent.parent / "charsam"
ROOMS = (
    "server",
    "workspace",
    "editing",
    "inspection/findings.py",
    "inspection/failures.py",
    "inspection/truth_files.py",
    "datasets",
    "learning",
    "segmenters/learned.py",
    "segmenters/sam.py",
    "checks.py",
    "polygon.py",
    "dataset_root.py",
    "images.py",
    "cancellation.py",
)
OPERATOR = ("database.py", "serving.py", "logging_setup.py", "static_files.py", "migrations")
"""What whoever starts the server reads, in a terminal."""
SLIPS = ("AssertionError", "ValueError", "KeyError", "TypeError", "RuntimeError", "OSError")
"""What only a slip of the program raises, or what is caught and said otherwise."""
NAMES = ("label", "message", "why", "reason", "WRONG", "problem", "text", "error", "lead", "title", "STEPS")


def said() -> dict[str, str]:
    """Every sentence, with the file that says it."""
    found: dict[str, str] = {}
    for room in ROOMS:
        place = PACKAGE / room
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            if not set(path.relative_to(PACKAGE).parts) & set(OPERATOR):
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                    for sentence in _sentences(node):
                        found.setdefault(sentence, str(path.relative_to(PACKAGE)))
    return found


def _sentences(node: ast.AST) -> Iterator[str]:
    for given in _saying(node):
        yield from _texts(given)


def _saying(node: ast.AST) -> list[ast.expr]:
    """What of a statement or expression is said."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return [] if getattr(node.exc.func, "id", "") in SLIPS else node.exc.args
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        named = [keyword.value for keyword in node.keywords if keyword.arg in NAMES]
        return (
            [*node.args, *named]
            if called in {"__init__", "Outcome", "tell", "Explanation"} or called.endswith("Error")
            else named
        )
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [node.value] if any(getattr(target, "id", "") in NAMES for target in targets) else []
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [value for key, value in pairs if isinstance(key, ast.Constant) and key.value in NAMES]
    return []


def _within(node: ast.expr) -> list[ast.expr]:
    """The expressions that one is made of, where each may be a text."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.Tuple):
        return node.elts
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Markup":
        return node.args
    if isinstance(node, ast.Subscript):
        return [node.value]
    return node.values if isinstance(node, ast.BoolOp) else []


def _texts(node: ast.expr) -> Iterator[str]:
    """The whole texts that an expression may be."""
    for value in _within(node):
        yield from _texts(value)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if " " in node.value:
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts, number = [], 0
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(str(part.value))
            else:
                parts.append(f"{{{number}}}")
                number += 1
        text = "".join(parts)
        if any(letter.isalpha() for letter in text.replace("{", "").replace("}", "")) and " " in text:
            yield text
