from __future__ import annotations

import math

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document, Score
from filters.perplexity import Perplexity
from tests.documents import document


def measured(value: float) -> Document:
    return document("words", scores=[Score("perplexity/test", value)])


@pytest.mark.parametrize(("value", "kept"), [(1, True), (1500, True), (1500.001, False), (math.nan, False)])
def test_obelics_keeps_up_to_1500(value: float, kept: bool) -> None:
    decisions = list(Perplexity().judge(measured(value)))
    assert not decisions if kept else decisions[0].reason == "perplexity_too_high"


def test_the_decision_tells_the_figures() -> None:
    assert list(Perplexity(max_perplexity=300).judge(measured(301.5))) == [
        Decision("perplexity", "perplexity_too_high", None, 301.5, 300)
    ]
    assert list(Perplexity(None, 20).judge(measured(19.5))) == [
        Decision("perplexity", "perplexity_too_low", None, 19.5, 20)
    ]


@pytest.mark.parametrize(("value", "kept"), [(20, True), (19.9, False), (math.nan, False), (10**9, True)])
def test_a_text_may_be_too_easy(value: float, kept: bool) -> None:
    assert (not list(Perplexity(max_perplexity=None, min_perplexity=20).judge(measured(value)))) == kept


def test_what_no_model_reads_stays() -> None:
    assert list(Perplexity().judge(document("sanoja"))) == []


def test_without_bounds_nothing_is_dropped() -> None:
    assert list(Perplexity(None, None).judge(measured(10**9))) == []


@pytest.mark.parametrize("options", [{"max_perplexity": 0.5}, {"min_perplexity": 0}, {"max_perplexity": math.nan}])
def test_what_no_perplexity_can_be_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="a perplexity is 1 or more"):
        Perplexity(**options)


def test_bounds_that_leave_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="min_perplexity is 30, more than max_perplexity, 20"):
        Perplexity(20, 30)
