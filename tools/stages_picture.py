"""Make the README's animated picture (assets/stages.webp): an example going through the stages.

PYTHONPATH=. python tools/stages_picture.py [--example curved_line]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image

from charsam.colours import OKABE_ITO, colour_index, rgb
from charsam.geometry import box_quad, image_window, warp_to_image
from charsam.images import load_image
from charsam.paths import ASSETS_DIR
from charsam.pipeline import CharSAM
from charsam.trace import Settings, Trace
from charsam.types import ImageArray

OUT: Final = ASSETS_DIR / "stages.webp"
WIDTH: Final = 640
SHOWN: Final = 1400
"""Milliseconds of a frame."""
INK, PAPER = (20, 20, 20), (255, 255, 255)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--example", default="curved_line")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    trace = CharSAM().run(load_image(ASSETS_DIR / "examples" / f"{args.example}.jpg"), None, Settings())
    frames = [
        titled(trace.image, "A picture"),
        titled(words(trace), "Words: found and read"),
        titled(heat(trace), "CRAFT: where characters are"),
        titled(boxes(trace), "CBR: a box for every character"),
        titled(points(trace), "CGR: the points that 80 fonts vote for"),
        titled(masks(trace), "Masks of every character"),
    ]
    first, *others = (Image.fromarray(frame) for frame in frames)
    first.save(args.out, save_all=True, append_images=others, duration=SHOWN, loop=0, quality=70, method=6)
    print(f"{args.out}: {args.out.stat().st_size / 1e3:.0f} kB")


def titled(picture: ImageArray, text: str) -> ImageArray:
    """The picture, WIDTH wide, with a line of text below."""
    height = round(picture.shape[0] * WIDTH / picture.shape[1])
    small = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)
    bar = np.full((40, WIDTH, 3), PAPER, np.uint8)
    cv2.putText(bar, text, (12, 27), cv2.FONT_HERSHEY_SIMPLEX, 0.7, INK, 1, cv2.LINE_AA)
    return np.asarray(np.concatenate([small, bar]), np.uint8)


def lines(picture: ImageArray, polygons: list[np.ndarray], colours: list[tuple[int, int, int]]) -> ImageArray:
    drawn = picture.copy()
    for polygon, colour in zip(polygons, colours, strict=True):
        for thick, tone in ((5, PAPER), (2, colour)):
            cv2.polylines(drawn, [np.round(polygon).astype(np.int32)], True, tone, thick, cv2.LINE_AA)
    return drawn


def words(trace: Trace) -> ImageArray:
    return lines(trace.image, [word.polygon for word in trace.words], [rgb(OKABE_ITO[4])] * len(trace.words))


def heat(trace: Trace) -> ImageArray:
    shown = trace.image.astype(np.float32) * 0.35
    for frame, regions in zip(trace.frames, trace.regions, strict=True):
        x0, y0, x1, y1 = image_window(frame, trace.image.shape)
        warm = warp_to_image(regions.region, frame, (x0, y0, x1, y1), 0.0)[..., None]
        shown[y0:y1, x0:x1] = np.maximum(shown[y0:y1, x0:x1], warm * np.array(rgb(OKABE_ITO[1]), np.float32))
    return np.clip(shown, 0, 255).astype(np.uint8)


def boxes(trace: Trace) -> ImageArray:
    found = [
        (box_quad(f, box.box), box.category) for f, row in zip(trace.frames, trace.boxes, strict=True) for box in row
    ]
    return lines(trace.image, [quad for quad, _ in found], [colour_of(category) for _, category in found])


def points(trace: Trace) -> ImageArray:
    drawn = trace.image.copy()
    assert trace.annotation is not None
    for character in trace.annotation.characters:
        for spots, colour in ((character.positive, rgb(OKABE_ITO[2])), (character.negative, rgb(OKABE_ITO[5]))):
            for x, y in np.round(spots).astype(int).tolist():
                cv2.circle(drawn, (x, y), 5, PAPER, -1, cv2.LINE_AA)
                cv2.circle(drawn, (x, y), 3, colour, -1, cv2.LINE_AA)
    return drawn


def masks(trace: Trace) -> ImageArray:
    assert trace.annotation is not None
    shown = trace.image.astype(np.float32) * 0.35
    for character in trace.annotation.characters:
        mask = character.mask
        h, w = mask.pixels.shape
        shown[mask.y : mask.y + h, mask.x : mask.x + w][mask.pixels] = colour_of(character.category)
    return shown.astype(np.uint8)


def colour_of(category: str) -> tuple[int, int, int]:
    return rgb(OKABE_ITO[colour_index(category)])


if __name__ == "__main__":
    main()
