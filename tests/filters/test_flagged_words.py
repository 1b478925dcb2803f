from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document
from filters.flagged_words import FlaggedWords
from tests.documents import document, language

CLEAN = "word " * 49


def english(*texts: str) -> Document:
    return document(*texts, scores=[language("en")])


@pytest.mark.parametrize(("limit", "kept"), [(0.02, True), (0.019, False)])
def test_a_document_at_the_share_is_kept_and_one_over_it_goes(limit: float, kept: bool) -> None:
    decisions = list(FlaggedWords(max_share=limit).judge(english(CLEAN, "porn")))
    assert decisions == ([] if kept else [Decision("flagged_words", "many_flagged_words", None, 0.02, limit)])


def test_a_paragraph_over_its_share_goes_and_counts_no_more() -> None:
    rule = FlaggedWords(max_share=0.0, max_paragraph_share=0.5)
    assert list(rule.judge(english("porn porn here", CLEAN))) == [
        Decision("flagged_words", "text_has_flagged_words", 0, 2 / 3, 0.5)
    ]
    assert [decision.segment for decision in rule.judge(english("porn here", CLEAN))] == [None]


@pytest.mark.parametrize(("text", "kept"), [("porn porn", True), ("porn slut", False)])
def test_different_words_are_counted_once_each(text: str, kept: bool) -> None:
    decisions = list(FlaggedWords(max_share=1, max_distinct=1).judge(english(text)))
    assert decisions == ([] if kept else [Decision("flagged_words", "different_flagged_words", None, 2, 1)])


def test_a_document_in_a_language_without_list_or_in_none_is_not_judged() -> None:
    assert list(FlaggedWords().judge(document("porn", scores=[language("xx")]))) == []
    assert list(FlaggedWords().judge(document("porn"))) == []
    assert list(FlaggedWords().judge(english())) == []


def test_a_share_is_never_more_than_all() -> None:
    (decision,) = FlaggedWords().judge(document("乱伦乱伦乱伦", scores=[language("zh")]))
    assert decision.measured == 1


@pytest.mark.parametrize(
    "options", [{"max_share": 1.1}, {"max_share": float("nan")}, {"max_paragraph_share": -0.1}, {"max_distinct": -1}]
)
def test_options_that_make_no_sense_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        FlaggedWords(**options)  # type: ignore[arg-type]
