from __future__ import annotations

import math

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document, Score
from filters.toxicity import Toxicity
from tests.documents import document, language, text


def measured(value: float, label: str = "en") -> Document:
    return document("words", scores=[language(label), Score("toxicity/test", value)])


@pytest.mark.parametrize(("value", "kept"), [(0.0, True), (0.5, True), (0.501, False), (math.nan, False)])
def test_a_document_at_the_limit_is_kept(value: float, kept: bool) -> None:
    assert (not list(Toxicity().judge(measured(value)))) == kept


def test_the_decision_tells_the_figures() -> None:
    assert list(Toxicity(0.3).judge(measured(0.75))) == [Decision("toxicity", "text_toxic", None, 0.75, 0.3)]


def test_a_document_in_a_judged_language_that_nobody_measured_is_dropped() -> None:
    assert list(Toxicity().judge(document("words", scores=[language("en")]))) == [
        Decision("toxicity", "toxicity_unknown")
    ]


def test_other_languages_are_not_judged() -> None:
    assert list(Toxicity().judge(measured(1.0, "fi"))) == []
    assert list(Toxicity().judge(document("words"))) == []
    assert [decision.reason for decision in Toxicity(languages=("en", "fi")).judge(measured(1.0, "fi"))] == [
        "text_toxic"
    ]


def test_where_there_is_no_text_nothing_is_abusive() -> None:
    assert list(Toxicity().judge(document(text("x = 1", "code"), scores=[language("en")]))) == []


def test_options_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match=r"max_score is 1\.5"):
        Toxicity(1.5)
    with pytest.raises(ValueError, match="languages is empty"):
        Toxicity(languages=())
