from __future__ import annotations

import math

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document, Score
from corpusflow.filtering import apply
from filters.alike_images import AlikeImages
from tests.documents import document, image


def row(*most: tuple[float, int]) -> Document:
    """Images with their similarity to the earlier one of this index; the first has none."""
    scores = [Score("copy_similarity/test", value, index, str(of)) for index, (value, of) in enumerate(most, 1)]
    return document(*(image(300, 200) for _ in range(len(most) + 1)), scores=scores)


@pytest.mark.parametrize(("value", "kept"), [(0.949, True), (0.95, False), (1.0, False), (math.nan, True)])
def test_an_image_from_the_similarity_on_is_a_copy(value: float, kept: bool) -> None:
    assert (not list(AlikeImages(0.95).judge(row((value, 0))))) is kept


def test_a_copy_is_told_with_its_figures_and_the_first_stays() -> None:
    goes = [Decision("alike_images", "image_alike_earlier_one", index, 0.99, 0.95) for index in (1, 2)]
    assert list(AlikeImages(0.95).judge(row((0.99, 0), (0.99, 1), (0.2, 0)))) == goes


def test_the_copy_of_an_image_that_is_gone_stays() -> None:
    left = row((0.99, 0), (0.98, 1)).without([0])
    kept, decisions = apply(left, [AlikeImages(0.95)])
    assert kept is not None
    assert [image.index for image in kept.images] == [1]
    assert [decision.segment for decision in decisions] == [2]


def test_what_was_not_measured_is_not_judged() -> None:
    assert list(AlikeImages(0.5).judge(document("text", image(300, 200), image(300, 200)))) == []
    assert list(AlikeImages(0.5).judge(document())) == []


@pytest.mark.parametrize("bound", [-1.01, 1.01, math.nan])
def test_impossible_bounds_are_refused(bound: float) -> None:
    with pytest.raises(ValueError, match="min_similarity"):
        AlikeImages(bound)


@pytest.mark.parametrize("bound", [-1, 1])
def test_bounds_at_the_ends_are_taken(bound: float) -> None:
    assert AlikeImages(bound).min_similarity == bound
