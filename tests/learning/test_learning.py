"""Learning from masks, with the real network: what a lab draws wider, its learned segmenter draws wider."""

from __future__ import annotations

import copy
from functools import partial

import cv2
import numpy as np
import pytest

from charsam.cancellation import cancellable
from charsam.cgr.masks import trimmed
from charsam.errors import Cancelled
from charsam.learning import reminding
from charsam.learning.fit import fit_decoder
from charsam.learning.kept_aside import set_aside
from charsam.learning.learn import Learned, TooFew, learn
from charsam.learning.lessons import Lesson, lessons_of
from charsam.learning.seen import SeenPicture, answered, iou, see, with_masks
from charsam.learning.values import TaughtPicture, TaughtWord
from charsam.pipeline import CharSAM
from charsam.scenes import make_scene
from charsam.segmenters.compact import CompactSegmenter, load_compact
from charsam.segmenters.compact_network import CompactNetwork
from charsam.types import CharacterMask

pytestmark = pytest.mark.heavy
WIDER = 2.0


def wider(mask: CharacterMask) -> CharacterMask:
    pad = 4
    ground = np.pad(~mask.pixels, pad, constant_values=True).astype(np.uint8)
    return trimmed(cv2.distanceTransform(ground, cv2.DIST_L2, 5) <= WIDER, mask.x - pad, mask.y - pad)


def lab_picture(seed: int) -> TaughtPicture:
    """A scene whose masks are drawn WIDER pixels wider than they are."""
    scene = make_scene(seed, size=(400, 300), kind="plain")
    found = with_masks(scene.words, scene.character_mask)
    words = tuple(
        TaughtWord(word, tuple(None if mask is None else wider(mask) for mask in masks))
        for word, masks in zip(scene.words, found, strict=True)
    )
    return TaughtPicture(f"scene {seed}", partial(np.asarray, scene.image), words)


@pytest.fixture(scope="module")
def pictures() -> list[TaughtPicture]:
    return [lab_picture(seed) for seed in range(3, 8)]


@pytest.fixture(scope="module")
def learned(pictures: list[TaughtPicture], pipeline: CharSAM) -> Learned:
    return learn(pictures, name="wide", origin="Signs", by="ann", seconds=8, pipeline=pipeline)


@pytest.fixture(scope="module")
def seen(pictures: list[TaughtPicture], pipeline: CharSAM) -> SeenPicture:
    found = see(pipeline, pictures[0])
    assert found is not None
    return found


def test_the_edge_of_the_lab_is_found(learned: Learned) -> None:
    assert learned.card.edge == pytest.approx(WIDER, abs=0.5)


def test_words_kept_aside_get_better(learned: Learned) -> None:
    assert learned.card.better
    assert learned.card.kept.iou_after > learned.card.kept.iou_before + 0.1


def test_the_card_tells_who_taught_what(learned: Learned) -> None:
    card = learned.card
    assert (card.name, card.origin, card.by) == ("wide", "Signs", "ann")
    assert card.words > 0
    assert card.characters > card.words


def test_what_is_kept_aside_does_not_teach(pictures: list[TaughtPicture]) -> None:
    teaching, aside = set_aside(pictures)
    assert len(aside) == 1
    assert not {picture.name for picture in teaching} & {picture.name for picture in aside}
    assert set_aside(pictures[::-1])[1][0].name == aside[0].name


def test_of_few_pictures_words_are_kept_aside(pictures: list[TaughtPicture]) -> None:
    teaching, aside = set_aside(pictures[:2])
    total = sum(picture.count() for picture in pictures[:2])
    assert sum(picture.count() for picture in aside) == max(1, round(total / 4))
    assert sum(picture.count() for picture in teaching) == total - max(1, round(total / 4))


def test_too_few_words_teach_nothing(pictures: list[TaughtPicture], pipeline: CharSAM) -> None:
    with pytest.raises(TooFew, match="at least"):
        learn(pictures[:1], name="few", pipeline=pipeline)


def test_a_learning_stops_when_asked(pictures: list[TaughtPicture], pipeline: CharSAM) -> None:
    with cancellable(lambda: True), pytest.raises(Cancelled):
        learn(pictures, name="stopped", pipeline=pipeline)


def test_a_lesson_shows_the_mask_where_the_strip_has_it(seen: SeenPicture) -> None:
    lesson = lessons_of(seen)[0]
    x0, y0, x1, y1 = (round(float(v)) for v in lesson.box - np.tile(np.array(lesson.window[:2], np.float32), 2))
    within = lesson.target[max(y0, 0) : y1, max(x0, 0) : x1]
    assert within.mean() > 0.2
    assert lesson.target.sum() < 2.5 * within.sum()


def smallest(lessons: list[Lesson]) -> list[Lesson]:
    """Four lessons with the smallest windows, which make quick steps."""
    return sorted(lessons, key=lambda one: one.size[0] * one.size[1])[:4]


def test_a_fit_changes_the_decoder_alone(seen: SeenPicture) -> None:
    old = load_compact().network
    lessons = lessons_of(seen)
    new = fit_decoder(old, lessons, lessons, steps=2, seconds=60)
    before, after = old.state_dict(), new.state_dict()
    changed = {name for name in before if not np.array_equal(before[name].numpy(), after[name].numpy())}
    assert changed
    assert all(name.startswith("decoder.") for name in changed)


def test_a_rejected_mask_is_doubted(seen: SeenPicture) -> None:
    from dataclasses import replace

    old = load_compact()
    lessons = smallest(lessons_of(seen))
    same = [replace(one, known=False) for one in lessons]
    new = CompactSegmenter(fit_decoder(old.network, same, lessons, steps=12, seconds=60))
    before, after = (np.mean(answered(one, seen)[1]) for one in (old, new))
    assert after < before - 0.05


def test_a_fit_goes_on_from_another_and_is_reminded_of_what_it_knew(seen: SeenPicture) -> None:
    from dataclasses import replace

    old = load_compact()
    lessons = smallest(lessons_of(seen))
    empty = [replace(one, target=np.zeros_like(one.target)) for one in lessons]  # unlearn every letter
    forgot = fit_decoder(old.network, empty, lessons, steps=12, seconds=60, remembered=0.0)
    again = fit_decoder(old.network, empty, lessons, steps=12, seconds=60, start=forgot, remembered=256.0, rate=3e-4)
    before, between, after = (answered(CompactSegmenter(one), seen)[0] for one in (old.network, forgot, again))
    lost, left = (np.mean([iou(mask, one) for mask, one in zip(before, now, strict=True)]) for now in (between, after))
    assert lost < 0.98
    assert 1 - left < 0.75 * (1 - lost)


def test_rounds_of_reminding_end_when_ordinary_signs_are_answered_well(
    pipeline: CharSAM, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = load_compact()
    forgot = copy.deepcopy(old.network)
    forgot.decoder.mask.bias.data -= 6.0  # every mask shrinks
    answers = iter([forgot, old.network])  # the first round does not help, the second does
    monkeypatch.setattr(reminding, "fit_decoder", lambda *_, **more: next(answers))
    told: list[int] = []

    def reminded(network: CompactNetwork) -> tuple[CompactNetwork, int, bool]:
        found, rounds, check = reminding.reminded(
            pipeline, old, network, [], [], pictures=4, seconds=10, told=told.append
        )
        return found, rounds, check.lost_too_much

    assert reminded(old.network) == (old.network, 0, False)
    assert reminded(forgot) == (old.network, 2, False)
    assert told == [1, 2]


def test_iou_of_masks_with_different_places() -> None:
    a = CharacterMask(np.ones((2, 4), np.bool_), 0, 0)
    b = CharacterMask(np.ones((2, 4), np.bool_), 2, 0)
    assert iou(a, b) == pytest.approx(4 / 12)
