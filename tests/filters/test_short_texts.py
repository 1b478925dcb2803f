from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document
from filters.short_texts import ShortTexts
from tests.documents import document, image, text

OFF = dict.fromkeys(
    ("min_latin_bytes", "min_other_bytes", "min_longest_words", "min_mean_words", "min_texts", "min_characters")
)


def only(**options: float) -> ShortTexts:
    return ShortTexts(**{**OFF, **options})  # type: ignore[arg-type]


def kept(rule: ShortTexts, doc: Document) -> bool:
    return not list(rule.judge(doc))


@pytest.mark.parametrize(
    ("words", "size", "limit", "stays"),
    [
        ("word", 4, 5, False),
        ("words", 5, 5, True),
        ("wö-ö", 6, 5, True),
        ("привет!", 13, 15, False),
        ("приветы!", 15, 15, True),
        ("四个汉字", 12, 15, False),
        ("五个字在此", 15, 15, True),
        ("11.499 €", 10, 15, False),
    ],
)
def test_a_paragraph_has_some_bytes_by_its_script(words: str, size: int, limit: int, stays: bool) -> None:
    decisions = list(only(min_latin_bytes=5, min_other_bytes=15).judge(document(words)))
    assert decisions == ([] if stays else [Decision("short_texts", "text_too_short", 0, size, limit)])


def test_headings_and_list_items_may_be_shorter() -> None:
    doc = document(text("Tea", "heading", 1), text("Salt", "list_item", 1), text("Cat", "caption"))
    assert kept(only(min_latin_bytes=5, min_other_bytes=15), doc)


@pytest.mark.parametrize(("longest", "short", "stays"), [(34, 1, False), (35, 1, True), (34, 0, True)])
def test_a_document_goes_where_longest_and_mean_are_both_short(longest: int, short: int, stays: bool) -> None:
    rule = only(min_longest_words=35, min_mean_words=12)
    doc = document("word " * longest, *["word"] * short * 3, text("word " * 100, "code"))
    decisions = list(rule.judge(doc))
    assert decisions == ([] if stays else [Decision("short_texts", "no_long_text", None, 34, 35)])


@pytest.mark.parametrize(("texts", "characters", "stays"), [(4, 299, False), (5, 295, True), (4, 300, True)])
def test_a_document_goes_where_texts_and_characters_are_both_few(texts: int, characters: int, stays: bool) -> None:
    parts = ["x" * (characters // texts)] * (texts - 1)
    parts.append("x" * (characters - sum(map(len, parts))))
    decisions = list(only(min_texts=5, min_characters=300).judge(document(*parts)))
    assert decisions == ([] if stays else [Decision("short_texts", "few_short_texts", None, characters, 300)])


def test_a_chinese_character_counts_three() -> None:
    rule = only(min_texts=5, min_characters=300)
    assert kept(rule, document("字" * 100))
    assert not kept(rule, document("字" * 99))


def test_one_bound_of_a_pair_decides_alone() -> None:
    assert not kept(only(min_texts=2), document("word " * 1000))
    assert not kept(only(min_mean_words=12), document("word " * 100, *["word"] * 20))


def test_dropped_paragraphs_do_not_count_and_a_document_without_texts_is_not_judged() -> None:
    doc = document("word", "word " * 10)
    reasons = [decision.reason for decision in only(min_latin_bytes=5, min_texts=2).judge(doc)]
    assert reasons == ["text_too_short", "few_short_texts"]
    assert kept(ShortTexts(), document(image(200, 200)))
    assert kept(ShortTexts(**OFF), document("a"))  # type: ignore[arg-type]


def test_negative_bounds_are_refused() -> None:
    for option in OFF:
        with pytest.raises(ValueError, match=option):
            ShortTexts(**{option: -1})  # type: ignore[arg-type]
