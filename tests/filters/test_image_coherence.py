from __future__ import annotations

import math

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document, Score
from filters.image_coherence import ImageCoherence
from tests.documents import document, image


def sequence(value: float | None, images: int = 2) -> Document:
    scores = [] if value is None else [Score("image_coherence/test", value)]
    return document("text", *(image(300, 200) for _ in range(images)), scores=scores)


@pytest.mark.parametrize(("value", "kept"), [(0.05, True), (0.3, True), (0.049, False), (math.nan, False)])
def test_a_document_at_the_least_coherence_is_kept_and_one_below_it_is_not(value: float, kept: bool) -> None:
    assert (not list(ImageCoherence(0.05).judge(sequence(value)))) is kept


def test_images_in_no_order_are_told_with_their_figures() -> None:
    found = list(ImageCoherence(0.05).judge(sequence(-0.25)))
    assert found == [Decision("image_coherence", "images_incoherent", None, -0.25, 0.05)]


@pytest.mark.parametrize("images", [0, 1])
def test_with_fewer_than_two_images_left_a_document_is_not_judged(images: int) -> None:
    assert list(ImageCoherence(0.05).judge(sequence(-0.25, images))) == []


def test_a_sequence_that_nobody_measured_is_dropped() -> None:
    assert list(ImageCoherence(0.05).judge(sequence(None))) == [Decision("image_coherence", "image_coherence_unknown")]


@pytest.mark.parametrize("bound", [-2.01, 2.01, math.nan])
def test_impossible_bounds_are_refused(bound: float) -> None:
    with pytest.raises(ValueError, match="min_coherence"):
        ImageCoherence(bound)


@pytest.mark.parametrize("bound", [-2, 2])
def test_bounds_at_the_ends_are_taken(bound: float) -> None:
    assert ImageCoherence(bound).min_coherence == bound
