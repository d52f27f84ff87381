"""CRAFT's heat over a whole image, for the canvas: made once for the words that there are, and kept for a while."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from charsam.editing.document import Document, to_words
from charsam.errors import Cancelled
from charsam.server import overlays
from charsam.trace import Settings, Stage, Trace
from charsam.types import ImageArray, Word

if TYPE_CHECKING:
    from charsam.server.image_service import ImageService

MOST: Final = 12

_kept: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()
_lock = threading.Lock()


def heat_png(service: ImageService, who: str, digest: str, image: ImageArray, document: Document) -> bytes:
    """An RGBA PNG of CRAFT's heat on the words of a document; see-through where there are none.
    who: the caller's key.
    """
    words = tuple(word for word in to_words(document) if not word.ignore)
    name = digest, b"".join(word.polygon.tobytes() for word in words)
    with _lock:
        if name in _kept:
            _kept.move_to_end(name)
            return _kept[name]
    buffer = io.BytesIO()
    regions = _regions(service, who, image, words).regions if words else ()
    overlays.heat_image(overlays.heatmap(regions, image.shape)).save(buffer, "PNG", compress_level=3)
    with _lock:
        _kept[name] = buffer.getvalue()
        while len(_kept) > MOST:
            _kept.popitem(last=False)
        return _kept[name]


def _regions(service: ImageService, who: str, image: ImageArray, words: tuple[Word, ...]) -> Trace:
    """The pipeline as far as CRAFT's regions."""
    seen: list[Trace] = []

    def note(stage: Stage, trace: Trace) -> None:
        if stage is Stage.REGIONS:
            seen.append(trace)

    with service.at_work(who) as pipe:
        try:
            return pipe.run(image, words, Settings(), on_stage=note, cancelled=lambda: bool(seen))
        except Cancelled:
            if not seen:  # whoever asked has left
                raise
            return seen[0]
