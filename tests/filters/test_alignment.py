from __future__ import annotations

import math

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Score
from filters.alignment import Alignment
from tests.documents import document, image, language


def similarity(value: float, index: int) -> Score:
    return Score("best_similarity/test", value, index)


@pytest.mark.parametrize(("value", "kept"), [(0.15, True), (0.2, True), (0.149, False), (math.nan, False)])
def test_an_image_at_the_least_score_is_kept_and_one_below_it_is_not(value: float, kept: bool) -> None:
    doc = document("A cat", image(300, 200), scores=[similarity(value, 1)])
    assert (not list(Alignment(0.15).judge(doc))) is kept


def test_an_unrelated_image_is_told_with_its_figures_and_the_related_one_stays() -> None:
    doc = document(image(300, 200), "A cat", image(300, 200), scores=[similarity(0.3, 0), similarity(0.05, 2)])
    assert list(Alignment(0.15).judge(doc)) == [Decision("alignment", "image_text_unrelated", 2, 0.05, 0.15)]


def test_an_image_without_a_score_is_dropped() -> None:
    assert list(Alignment(0.15).judge(document("A cat", image(300, 200)))) == [
        Decision("alignment", "image_not_aligned", 1)
    ]


@pytest.mark.parametrize("label", ["zh", "und"])
def test_a_document_in_a_language_that_the_model_does_not_read_is_not_judged(label: str) -> None:
    doc = document("一只猫", image(300, 200), scores=[language(label), similarity(0.0, 1)])
    assert list(Alignment(0.15, languages=("en",)).judge(doc)) == []
    assert len(list(Alignment(0.15).judge(doc))) == 1


def test_a_document_of_unknown_language_is_judged_only_by_a_model_that_reads_all() -> None:
    doc = document("A cat", image(300, 200), scores=[similarity(0.0, 1)])
    assert list(Alignment(0.15, languages=("en",)).judge(doc)) == []
    assert len(list(Alignment(0.15).judge(doc))) == 1


def test_a_document_in_a_language_that_the_model_reads_is_judged() -> None:
    doc = document("A cat", image(300, 200), scores=[language("en"), similarity(0.0, 1)])
    assert [decision.segment for decision in Alignment(0.15, languages=("fr", "en")).judge(doc)] == [1]


def test_a_document_without_images_loses_nothing() -> None:
    assert list(Alignment(0.15).judge(document("text"))) == list(Alignment(0.15).judge(document())) == []


@pytest.mark.parametrize("min_score", [-1.1, 1.1, math.nan])
def test_impossible_scores_are_refused(min_score: float) -> None:
    with pytest.raises(ValueError, match="min_score"):
        Alignment(min_score)


def test_a_document_stays_where_enough_of_the_images_that_are_left_are_matched() -> None:
    core = Alignment(0.15, matched_score=0.25, min_matched_share=0.75)
    images = [image(300, 200) for _ in range(5)]
    enough = [similarity(value, index) for index, value in enumerate([0.25, 0.3, 0.4, 0.2, 0.1])]
    assert list(core.judge(document(*images, scores=enough))) == [
        Decision("alignment", "image_text_unrelated", 4, 0.1, 0.15)
    ]
    too_few = [similarity(value, index) for index, value in enumerate([0.25, 0.3, 0.24, 0.2, 0.1])]
    assert list(core.judge(document(*images, scores=too_few)))[-1] == Decision(
        "alignment", "images_weakly_related", None, 0.5, 0.75
    )


def test_a_document_without_a_related_image_is_left_to_document_shape() -> None:
    core = Alignment(0.15, matched_score=0.25, min_matched_share=0.75)
    found = list(core.judge(document("text", image(300, 200), scores=[similarity(0.1, 1)])))
    assert [decision.segment for decision in found] == [1]


def test_images_are_matched_by_their_best_or_by_their_assigned_text() -> None:
    given = [similarity(0.3, 1), Score("assigned_similarity/test", 0.24, 1)]
    doc = document("text", image(300, 200), scores=given)
    weak = Decision("alignment", "images_weakly_related", None, 0.0, 1.0)
    assert list(Alignment(0.15, (), 0.25, 1.0).judge(doc)) == []
    assert list(Alignment(0.15, (), 0.25, 1.0, matched_by="assigned").judge(doc)) == [weak]
    assert list(Alignment(0.15, (), 0.24, 1.0, matched_by="assigned").judge(doc)) == []


def test_an_image_that_was_not_assigned_is_not_matched() -> None:
    doc = document("text", image(300, 200), scores=[similarity(0.3, 1)])
    (found,) = Alignment(0.15, (), 0.25, 1.0, matched_by="assigned").judge(doc)
    assert found.reason == "images_weakly_related"


def test_another_word_for_matched_by_is_refused() -> None:
    with pytest.raises(ValueError, match="matched_by"):
        Alignment(0.15, matched_by="first")  # type: ignore[arg-type]


def test_half_of_the_rule_for_matched_images_is_refused() -> None:
    with pytest.raises(ValueError, match="belong together"):
        Alignment(0.15, matched_score=0.25)
