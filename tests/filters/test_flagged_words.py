from __future__ import annotations

from pathlib import Path

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


def test_a_list_of_ones_own_takes_the_place_of_ours_in_every_language(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("Casino\nfree spins\n", encoding="utf-8")
    rule = FlaggedWords(max_share=None, max_distinct=0, path=str(path))
    assert list(rule.judge(document("A casino", scores=[language("xx")]))) == [
        Decision("flagged_words", "different_flagged_words", None, 1, 0)
    ]
    assert len(list(rule.judge(document("Free  spins!")))) == 1
    assert list(rule.judge(english("porn", "spins"))) == []


def test_the_published_bound_of_spam_words_is_one_of_paragraphs(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("casino\n", encoding="utf-8")
    rule = FlaggedWords(max_share=None, max_paragraph_share=0.12, path=str(path))
    doc = document("casino " * 12 + "word " * 88, "casino " * 13 + "word " * 87)
    assert [decision.segment for decision in rule.judge(doc)] == [1]


def test_languages_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("casino\n", encoding="utf-8")
    rule = FlaggedWords(path=str(path), languages=("de",))
    assert list(rule.judge(english("casino"))) == []
    assert list(rule.judge(document("casino"))) == []
    assert len(list(rule.judge(document("casino", scores=[language("de")])))) == 1
    assert list(FlaggedWords(languages=("de",)).judge(english("porn"))) == []
    with pytest.raises(ValueError, match="xx"):
        FlaggedWords(languages=("xx",))


def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        FlaggedWords(path=str(tmp_path / "none.txt"))


def test_without_a_bound_nothing_goes() -> None:
    assert list(FlaggedWords(max_share=None).judge(english("porn"))) == []
