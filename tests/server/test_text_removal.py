"""Text painted out of a photo, and masks that are grown."""

from __future__ import annotations

import cv2
import numpy as np

from charsam.server.text_removal import erased, grown


def test_text_is_painted_over_from_around_it_and_the_rest_stays_bit_by_bit() -> None:
    image = np.full((80, 200, 3), 190, np.uint8)
    clean = image.copy()
    mask = np.zeros((80, 200), np.uint8)
    cv2.putText(mask, "SALE", (20, 55), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 255, 6)
    image[mask > 0] = (20, 30, 120)
    assert np.abs(erased(image, mask).astype(int) - clean).max() <= 2
    noise = np.random.default_rng(0).integers(0, 255, image.shape, dtype=np.uint8)
    assert np.array_equal(erased(noise, mask)[mask == 0], noise[mask == 0])


def test_a_mask_grows_by_its_pixels_and_not_without_end() -> None:
    mask = np.zeros((200, 200), np.uint8)
    mask[100, 100] = 255
    assert grown(mask, 0) is mask
    assert [int((grown(mask, by)[100] > 0).sum()) for by in (1, 5, 30, 99)] == [3, 11, 61, 61]
