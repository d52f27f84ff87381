"""What the inspect tab shows: JSON values for `static/inspect_tab.js`, made from stories, findings and traces."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from charsam.colours import OKABE_ITO
from charsam.editing.conversion import merge_annotation
from charsam.editing.document import Document
from charsam.editing.document_json import document_to_json
from charsam.inspection.failures import EXPLANATIONS, FailureKind
from charsam.inspection.findings import CharacterFinding, WordFinding
from charsam.inspection.sheets import TRUTH_COLOURS, palette_png, truth_indices
from charsam.inspection.story import FontVote, Story
from charsam.inspection.strips import sample_labels
from charsam.inspection.truth_files import TruthFile
from charsam.sampling import sample_strip
from charsam.server import overlays
from charsam.server.wording import doubts
from charsam.trace import Trace
from charsam.types import BoolArray, FloatArray, ImageAnnotation, ImageArray, PromptMode

Value = dict[str, Any]
Colour = tuple[int, int, int]

SIGNALS: Final = {
    "quality": "Segmenter unsure",
    "glyph": "Differs from the fonts",
    "reading": "Reads as something else",
    "source": "How the box was found",
    "shape": "Empty or solid",
    "text": "The word reads otherwise",
}
PHOTO_SCALE: Final = 3.0
LONGEST_PHOTO: Final = 2400
TILE: Final = 32
TILES_ACROSS: Final = 20
DIFFERENCE: Final = ((86, 180, 233), (230, 80, 0), (240, 228, 66))
"""Pixels of both masks, of the one alone, of the other alone: Okabe and Ito's blue, vermilion, yellow."""


def story_value(image: ImageArray, story: Story, finding: CharacterFinding, word: WordFinding, *, truth: bool) -> Value:
    """One character with all its stages. finding, word: of the newest document. truth: whether its image has one."""
    frame = story.regions.frame
    own = story.boxes[story.index]
    now = sample_labels(_labels(image.shape, finding), frame, 1.0) > 0
    votes = story.votes
    value: Value = {
        "category": finding.character.category,
        "word": word.text,
        "ref": f"w{word.index}c{finding.index}",
        "has_truth": truth,
        "size": [frame.width, frame.height],
        "photo": _photo(image, story),
        "heat": overlays.heat_uri(story.regions.region),
        "before": [_box(box) for box in story.craft_boxes],
        "after": [{"box": _box(box.box), "category": box.category, "source": str(box.source)} for box in story.boxes],
        "own": story.index,
        "points": {"positive": _points(story.points.positive), "negative": _points(story.points.negative)},
        "logits": logits_uri(story.logits),
        "logit": [round(float(story.logits.max()), 1), round(float(np.abs(story.logits).min()), 2)],
        "modes": [
            {
                "mode": str(one.mode),
                "mask": difference_uri(one.mask, now),
                "pixels": one.character.mask.area,
                "quality": _number(one.character.quality),
                "agreement": _number(one.character.glyph_agreement),
            }
            for one in story.modes
        ],
        "read": {
            "word": story.read,
            "probability": _number(story.read_probability),
            "place": _number(story.position_probability),
            "box": own.recognised,
            "here": _number(own.probability),
        },
        "fonts": len(story.fonts),
        **finding_value(finding),
    }
    if votes is not None:
        size = overlays.tile_size(own.box)
        value["votes"] = {
            "foreground": overlays.votes_uri(votes.foreground, size, "#FFFFFF"),
            "hole": overlays.votes_uri(votes.hole, size, OKABE_ITO[0]),
            "size": list(size),
        }
        value["sheet"] = fonts_value(story.fonts)
    if truth and word.true is not None and finding.match is not None:
        h, w = word.strip.labels.shape
        value["truth"] = _png_uri(truth_indices(word.strip.labels, word.true), TRUTH_COLOURS)
        value["truth_size"] = [w, h]
    return value


def finding_value(finding: CharacterFinding) -> Value:
    """What speaks for and against a character, in numbers and words."""
    found, kind = finding.character, finding.failure or finding.suspected
    value: Value = {
        "suspicion": _number(finding.suspicion),
        "quality": _number(found.quality),
        "agreement": _number(found.glyph_agreement),
        "contrast": None if finding.clues.contrast is None else round(finding.clues.contrast),
        "source": str(found.box_source),
        "reasons": list(finding.reasons),
        "signals": [[SIGNALS.get(name, name), _number(part)] for name, part in finding.signals.items()],
        "kinds": [[str(one), _number(finding.clues.kinds[one])] for one in FailureKind],
        "failure": None if finding.failure is None else str(finding.failure),
        "suspected": None if finding.suspected is None else str(finding.suspected),
        "explanation": None if kind is None else [EXPLANATIONS[kind].looks, EXPLANATIONS[kind].mend],
        "compared": None,
    }
    if finding.match is not None:
        compared = finding.match.comparison
        value["compared"] = {
            "iou": _number(compared.iou),
            "boundary": None if compared.boundary is None else round(compared.boundary, 1),
            "hits": compared.hits,
            "false": compared.false,
            "missed": compared.missed,
            "truly": finding.match.category,
        }
    return value


def fonts_value(fonts: tuple[FontVote, ...]) -> Value:
    """A sheet with the glyph of every font, the one most like the mask first: strokes white, holes orange."""
    rows = -(-len(fonts) // TILES_ACROSS)
    indices = np.zeros((rows * TILE, min(len(fonts), TILES_ACROSS) * TILE), np.uint8)
    for number, font in enumerate(fonts):
        y, x = divmod(number, TILES_ACROSS)
        cells = np.where(font.foreground, 2, np.where(font.hole, 3, 1)).astype(np.uint8)
        tile = cv2.resize(cells, (TILE - 3, TILE - 3), interpolation=cv2.INTER_NEAREST)
        indices[y * TILE : y * TILE + TILE - 3, x * TILE : x * TILE + TILE - 3] = tile
    names = [f"{font.font.rsplit('.', 1)[0]}: {font.iou:.2f} with the mask" for font in fonts]
    colours = ((32, 32, 32), (255, 255, 255), (230, 159, 0))
    return {"src": _png_uri(indices, colours), "tile": TILE, "across": TILES_ACROSS, "names": names}


def compare_value(shown: list[tuple[str, Trace]]) -> Value:
    """Two results side by side, and where they differ; the pictures zoom together."""
    panes = [{"title": title, **pane_value(_annotation(trace))} for title, trace in shown]
    first, second = (_annotation(trace) for _, trace in shown)
    both = text_difference(first, second)
    same = float((both == 1).sum()) / max(int((both > 0).sum()), 1)
    title = f"difference · {same:.1%} of the text pixels agree"
    panes.append({"title": title, **pane_value(first, _png_uri(both, DIFFERENCE))})
    return {"panes": panes, "legend": ["both", "first only", "second only"], "colours": [_css(c) for c in DIFFERENCE]}


def modes_value(shown: list[tuple[PromptMode, Trace]], now: PromptMode) -> Value:
    """The prompt modes side by side: the masks of the one that is set, of the others what differs from it."""
    own = next(_annotation(trace) for mode, trace in shown if mode is now)
    panes = []
    for mode, trace in shown:
        found = _annotation(trace)
        raster = None if mode is now else _png_uri(text_difference(own, found), DIFFERENCE)
        panes.append({"title": f"{mode.value} · {doubts(found)}", **pane_value(found, raster)})
    legend = ["both", f"only {now.value}", "only this mode"]
    return {"panes": panes, "legend": legend, "colours": [_css(colour) for colour in DIFFERENCE]}


def pane_value(annotation: ImageAnnotation, raster: str | None = None) -> Value:
    """A picture to look at: a document, and pixels in place of its masks."""
    document = merge_annotation(Document(annotation.width, annotation.height), annotation)
    return {"document": document_to_json(document), "raster": raster}


def truth_value(annotation: ImageAnnotation, given: TruthFile, findings: tuple[WordFinding, ...]) -> Value:
    """An image against its truth: the pixels coloured, and a row for every character, the worst first."""
    made, truth = annotation.character_mask() > 0, given.truth
    indices = truth_indices(made.astype(np.int32), np.where(truth.ignored, 2, truth.text.astype(np.int32)))
    rows = [
        {
            "ref": f"w{word.index}c{one.index}",
            "category": one.character.category,
            "word": word.text,
            **finding_value(one),
        }
        for word in findings
        for one in word.characters
        if one.match is not None
    ]
    rows.sort(key=lambda row: row["compared"]["iou"])
    counts = {str(kind): sum(row["failure"] == str(kind) for row in rows) for kind in FailureKind}
    return {
        "form": given.form,
        "pane": pane_value(annotation, _png_uri(indices, TRUTH_COLOURS)),
        "rows": rows,
        "counts": [[kind, count] for kind, count in counts.items() if count],
        "mean": _number(float(np.mean([row["compared"]["iou"] for row in rows]))) if rows else None,
        "legend": ["true", "false", "missed", "ignored"],
        "colours": [_css(colour) for colour in TRUTH_COLOURS],
    }


def text_difference(first: ImageAnnotation, second: ImageAnnotation) -> NDArray[np.uint8]:
    """(H, W): 1 where both have text, 2 the first alone, 3 the second alone, 0 elsewhere."""
    a, b = first.character_mask() > 0, second.character_mask() > 0
    return np.select([a & b, a, b], [1, 2, 3], 0).astype(np.uint8)


def logits_uri(logits: FloatArray) -> str:
    """Logits as colours: blue below 0, white at 0, vermilion above, full at 6."""
    share = np.clip(logits / 6.0, -1, 1)[..., None]
    low, middle, high = (np.array(colour, np.float32) for colour in ((0, 90, 160), (250, 250, 250), (213, 94, 0)))
    colours = np.where(share < 0, middle + (low - middle) * -share, middle + (high - middle) * share)
    return overlays.data_uri(Image.fromarray(colours.astype(np.uint8)), "PNG")


def difference_uri(mask: BoolArray, other: BoolArray) -> str:
    """A mask against another: both, it alone, the other alone (DIFFERENCE)."""
    return _png_uri(np.select([mask & other, mask, other], [1, 2, 3], 0).astype(np.uint8), DIFFERENCE)


def _annotation(trace: Trace) -> ImageAnnotation:
    assert trace.annotation is not None
    return trace.annotation


def _labels(shape: tuple[int, ...], finding: CharacterFinding) -> NDArray[np.int32]:
    labels = np.zeros(shape[:2], np.int32)
    mask = finding.character.mask
    h, w = mask.pixels.shape
    labels[mask.y : mask.y + h, mask.x : mask.x + w] = mask.pixels
    return labels


def _photo(image: ImageArray, story: Story) -> str:
    frame = story.regions.frame
    strip = sample_strip(image, frame, min(PHOTO_SCALE, LONGEST_PHOTO / frame.width))
    return overlays.data_uri(Image.fromarray(strip), "JPEG", quality=88)


def _png_uri(indices: NDArray[np.uint8], colours: Sequence[Colour]) -> str:
    return f"data:image/png;base64,{base64.b64encode(palette_png(indices, colours)).decode()}"


def _box(box: FloatArray) -> list[float]:
    return [round(float(value), 1) for value in box]


def _points(points: FloatArray) -> list[list[float]]:
    return [[round(float(x), 1), round(float(y), 1)] for x, y in points]


def _number(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)


def _css(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
