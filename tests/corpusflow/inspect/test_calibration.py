from __future__ import annotations

import numpy as np
import pytest

from corpusflow.inspect.calibration import (
    BINS,
    MIN_AUC,
    MIN_IMAGES,
    Cut,
    Pair,
    auc,
    cut_at,
    cut_for_precision,
    cut_for_share,
    groups_of,
    histogram,
)

MATCHED = np.array([0.1, 0.3, 0.4, 0.5])
SHUFFLED = np.array([0.0, 0.1, 0.2, 0.35])


def pairs(number: int, language: str = "en", source: str = "a.warc") -> list[Pair]:
    """Matched 0.5 and more, shuffled below; two images a document."""
    return [
        Pair(f"{language}{source}{at // 2}", language, source, at, "text", 0.5 + at / 1000, at / 1000)
        for at in range(number)
    ]


def test_auc_counts_the_pairs_in_order_and_half_of_the_equal_ones() -> None:
    assert auc(np.array([0.5]), np.array([0.5])) == 0.5
    assert auc(MATCHED + 1, SHUFFLED) == 1
    assert auc(SHUFFLED, MATCHED + 1) == 0
    assert auc(MATCHED, SHUFFLED) == (1.5 + 3 + 4 + 4) / 16


def test_what_is_at_the_threshold_is_kept() -> None:
    assert cut_at(MATCHED, SHUFFLED, 0.1) == Cut(0.1, 1.0, 4 / 7)
    assert cut_at(MATCHED, SHUFFLED, 0.1001) == Cut(0.1001, 0.75, 3 / 5)
    assert cut_at(MATCHED, SHUFFLED, 0.6) == Cut(0.6, 0.0, 0.0)


def test_the_lowest_threshold_with_the_precision_is_proposed() -> None:
    assert cut_for_precision(MATCHED, SHUFFLED, 4 / 7) == Cut(0.1, 1.0, 4 / 7)
    assert cut_for_precision(MATCHED, SHUFFLED, 0.75) == Cut(0.3, 0.75, 0.75)
    assert cut_for_precision(MATCHED, SHUFFLED, 0.751) == Cut(0.4, 0.5, 1.0)


def test_no_threshold_is_proposed_where_none_has_the_precision() -> None:
    assert cut_for_precision(SHUFFLED, MATCHED, 0.9) is None


@pytest.mark.parametrize(("share", "threshold"), [(1, 0.1), (0.751, 0.1), (0.75, 0.3), (0.5, 0.4), (0.01, 0.5)])
def test_the_highest_threshold_that_keeps_the_share_is_proposed(share: float, threshold: float) -> None:
    cut = cut_for_share(MATCHED, SHUFFLED, share)
    assert cut.threshold == threshold
    assert cut.kept >= share


def test_a_share_is_not_rounded_up_by_the_last_bit_of_a_product() -> None:
    assert 0.07 * 100 > 7
    assert cut_for_share(np.arange(100.0), np.arange(100.0), 0.07).kept == 0.07


def test_a_histogram_has_every_pair_and_its_last_bin_has_both_ends() -> None:
    shape = histogram(MATCHED, SHUFFLED, 0.0, 0.5)
    assert len(shape.matched) == BINS
    assert sum(shape.matched) == sum(shape.shuffled) == 4
    assert (shape.shuffled[0], shape.matched[-1]) == (1, 1)


def test_thresholds_of_two_known_distributions_are_found() -> None:
    """Normal ones a unit apart, each of 20,000 evenly spaced quantiles: AUC is Phi(1 / sqrt 2)."""
    from statistics import NormalDist

    quantiles = np.array([NormalDist().inv_cdf((at + 0.5) / 20_000) for at in range(20_000)])
    assert auc(quantiles + 1, quantiles) == pytest.approx(NormalDist().cdf(2**-0.5), abs=1e-3)
    assert cut_for_share(quantiles + 1, quantiles, 0.8).threshold == pytest.approx(
        1 + NormalDist().inv_cdf(0.2), abs=1e-3
    )
    cut = cut_for_precision(quantiles + 1, quantiles, 0.8)
    assert cut is not None
    right, wrong = 1 - NormalDist(1).cdf(cut.threshold), 1 - NormalDist().cdf(cut.threshold)
    assert right / (right + wrong) == pytest.approx(0.8, abs=1e-3)


def test_a_language_has_thresholds_from_enough_images_on() -> None:
    groups = groups_of([*pairs(MIN_IMAGES, "en"), *pairs(MIN_IMAGES - 1, "fr")], 0.95, 0.8)
    found = {(group.by, group.name): group for group in groups}
    assert list(found) == [("all", ""), ("language", "en"), ("language", "fr"), ("source", "a.warc")]
    english, french = found["language", "en"], found["language", "fr"]
    assert english.at_precision == Cut(0.5, 1.0, 1.0)
    assert english.at_share == Cut(0.506, 0.8, 1.0)
    assert (french.at_precision, french.at_share) == (None, None)
    assert (french.images, french.documents, french.auc) == (29, 15, 1.0)


def test_all_pairs_have_thresholds_however_few_they_are() -> None:
    whole = groups_of(pairs(1), 0.95, 0.8)[0]
    assert whole.at_precision == whole.at_share == Cut(0.5, 1.0, 1.0)


@pytest.mark.parametrize(("above", "told"), [(60, True), (59, False)])
def test_no_threshold_is_proposed_where_own_texts_are_not_told_from_strangers(above: int, told: bool) -> None:
    """Of 100 pictures `above` are more like their own text than all strangers', the others less than all."""
    assert MIN_AUC == 0.6
    made = [Pair(str(at), "en", "a", at, "", 1.0 if at < above else 0.0, 0.5) for at in range(100)]
    for group in groups_of(made, 0.95, 0.5):
        assert group.auc == above / 100
        assert (group.tells_apart, group.at_precision is not None, group.at_share is not None) == (told,) * 3


def test_all_groups_are_drawn_on_one_scale() -> None:
    groups = groups_of([*pairs(3, "en"), Pair("d", "fr", "b", 0, "", 0.93, -0.12)], 0.95, 0.8)
    assert {(round(group.histogram.low, 9), round(group.histogram.high, 9)) for group in groups} == {(-0.15, 0.95)}
    assert all(sum(group.histogram.matched) == group.images for group in groups)


def test_equal_similarities_have_a_histogram_too() -> None:
    (whole, *_) = groups_of([Pair("d", "en", "a", 0, "", 0.0, 0.0)], 0.95, 0.8)
    assert (whole.histogram.low, whole.histogram.high) == (0.0, 0.05)
    assert whole.auc == 0.5
