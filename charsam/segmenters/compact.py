"""`compact`: this project's own promptable segmenter, small enough for two CPU cores, on top of CRAFT's features.

It was trained on generated scenes only (`tools/train_compact.py`); `assets/compact_model_card.md` tells how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from charsam.batches import batches_by_size
from charsam.cancellation import checked
from charsam.cbr.regions import shared_detector
from charsam.cgr.edge import with_edge
from charsam.checksums import verified_asset
from charsam.cpu import fast_bf16
from charsam.errors import SettingsError, WeightsError
from charsam.geometry import pixels_per_frame_pixel
from charsam.paths import ASSETS_DIR
from charsam.sampling import frame_coordinates, image_window
from charsam.segmenters.clicks import as_clicked, obeying, says_already, with_regions
from charsam.segmenters.compact_network import CompactNetwork, StripEmbedding
from charsam.segmenters.compact_words import CompactEmbedding, CompactView, CompactWord
from charsam.segmenters.placing import bias_at, in_image, mean_map
from charsam.segmenters.prompt_maps import Correction, Window, cut, prompt_channels, prompt_window, standardised
from charsam.segmenters.strip_heights import careful_zooms, zooms_of
from charsam.segmenters.strip_inputs import strip_inputs
from charsam.types import FloatArray, ImageArray, LogitMap, Prompts, Segmentation, WordFrame, WordRegions

Zooms = Callable[[WordFrame], tuple[float, ...]]
"""Of the strips of a word that are looked at, as `WordRegions.zoom`."""
WEIGHTS_FILE: Final = ASSETS_DIR / "compact.safetensors"
MAX_BATCH_PIXELS: Final = 64 * 64 * 32
TOGETHER: Final = 2**18
"""Pixels of the strips of words that are encoded together: CRAFT's features take 240 bytes for each."""
MOST_KEPT: Final = 2**16
"""Image pixels of a word of which the frame points are kept: 0.5 MB."""
LOOSENED: Final = 4.0
"""Frame pixels by which a box is drawn longer, along the word, at either end: those that CBR finds often cut off a part
of a letter, and the network takes less from a neighbour than it leaves out where a box is too narrow."""
TRUST: Final = 0.03
"""Of two views, one whose predicted IoU is higher by this counts for e times the other."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ask:
    """A prompt on one view of its word, in pixels of that view's strip. hand: (K,) the points that a person set."""

    word: CompactWord
    view: CompactView
    window: Window
    prompts: Prompts
    hand: NDArray[np.bool_]

    @property
    def clicks(self) -> tuple[FloatArray, NDArray[np.int8]]:
        """(K, 2) pixels of the window, and (K,) labels: 1 adds, 0 takes away."""
        points, labels = self.prompts.points[0], self.prompts.labels[0]
        return points[self.hand] - np.array(self.window[:2], np.float32), labels[self.hand]


class CompactSegmenter:
    """The segmenter protocol by the compact network. Stateless; safe to share between threads."""

    name = "compact"
    wants_regions = True
    wants_features = True
    """The words it encodes must hold CRAFT's features."""
    word_wide = False
    tells_ink = True

    def __init__(self, network: CompactNetwork, zooms: Zooms = zooms_of, *, edge: float = 0.0) -> None:
        """edge: image pixels by which its masks are cut wider than the network says, or tighter if negative."""
        self.network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self._zooms = zooms
        self._edge = edge

    def adapted(self, *, careful: bool, zoom: bool) -> CompactSegmenter:
        """careful: the same network, looking at every word in more strips."""
        return CompactSegmenter(self.network, careful_zooms, edge=self._edge) if careful else self

    def encode(self, image: ImageArray, words: Sequence[WordRegions]) -> CompactEmbedding:
        """Embed every word's strips; CRAFT looks once more at those that are higher than the word's own.

        Raises SettingsError for words that hold no CRAFT features.
        """
        if any(not regions.features for regions in words):
            raise SettingsError(
                "the compact segmenter needs CRAFT's feature maps, and these word regions hold none; "
                "detect them with RegionDetector.detect(…, features=True)"
            )
        seen: list[tuple[CompactView, ...]] = []
        for some in _together(words, self._zooms):
            seen += self._views(image, some)
        return CompactEmbedding(tuple(_word(image, word.frame, views) for word, views in zip(words, seen, strict=True)))

    def _views(self, image: ImageArray, words: Sequence[WordRegions]) -> list[tuple[CompactView, ...]]:
        """The embedded strips of some words."""
        wanted = [(index, zoom) for index, word in enumerate(words) for zoom in self._zooms(word.frame)]
        closer = [(index, zoom) for index, zoom in wanted if zoom != words[index].zoom]
        found = {(index, word.zoom): word for index, word in enumerate(words)}
        if closer:
            frames, zooms = [words[index].frame for index, _ in closer], [zoom for _, zoom in closer]
            found |= zip(closer, shared_detector().detect(image, frames, features=True, zooms=zooms), strict=True)
        views: list[tuple[CompactView, ...]] = [() for _ in words]
        for index, zoom in checked(wanted):
            regions = found.pop((index, zoom))  # its features go as soon as they have been used
            scale = pixels_per_frame_pixel(regions.frame) / zoom
            views[index] += (CompactView(replace(regions, features=()), self._embed(regions), scale),)
        return views

    def segment(self, embedding: CompactEmbedding, prompts: Prompts) -> Segmentation:
        """Prompts with clicks are answered twice: without the clicks, and then as what the clicks correct.

        Where the first answer says clearly what every click says, it stands; where the nearest click adds, nothing is
        taken away, and the other way round. A word of several views answers with the mean of their logits, in which
        those count for more that the network thinks better of.
        """
        asks = [
            _ask(embedding.words[int(prompts.word[row])], view, prompts, row)
            for row in range(len(prompts))
            for view in embedding.words[int(prompts.word[row])].views
        ]
        found = self._answers(asks, range(len(asks)), {}, clicks=False)
        corrected = [
            number
            for number, ask in enumerate(asks)
            if ask.hand.any() and not says_already(found[number][0] + bias_at(ask.view.scale), *ask.clicks)
        ]
        found |= self._answers(asks, corrected, found, clicks=True)
        maps, quality, start = [], [], 0
        at: tuple[CompactWord | None, FloatArray] = (None, np.zeros((0, 0, 2), np.float32))
        for row in checked(range(len(prompts))):
            stop = start + len(embedding.words[int(prompts.word[row])].views)
            estimates = np.array([found[number][1] for number in range(start, stop)])
            shares = np.exp((estimates - estimates.max()) / TRUST)
            shares /= shares.sum()
            word = asks[start].word
            if word is not at[0]:
                at = word, word.coordinates()
            placed = [_placed(asks[number], found[number][0], at[1]) for number in range(start, stop)]
            maps.append(with_edge(mean_map(placed, shares.tolist()), self._edge))
            quality.append(float(estimates @ shares))
            start = stop
        return Segmentation(tuple(maps), np.array(quality, np.float32))

    def _embed(self, regions: WordRegions) -> StripEmbedding:
        heats = np.stack([regions.region, regions.affinity])
        strip, heat, features, valid = strip_inputs(regions.strip, heats, regions.features)
        strip, heat, *inner = (
            maps[None].contiguous(memory_format=torch.channels_last) for maps in (strip, heat, *features)
        )
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=fast_bf16()):
            found = self.network.embed(strip, heat, tuple(inner), valid[None])
        return StripEmbedding(found.half.float(), found.full.float(), found.text.float())

    def _answers(
        self,
        asks: Sequence[_Ask],
        chosen: Sequence[int],
        earlier: Mapping[int, tuple[FloatArray, float]],
        *,
        clicks: bool,
    ) -> dict[int, tuple[FloatArray, float]]:
        """Logits (h, w) over the window and predicted IoU of each of the chosen asks.

        clicks: whether they are told the clicks, which correct the earlier answers.
        """
        found: dict[int, tuple[FloatArray, float]] = {}
        sizes = (
            (number, (asks[number].window[3] - asks[number].window[1], asks[number].window[2] - asks[number].window[0]))
            for number in chosen
        )
        for batch in checked(batches_by_size(sizes, MAX_BATCH_PIXELS)):
            drawn = [_drawn(asks[number], earlier[number][0] if clicks else None) for number in batch]
            values, quality = self._decode([asks[number] for number in batch], drawn)
            for number, logits, maps, estimate in zip(batch, values, drawn, quality, strict=True):
                answer = _mended(asks[number], earlier[number][0], logits, maps) if clicks else logits
                found[number] = answer, float(estimate)
        return found

    def _decode(self, asks: Sequence[_Ask], drawn: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=fast_bf16()):
            half = torch.stack([cut(ask.view.embedding.half[0], ask.window, 2) for ask in asks])
            full = torch.stack([cut(ask.view.embedding.full[0], ask.window, 1) for ask in asks])
            last = torch.channels_last
            values, quality = self.network.decode(
                half.contiguous(memory_format=last),
                full.contiguous(memory_format=last),
                torch.from_numpy(np.stack(drawn)),
            )
        return values.float().numpy(), quality.float().numpy()


def _word(image: ImageArray, frame: WordFrame, views: tuple[CompactView, ...]) -> CompactWord:
    window = image_window(frame, image.shape)
    small = (window[2] - window[0]) * (window[3] - window[1]) <= MOST_KEPT
    return CompactWord(frame, views, image, window, frame_coordinates(frame, window) if small else None)


def _together(words: Sequence[WordRegions], zooms: Zooms) -> Iterator[Sequence[WordRegions]]:
    """The words in groups of which CRAFT's features are held at the same time."""
    start, pixels = 0, 0.0
    for index, word in enumerate(words):
        frame = word.frame
        own = sum(zoom**2 for zoom in zooms(frame)) * frame.width * frame.height
        if index > start and pixels + own > TOGETHER:
            yield words[start:index]
            start, pixels = index, 0.0
        pixels += own
    yield words[start:]


def _ask(word: CompactWord, view: CompactView, prompts: Prompts, row: int) -> _Ask:
    one = prompts.chosen(np.array([row]))
    zoom = np.float32(view.regions.zoom)
    one = replace(one, boxes=one.boxes * zoom, points=one.points * zoom)
    hand = np.zeros(one.labels.shape[1], np.bool_) if one.clicks is None else one.clicks[0]
    window = prompt_window(one.boxes[0], view.regions.strip.shape, view.regions.zoom)
    return _Ask(word, view, window, one, hand & (one.labels[0] >= 0))


def _drawn(ask: _Ask, earlier: FloatArray | None) -> FloatArray:
    """The maps of a prompt: without its clicks, or with them, correcting the earlier answer over its window."""
    loosened = LOOSENED * ask.view.regions.zoom
    one, correction = ask.prompts, None
    labels = one.labels[0]
    if earlier is None:
        labels = np.where(ask.hand, np.int8(-1), labels)
    else:
        correction = Correction(_colours(ask), earlier)
    return prompt_channels(
        one.boxes[0],
        one.points[0],
        labels,
        one.votes[0] if one.votes else None,
        ask.window,
        ask.hand,
        loosened=(0, loosened) if ask.word.frame.stacked else (loosened, 0),
        correction=correction,
    )


def _colours(ask: _Ask) -> FloatArray:
    """(h, w, 3): the strip's colours, `standardised`, over the prompt's window."""
    colours = torch.from_numpy(standardised(ask.view.regions.strip)).permute(2, 0, 1)
    return np.asarray(cut(colours, ask.window, 1).permute(1, 2, 0).numpy())


def _mended(ask: _Ask, earlier: FloatArray, corrected: FloatArray, maps: FloatArray) -> FloatArray:
    """The answer to clicks, from the network's answers without them and with them. maps: of the prompt with them."""
    bias, (clicks, labels) = bias_at(ask.view.scale), ask.clicks
    before = earlier + bias
    logits = as_clicked(before, corrected + bias, clicks, labels)
    logits = with_regions(logits, before, _colours(ask), maps, clicks, labels)
    return obeying(logits, maps) - bias


def _placed(ask: _Ask, logits: FloatArray, coordinates: FloatArray) -> LogitMap:
    word = ask.word
    biased = logits + bias_at(ask.view.scale)
    return in_image(biased, ask.window, ask.view.regions.strip.shape, word.frame, word.image, word.window, coordinates)


def load_compact(path: Path = WEIGHTS_FILE, zooms: Zooms = zooms_of) -> CompactSegmenter:
    """The segmenter with the weights that come with charsam, or others; zooms: as it takes them.

    Raises WeightsError where they are missing or damaged.
    """
    if path == WEIGHTS_FILE:
        verified_asset(path)
    network = CompactNetwork()
    try:
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise WeightsError(
            f"{path} holds no usable compact weights ({error}); make them with tools/train_compact.py"
        ) from error
    return CompactSegmenter(network, zooms)
