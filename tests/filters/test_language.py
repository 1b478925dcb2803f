from __future__ import annotations

import math

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document, Score
from filters.language import Language
from tests.documents import document, language


def test_a_document_in_a_wanted_language_is_kept() -> None:
    assert list(Language(("en", "fr")).judge(document("Bonjour", scores=[language("fr", 0.9)]))) == []


def test_a_document_in_another_language_is_dropped_and_the_ledger_tells_which() -> None:
    doc = document("Hei", scores=[language("fi", 0.99)])
    assert list(Language(("en", "fr")).judge(doc)) == [
        Decision("language", "language_not_wanted", None, "fi", "en, fr")
    ]


@pytest.mark.parametrize(("probability", "kept"), [(0.5, True), (0.51, True), (0.49, False), (math.nan, False)])
def test_a_document_at_the_least_probability_is_kept_and_one_below_it_is_not(probability: float, kept: bool) -> None:
    decisions = list(Language(("en",)).judge(document("Hello", scores=[language("en", probability)])))
    assert [decision.reason for decision in decisions] == ([] if kept else ["language_uncertain"])


def test_an_uncertain_language_is_told_with_its_figures() -> None:
    doc = document("Hello", scores=[language("en", 0.3)])
    assert list(Language(("en",)).judge(doc)) == [Decision("language", "language_uncertain", None, 0.3, 0.5)]


def test_a_document_that_nobody_measured_is_dropped() -> None:
    assert list(Language(("en",)).judge(document("Hello"))) == [Decision("language", "language_unknown")]


def test_the_language_of_one_segment_is_not_that_of_the_document() -> None:
    doc = document("Hello", scores=[Score("language/test", 1.0, 0, "en")])
    assert [decision.reason for decision in Language(("en",)).judge(doc)] == ["language_unknown"]


def test_an_empty_document_without_letters_is_dropped() -> None:
    doc = document(scores=[language("und", 0.0)])
    assert [decision.measured for decision in Language(("en",)).judge(doc)] == ["und"]


@pytest.mark.parametrize(
    ("wanted", "min_probability", "fault"),
    [((), 0.5, "wanted names no language"), (("en",), -0.1, "min_probability"), (("en",), 1.1, "min_probability")],
)
def test_impossible_options_are_refused(wanted: tuple[str, ...], min_probability: float, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Language(wanted, min_probability)


def own(segment: int, label: str, probability: float = 0.9) -> Score:
    """The language of one text."""
    return Score("language/test", probability, segment, label)


def mixed() -> Document:
    """60 letters of English, 40 of French, and a text too short to be told."""
    return document("e" * 60, "f" * 40, "short", scores=[language("en", 0.6), own(0, "en"), own(1, "fr")])


@pytest.mark.parametrize(("max_foreign_share", "kept"), [(0.4, True), (0.39, False), (None, True)])
def test_a_document_at_the_largest_foreign_share_is_kept_and_one_over_it_is_not(
    max_foreign_share: float | None, kept: bool
) -> None:
    decisions = list(Language(("en",), max_foreign_share=max_foreign_share).judge(mixed()))
    assert decisions == [] if kept else decisions == [Decision("language", "languages_mixed", None, 0.4, 0.39)]


def test_a_language_that_is_wanted_too_is_not_foreign() -> None:
    assert list(Language(("en", "fr"), max_foreign_share=0, min_foreign_probability=0).judge(mixed())) == []


@pytest.mark.parametrize(("probability", "kept"), [(0.9, False), (0.91, True)])
def test_a_text_that_is_surely_in_another_language_is_dropped(probability: float, kept: bool) -> None:
    decisions = list(Language(("en",), min_foreign_probability=probability).judge(mixed()))
    assert decisions == ([] if kept else [Decision("language", "text_language_not_wanted", 1, "fr", "en")])


def test_a_text_of_which_only_the_script_is_told_is_foreign_and_one_of_which_nothing_is_told_is_not() -> None:
    doc = document("ab", "cd", scores=[language("en"), own(0, "und", 0.0), own(1, "und-Ethi", 1.0)])
    rule = Language(("en",), min_foreign_probability=0)
    assert [decision.segment for decision in rule.judge(doc)] == [1]


def test_texts_of_a_document_that_is_dropped_are_not_judged() -> None:
    rule = Language(("de",), min_foreign_probability=0)
    assert [decision.segment for decision in rule.judge(mixed())] == [None]


def test_the_language_is_identified_again_by_what_earlier_filters_left() -> None:
    rule = Language(("en",), by_segments=True)
    assert list(rule.judge(mixed())) == []
    assert list(rule.judge(mixed().without([0]))) == [Decision("language", "language_not_wanted", None, "fr", "en")]


@pytest.mark.parametrize(("min_probability", "kept"), [(0.6, True), (0.61, False)])
def test_by_segments_the_probability_is_the_share_of_letters(min_probability: float, kept: bool) -> None:
    assert (list(Language(("en",), min_probability, by_segments=True).judge(mixed())) == []) == kept


def test_by_segments_a_document_of_short_texts_is_judged_as_a_whole() -> None:
    doc = document("Bonjour", scores=[language("fr", 0.9)])
    assert list(Language(("fr",), by_segments=True).judge(doc)) == []


def test_a_script_can_be_wanted() -> None:
    doc = document("ab", scores=[language("und-Ethi", 1.0)])
    assert list(Language(("und-Ethi",)).judge(doc)) == []


@pytest.mark.parametrize("code", ["english", "EN", "und-ethi", "en-US"])
def test_what_no_detector_says_cannot_be_wanted(code: str) -> None:
    with pytest.raises(ValueError, match="is no code"):
        Language((code,))


@pytest.mark.parametrize("option", ["max_foreign_share", "min_foreign_probability"])
@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_a_share_that_is_none_is_refused(option: str, value: float) -> None:
    with pytest.raises(ValueError, match=option):
        Language(("en",), **{option: value})


def test_the_language_of_the_whole_page_counts_where_segments_are_not_asked() -> None:
    doc = mixed().without([0])
    assert list(Language(("en",), max_foreign_share=1).judge(doc)) == []
