"""`colour`: the segmenter protocol by colour and contrast, without weights."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from charsam.cbr.regions import RegionDetector
from charsam.cgr.templates import shipped_templates
from charsam.geometry import word_frame
from charsam.paths import FONTS_DIR
from charsam.segmenters.base import Embedding
from charsam.segmenters.colour import ColourSegmenter
from charsam.types import GlyphVotes, Prompts, Segmentation

FONT = ImageFont.truetype(FONTS_DIR / "020-arimo-bold.ttf", 72)
TEXT = "ROAD"
PAINTS = {
    "dark on light": ((30, 35, 60), (224, 220, 205)),
    "light on dark": ((240, 238, 220), (25, 60, 45)),
    "red on grey": ((180, 30, 30), (150, 150, 150)),
}


class Sign:
    """A word on plain ground: the image, its frame, and the true mask and frame box of each letter."""

    def __init__(self, ink: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
        image = Image.new("RGB", (380, 140), ground)
        draw = ImageDraw.Draw(image)
        self.frame = word_frame(np.float32([[30, 38], [345, 38], [345, 102], [30, 102]]))
        self.masks, boxes, x = [], [], 40.0
        for letter in TEXT:
            draw.text((x, 30), letter, font=FONT, fill=ink)
            layer = Image.new("L", image.size)
            ImageDraw.Draw(layer).text((x, 30), letter, font=FONT, fill=255)
            mask = np.asarray(layer) >= 128
            rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            corners = np.float32([[columns[0], rows[0]], [columns[-1] + 1, rows[-1] + 1]])
            self.masks.append(mask)
            boxes.append(self.frame.to_frame(corners).ravel())
            x += FONT.getlength(letter) + 14
        self.image = np.asarray(image)
        self._embedding: Embedding = None
        self.boxes = np.stack(boxes).astype(np.float32)

    def encoded(self, detector: RegionDetector) -> Embedding:
        if self._embedding is None:
            self._embedding = ColourSegmenter().encode(self.image, detector.detect(self.image, [self.frame]))
        return self._embedding


def box_prompts(boxes: np.ndarray, votes: tuple[GlyphVotes | None, ...] = ()) -> Prompts:
    count = len(boxes)
    return Prompts(
        np.zeros(count, np.int64), boxes, np.zeros((count, 0, 2), np.float32), np.zeros((count, 0), np.int8), votes
    )


def masks_of(answer: Segmentation, shape: tuple[int, ...]) -> list[np.ndarray]:
    masks = []
    for found in answer.logits:
        mask = np.zeros(shape[:2], bool)
        h, w = found.values.shape
        mask[found.y : found.y + h, found.x : found.x + w] = found.values > 0
        masks.append(mask)
    return masks


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


@pytest.fixture(scope="module", params=PAINTS)
def sign(request: pytest.FixtureRequest) -> Sign:
    return Sign(*PAINTS[request.param])


def test_letters_on_plain_ground_are_segmented_by_their_boxes(sign: Sign, region_detector: RegionDetector) -> None:
    answer = ColourSegmenter().segment(sign.encoded(region_detector), box_prompts(sign.boxes))

    for found, true in zip(masks_of(answer, sign.image.shape), sign.masks, strict=True):
        assert iou(found, true) > 0.9


def test_letters_on_plain_ground_are_segmented_with_votes(sign: Sign, region_detector: RegionDetector) -> None:
    votes = tuple(shipped_templates().votes(letter, 80) for letter in TEXT)

    answer = ColourSegmenter().segment(sign.encoded(region_detector), box_prompts(sign.boxes, votes))

    for found, true in zip(masks_of(answer, sign.image.shape), sign.masks, strict=True):
        assert iou(found, true) > 0.9


def test_hole_of_the_o_stays_empty(sign: Sign, region_detector: RegionDetector) -> None:
    answer = ColourSegmenter().segment(sign.encoded(region_detector), box_prompts(sign.boxes[1:2]))

    (mask,) = masks_of(answer, sign.image.shape)
    rows, columns = np.nonzero(sign.masks[1])
    y, x = (rows.min() + rows.max()) // 2, (columns.min() + columns.max()) // 2
    assert not mask[y - 8 : y + 9, x - 6 : x + 7].any()


def test_n_prompts_get_n_maps_and_qualities(sign: Sign, region_detector: RegionDetector) -> None:
    answer = ColourSegmenter().segment(sign.encoded(region_detector), box_prompts(sign.boxes))

    assert len(answer.logits) == 4
    assert answer.quality.shape == (4,)
    assert answer.quality.dtype == np.float32
    assert answer.quality.min() >= 0
    assert answer.quality.max() <= 1


def test_quality_of_clear_letters_is_high(sign: Sign, region_detector: RegionDetector) -> None:
    votes = tuple(shipped_templates().votes(letter, 80) for letter in TEXT)
    answer = ColourSegmenter().segment(sign.encoded(region_detector), box_prompts(sign.boxes, votes))
    assert answer.quality.min() > 0.5


def test_logit_maps_hold_their_boxes_and_lie_in_the_image(sign: Sign, region_detector: RegionDetector) -> None:
    answer = ColourSegmenter().segment(sign.encoded(region_detector), box_prompts(sign.boxes))

    for found, true in zip(answer.logits, sign.masks, strict=True):
        rows, columns = np.nonzero(true)
        assert 0 <= found.x <= columns.min()
        assert found.x + found.values.shape[1] > columns.max()
        assert 0 <= found.y <= rows.min()
        assert found.y + found.values.shape[0] > rows.max()
        assert found.x + found.values.shape[1] <= sign.image.shape[1]
        assert found.y + found.values.shape[0] <= sign.image.shape[0]


def test_no_prompts_get_no_maps(sign: Sign, region_detector: RegionDetector) -> None:
    answer = ColourSegmenter().segment(sign.encoded(region_detector), box_prompts(np.zeros((0, 4), np.float32)))

    assert answer.logits == ()
    assert answer.quality.shape == (0,)


def test_padding_points_change_nothing(sign: Sign, region_detector: RegionDetector) -> None:
    embedding = sign.encoded(region_detector)
    padded = Prompts(
        np.zeros(4, np.int64), sign.boxes, np.full((4, 3, 2), 20, np.float32), np.full((4, 3), -1, np.int8)
    )

    plain = ColourSegmenter().segment(embedding, box_prompts(sign.boxes))
    with_padding = ColourSegmenter().segment(embedding, padded)

    for a, b in zip(plain.logits, with_padding.logits, strict=True):
        np.testing.assert_array_equal(a.values, b.values)


def test_answer_to_a_prompt_does_not_depend_on_those_beside_it(sign: Sign, region_detector: RegionDetector) -> None:
    embedding = sign.encoded(region_detector)

    together = ColourSegmenter().segment(embedding, box_prompts(sign.boxes))
    alone = ColourSegmenter().segment(embedding, box_prompts(sign.boxes[2:3]))

    np.testing.assert_array_equal(together.logits[2].values, alone.logits[0].values)


def test_box_without_contrast_gives_finite_logits(region_detector: RegionDetector) -> None:
    image = np.full((100, 200, 3), 128, np.uint8)
    frame = word_frame(np.float32([[20, 20], [180, 20], [180, 70], [20, 70]]))
    embedding = ColourSegmenter().encode(image, region_detector.detect(image, [frame]))

    answer = ColourSegmenter().segment(embedding, box_prompts(np.float32([[20, 10, 50, 50]])))

    assert np.isfinite(answer.logits[0].values).all()
    assert np.isfinite(answer.quality).all()


def test_image_without_words_can_be_encoded() -> None:
    embedding = ColourSegmenter().encode(np.zeros((50, 50, 3), np.uint8), [])
    answer = ColourSegmenter().segment(embedding, box_prompts(np.zeros((0, 4), np.float32)))
    assert answer.logits == ()
