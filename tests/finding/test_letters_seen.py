"""Characters, chains and outlines, from heat alone."""

import numpy as np
import pytest
from lettering import arc, blobs, heat_of

from charsam.finding.chains import find_chains, parted
from charsam.finding.outlines import Band, band_of
from charsam.finding.overlap import iou
from charsam.finding.peaks import find_peaks


def chains_of(*words: np.ndarray, shape: tuple[int, int] = (120, 160)) -> list[set[tuple[int, int]]]:
    """The chains as sets of whole places."""
    region, affinity = heat_of(shape, *words)
    peaks = find_peaks(region)
    chains = find_chains(peaks, affinity, region)
    return [{tuple(np.round(peaks.places[member] - 0.5).astype(int)) for member in chain.members} for chain in chains]


def line(x: float, y: float, count: int) -> np.ndarray:
    return np.stack([x + 10 * np.arange(count), np.full(count, y)], 1).astype(np.float32) + 0.5


def test_every_letter_is_one_peak_with_its_own_cells():
    places = line(30, 40, 4)
    peaks = find_peaks(heat_of((80, 120), places)[0])

    assert len(peaks) == 4
    np.testing.assert_allclose(peaks.places[np.argsort(peaks.places[:, 0])], places, atol=0.6)
    assert all((peaks.owner == number).sum() > 20 for number in range(1, 5))


def test_a_shoulder_is_no_letter_of_its_own():
    heat = blobs((60, 60), np.array([[30.5, 30.5]]), 4.0)
    heat = np.maximum(heat, 0.96 * blobs((60, 60), np.array([[32.5, 30.5]]), 4.0))

    assert len(find_peaks(heat)) == 1


def test_lines_close_to_each_other_stay_apart():
    upper, lower = line(20, 30, 5), line(24, 42, 5)

    found = chains_of(upper, lower)

    assert sorted(map(len, found)) == [5, 5]
    assert {frozenset(chain) for chain in found} == {
        frozenset(tuple(np.round(place - 0.5).astype(int)) for place in word) for word in (upper, lower)
    }


def test_a_word_round_three_quarters_of_a_ring_is_one_chain_in_order():
    ring = arc((80, 80), 40, 10, 280, 20)
    region, affinity = heat_of((160, 160), ring)
    peaks = find_peaks(region)

    (chain,) = find_chains(peaks, affinity, region)

    angles = np.degrees(np.arctan2(*(peaks.places[chain.members] - 80).T[::-1])) % 360
    assert len(angles) == 20
    assert (np.diff(angles) > 0).all() or (np.diff(angles) < 0).all()


def test_a_wide_step_with_little_affinity_may_be_a_space():
    word = np.concatenate([line(20, 30, 4), line(68, 30, 4)])
    region, affinity = heat_of((60, 140), word)
    affinity[:, 54:66] *= 0.3
    peaks = find_peaks(region)
    (chain,) = find_chains(peaks, affinity, region)

    assert [len(part.members) for part in parted(chain, peaks.places)] == [4, 4]


@pytest.mark.parametrize(("start", "stop"), [(200, 340), (30, 150), (90, 330)])
def test_the_outline_follows_an_arc(start: float, stop: float):
    middles = arc((200, 200), 120, start, stop, 12)
    offsets = np.stack(np.meshgrid(np.arange(-9, 10, 2), np.arange(-9, 10, 2)), -1).reshape(-1, 2)

    band = band_of(middles, [middle + offsets for middle in middles], 1.0)

    angles = np.radians(np.linspace(start - 4, stop + 4, 60))
    ring = [np.stack([200 + r * np.cos(a), 200 + r * np.sin(a)], 1) for r, a in ((132, angles), (108, angles[::-1]))]
    assert iou(band.polygon, np.concatenate(ring)) > 0.8


def test_an_ascender_does_not_tilt_the_outline():
    middles = np.array([[20, 26], [60, 30], [100, 30], [140, 30]], np.float32)
    tops = [10, 18, 18, 18]
    xs = (20, 60, 100, 140)
    cells = [
        np.array([(x + dx, y) for dx in (-15, 0, 15) for y in range(top, 42, 2)])
        for x, top in zip(xs, tops, strict=True)
    ]

    band = band_of(middles, cells, 1.0)

    rise = band.top[-1, 1] - band.top[0, 1]
    assert abs(rise) < 3


def test_part_and_longer_are_each_others_inverse():
    band = Band(np.array([[0.0, 0.0], [100.0, 0.0]]), np.array([[0.0, 20.0], [100.0, 20.0]]))

    longer = band.longer(10, 30)

    assert longer.length == pytest.approx(140)
    np.testing.assert_allclose(longer.part(10 / 140, 110 / 140).polygon, band.polygon, atol=1e-3)


def test_a_longer_arc_goes_on_along_the_circle():
    outer, inner = (arc((0, 0), radius, 200, 300, 9).astype(float) for radius in (110, 90))

    longer = Band(outer, inner).longer(20, 20)

    radii = np.linalg.norm(np.concatenate([longer.top[[0, -1]], longer.bottom[[0, -1]]]), axis=1)
    np.testing.assert_allclose(radii, [110, 110, 90, 90], atol=2)
