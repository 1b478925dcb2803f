from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from corpusflow.align.coherence import coherence, mean_pair_similarity
from tests.corpusflow.align.angles import rows


def test_a_sequence_that_goes_on_step_by_step_is_coherent_and_the_same_images_mixed_are_not() -> None:
    assert coherence(rows(0, 30, 60, 90)) == pytest.approx(np.sqrt(3) / 2 - pairs(rows(0, 30, 60, 90)))
    assert (coherence(rows(0, 30, 60, 90)) or 0) > 0.2
    assert (coherence(rows(0, 90, 30, 60)) or 0) < 0


def pairs(images: np.ndarray) -> float:
    """The mean cosine of all pairs, one by one."""
    return float(np.mean([float(one @ other) for one, other in combinations(images.astype(np.float64), 2)]))


def test_equal_images_and_two_images_have_no_coherence() -> None:
    assert coherence(rows(10, 10, 10)) == pytest.approx(0)
    assert coherence(rows(0, 77)) == pytest.approx(0)


def test_pair_similarity_lies_between_nought_for_opposites_and_one_for_equals() -> None:
    assert mean_pair_similarity(rows(0, 180)) == pytest.approx(0)
    assert mean_pair_similarity(rows(0, 90)) == pytest.approx(0.5)
    assert mean_pair_similarity(rows(5, 5, 5)) == pytest.approx(1)
    assert mean_pair_similarity(rows(0, 0, 90)) == pytest.approx((1 + 0.5 + 0.5) / 3)


@pytest.mark.parametrize("measure", [coherence, mean_pair_similarity])
def test_fewer_than_two_images_are_not_measured(measure: object) -> None:
    assert measure(rows(0)) is None  # type: ignore[operator]
    assert measure(np.empty((0, 4), np.float32)) is None  # type: ignore[operator]


def test_many_images_are_measured_as_pair_by_pair() -> None:
    drawn = np.random.default_rng(3).normal(size=(60, 16))
    images = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    neighbours = np.mean([float(one @ other) for one, other in pairwise(images)])
    assert coherence(images) == pytest.approx(neighbours - pairs(images), abs=1e-6)
    assert mean_pair_similarity(images) == pytest.approx((pairs(images) + 1) / 2, abs=1e-6)


@pytest.mark.parametrize("measure", [coherence, mean_pair_similarity])
def test_numbers_that_are_not_finite_and_what_is_no_matrix_are_refused(measure: object) -> None:
    with pytest.raises(ValueError, match="2 images"):
        measure(np.array([[0.5, np.nan], [0.5, 0.5]]))  # type: ignore[operator]
    with pytest.raises(ValueError, match="a row for each image"):
        measure(np.zeros(3))  # type: ignore[operator]
