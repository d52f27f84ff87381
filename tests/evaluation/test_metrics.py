"""fgIoU and both F-scores: by hand, and against a naive implementation written apart from them."""

import math
import sys

import numpy as np
import pytest

from charsam.evaluation.metrics import CharacterCounts, ImageScore, PixelCounts, Scores, count_pixels

Triple = tuple[np.ndarray, np.ndarray, np.ndarray]


def mask(*rows: str) -> np.ndarray:
    return np.array([[cell == "#" for cell in row] for row in rows], bool)


def scored(*images: Triple) -> dict[str, float]:
    scores = Scores()
    for predicted, truth, ignored in images:
        scores.update(ImageScore(count_pixels(predicted, truth, ignored)))
    return scores.summary()


def naive(images: list[Triple]) -> tuple[float, float, float]:
    """fgIoU, F of mean precision and recall, and F over all pixels, one pixel at a time."""
    shared = union = predicted_all = true_all = 0
    precisions, recalls = [], []
    for predicted, truth, ignored in images:
        both = ours = theirs = 0
        for y in range(truth.shape[0]):
            for x in range(truth.shape[1]):
                if ignored[y][x]:
                    continue
                both += 1 if predicted[y][x] and truth[y][x] else 0
                union += 1 if predicted[y][x] or truth[y][x] else 0
                ours += 1 if predicted[y][x] else 0
                theirs += 1 if truth[y][x] else 0
        precisions.append(both / ours if ours else 0.0)
        recalls.append(both / theirs if theirs else 0.0)
        shared, predicted_all, true_all = shared + both, predicted_all + ours, true_all + theirs
    p, r = sum(precisions) / len(images), sum(recalls) / len(images)
    all_p = shared / predicted_all if predicted_all else 0.0
    all_r = shared / true_all if true_all else 0.0
    return (
        shared / union if union else math.nan,
        2 * p * r / (p + r) if p + r else 0.0,
        2 * all_p * all_r / (all_p + all_r) if all_p + all_r else 0.0,
    )


def random_image(rng: np.random.Generator) -> Triple:
    """Masks of a random size; the prediction, the truth or both are empty in a good share of them."""
    shape = tuple(rng.integers(1, 9, 2))
    density = rng.choice([0.0, 0.1, 0.5, 1.0], 3, p=[0.25, 0.25, 0.25, 0.25])
    predicted, truth, ignored = (rng.random(shape) < share for share in (density[0], density[1], density[2] / 2))
    return predicted, truth, ignored


def test_fgiou_sums_over_images_and_is_not_a_mean() -> None:
    nothing = mask("....")
    good = (mask("###."), mask("###."), nothing)
    bad = (mask("#..."), mask("...#"), nothing)

    assert scored(good, bad)["fgiou"] == pytest.approx(3 / 5)


def test_both_f_scores_by_hand() -> None:
    nothing = mask("....")
    first = (mask("##.."), mask("#..."), nothing)  # P = 1/2, R = 1
    second = (mask("#..."), mask("####"), nothing)  # P = 1, R = 1/4

    result = scored(first, second)

    p, r = 3 / 4, 5 / 8
    assert result["mean_precision"] == pytest.approx(p)
    assert result["mean_recall"] == pytest.approx(r)
    assert result["f_mean_pr"] == pytest.approx(2 * p * r / (p + r))
    assert result["f_dataset"] == pytest.approx(2 * (2 / 3) * (2 / 5) / (2 / 3 + 2 / 5))


def test_an_empty_prediction_has_precision_0_which_stays_in_the_mean() -> None:
    nothing = mask("....")

    result = scored((mask("##.."), mask("##.."), nothing), (nothing, mask("##.."), nothing))

    assert (result["mean_precision"], result["mean_recall"]) == (0.5, 0.5)
    assert result["f_mean_pr"] == pytest.approx(0.5)
    assert result["f_dataset"] == pytest.approx(2 / 3)


def test_an_empty_truth_has_recall_0_which_stays_in_the_mean() -> None:
    nothing = mask("....")

    result = scored((mask("##.."), mask("##.."), nothing), (nothing, nothing, nothing))

    assert (result["mean_precision"], result["mean_recall"]) == (0.5, 0.5)
    assert result["fgiou"] == 1.0


def test_ignored_pixels_take_part_in_neither_union_nor_counts() -> None:
    ignored = mask("..##")

    assert count_pixels(mask("#.#."), mask("##.#"), ignored) == PixelCounts(hits=1, false=0, missed=1)


def test_no_text_anywhere_has_no_fgiou_and_f_scores_of_0() -> None:
    nothing = mask("..")

    result = scored((nothing, nothing, nothing))

    assert math.isnan(result["fgiou"])
    assert (result["f_mean_pr"], result["f_dataset"]) == (0.0, 0.0)


def test_without_any_image_every_figure_is_nan() -> None:
    assert all(math.isnan(value) for value in Scores().summary().values())


@pytest.mark.parametrize("seed", range(60))
def test_the_figures_are_those_of_a_naive_implementation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = [random_image(rng) for _ in range(rng.integers(1, 9))]

    result = scored(*images)

    measured = (result["fgiou"], result["f_mean_pr"], result["f_dataset"])
    assert measured == pytest.approx(naive(images), nan_ok=True, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_one_image_has_the_figures_of_its_own_counts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = (rng.random((9, 9)) < 0.5, rng.random((9, 9)) < 0.5, np.zeros((9, 9), bool))
    counts, result = count_pixels(*image), scored(image)

    assert (counts.iou, counts.precision, counts.recall) == pytest.approx(
        (result["fgiou"], result["mean_precision"], result["mean_recall"])
    )
    assert counts.f_score == pytest.approx(result["f_dataset"])


def test_masks_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 2\), \(1, 3\)"):
        count_pixels(mask(".."), mask("..."))


def test_streaming_scores_do_not_grow_with_the_number_of_images() -> None:
    scores = Scores()
    score = ImageScore(PixelCounts(5, 1, 2), CharacterCounts(1, 0.5, 1, 1))
    scores.update(score)
    before = sum(sys.getsizeof(value) for value in vars(scores).values())

    for _ in range(500):
        scores.update(score)

    assert sum(sys.getsizeof(value) for value in vars(scores).values()) == before
    assert scores.summary()["fgiou"] == pytest.approx(5 / 8)


def test_reset_forgets_what_was_counted() -> None:
    scores = Scores()
    scores.update(ImageScore(PixelCounts(0, 9, 9)))
    scores.reset()
    scores.update(ImageScore(PixelCounts(4, 0, 0)))

    assert scores.summary()["fgiou"] == 1.0


def test_characters_count_even_where_there_is_no_true_mask() -> None:
    scores = Scores()
    scores.update(ImageScore(None, CharacterCounts(boxes=4, found=3)))

    result = scores.summary()

    assert result["box_recall"] == 0.75
    assert math.isnan(result["fgiou"])
    assert math.isnan(result["character_iou"])
