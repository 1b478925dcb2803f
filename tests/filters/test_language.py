from __future__ import annotations

import math

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Score
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
