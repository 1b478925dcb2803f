from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document, Score
from filters.alignment_rank import AlignmentRank
from tests.documents import document, image


def ranked(texts: Mapping[int, float], images: Mapping[int, float]) -> Document:
    """Two texts and two images with these ranks by their index."""
    scores = [Score("image_rank/test", value, index) for index, value in texts.items()]
    scores += [Score("text_rank/test", value, index) for index, value in images.items()]
    return document("zero", image(300, 200), "two", image(300, 200), scores=scores)


@pytest.mark.parametrize(("rank", "kept"), [(7 / 63, True), (0, True), (8 / 63, False), (1, False), (math.nan, False)])
def test_the_best_eight_of_sixty_four_stay_as_in_moscar(rank: float, kept: bool) -> None:
    assert (not list(AlignmentRank().judge(ranked({}, {1: rank})))) is kept
    assert (not list(AlignmentRank().judge(ranked({2: rank}, {})))) is kept


@pytest.mark.parametrize(("rank", "kept"), [(0.25, True), (0.26, False)])
def test_a_rank_at_the_limit_stays(rank: float, kept: bool) -> None:
    assert (not list(AlignmentRank(0.25).judge(ranked({0: rank}, {})))) is kept


def test_images_and_texts_go_by_what_was_measured_before_anything_went() -> None:
    given = ranked({0: 0.9, 2: 0.0}, {1: 0.5, 3: 0.1})
    image_goes = Decision("alignment_rank", "image_not_above_negatives", 1, 0.5, 0.112)
    text_goes = Decision("alignment_rank", "text_not_above_negatives", 0, 0.9, 0.112)
    assert list(AlignmentRank().judge(given)) == [image_goes, text_goes]
    assert list(AlignmentRank(drop="images").judge(given)) == [image_goes]
    assert list(AlignmentRank(drop="texts").judge(given)) == [text_goes]


def test_what_was_not_measured_is_not_judged() -> None:
    assert list(AlignmentRank(0).judge(ranked({}, {}))) == []
    assert list(AlignmentRank(0).judge(document())) == []


@pytest.mark.parametrize("bound", [-0.01, 1.01, math.nan])
def test_a_rank_that_is_no_share_is_refused(bound: float) -> None:
    with pytest.raises(ValueError, match="max_rank"):
        AlignmentRank(bound)


def test_a_thing_that_cannot_go_is_refused() -> None:
    with pytest.raises(ValueError, match="'image', it must be 'both', 'images' or 'texts'"):
        AlignmentRank(drop="image")
