from __future__ import annotations

import math

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document, Score
from filters.text_quality import TextQuality
from tests.documents import document


def measured(value: float) -> Document:
    return document("words", scores=[Score("text_quality/test", value)])


@pytest.mark.parametrize(("value", "kept"), [(0.5, True), (1.0, True), (0.499, False), (math.nan, False)])
def test_a_document_at_the_limit_is_kept(value: float, kept: bool) -> None:
    assert (not list(TextQuality().judge(measured(value)))) == kept


def test_the_decision_tells_the_figures() -> None:
    assert list(TextQuality(min_score=0.018112).judge(measured(0.01))) == [
        Decision("text_quality", "text_quality_too_low", None, 0.01, 0.018112)
    ]


def test_what_no_model_reads_stays() -> None:
    assert list(TextQuality().judge(document("sanoja"))) == []


@pytest.mark.parametrize("limit", [-0.1, 1.1, math.nan])
def test_a_limit_that_is_no_probability_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="min_score"):
        TextQuality(limit)
