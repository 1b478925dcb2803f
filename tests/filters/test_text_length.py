from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from filters.text_length import TextLength
from tests.documents import document, image, language, text


@pytest.mark.parametrize(("count", "reasons"), [(9, ["document_too_short"]), (10, []), (11, [])])
def test_a_document_of_ten_words_is_long_enough(count: int, reasons: list[str]) -> None:
    assert [decision.reason for decision in TextLength().judge(document("word " * count))] == reasons


@pytest.mark.parametrize(("count", "reasons"), [(19, []), (20, []), (21, ["document_too_long"])])
def test_a_document_of_as_many_words_as_allowed_is_not_too_long(count: int, reasons: list[str]) -> None:
    assert [decision.reason for decision in TextLength(max_words=20).judge(document("word " * count))] == reasons


def test_a_short_document_is_told_with_its_figures() -> None:
    assert list(TextLength().judge(document("three words here"))) == [
        Decision("text_length", "document_too_short", None, 3, 10)
    ]


def test_a_document_without_text_is_too_short() -> None:
    assert [decision.measured for decision in TextLength().judge(document(image(200, 200)))] == [0]
    assert list(TextLength(min_words=0).judge(document())) == []


def test_headings_tables_and_code_count_towards_the_document() -> None:
    doc = document(
        text("a heading of five words", "heading", 1), text("x = 1", "code"), text("one two three four", "table_row")
    )
    assert list(TextLength(min_words=11).judge(doc)) == []
    assert len(list(TextLength(min_words=12).judge(doc))) == 1


def test_a_language_without_spaces_is_measured_fairly() -> None:
    assert list(TextLength().judge(document("今天天气很好我们去公园散步看花喝茶然后回家"))) == []
    assert len(list(TextLength().judge(document("今天天气很好")))) == 1


def test_a_right_to_left_text_is_counted_by_its_spaces() -> None:
    assert list(TextLength(min_words=5, max_words=5).judge(document("ذهبت القطة إلى البيت أمس 🙂"))) == []


def test_paragraphs_are_not_judged_unless_asked() -> None:
    assert list(TextLength().judge(document("Yes.", "word " * 2000))) == []


@pytest.mark.parametrize(
    ("count", "reasons"), [(3, ["paragraph_too_short"]), (4, []), (6, []), (7, ["paragraph_too_long"])]
)
def test_paragraphs_at_the_bounds_are_kept(count: int, reasons: list[str]) -> None:
    rule = TextLength(min_words=0, min_paragraph_words=4, max_paragraph_words=6)
    assert [decision.reason for decision in rule.judge(document("word " * count))] == reasons


def test_a_short_paragraph_is_told_with_its_place_and_figures() -> None:
    rule = TextLength(min_paragraph_words=4)
    assert list(rule.judge(document("word " * 10, "Read more"))) == [
        Decision("text_length", "paragraph_too_short", 1, 2, 4)
    ]


def test_headings_captions_and_list_items_may_be_shorter_than_a_paragraph() -> None:
    doc = document(text("Soup", "heading", 2), text("My soup", "caption"), text("2 eggs", "list_item", 1))
    assert list(TextLength(min_words=0, min_paragraph_words=4).judge(doc)) == []


def test_the_words_of_dropped_paragraphs_do_not_make_a_document_long_enough() -> None:
    doc = document("one two", "three four", "five six", "seven eight", "nine ten")
    reasons = [decision.reason for decision in TextLength(min_paragraph_words=4).judge(doc)]
    assert reasons == ["paragraph_too_short"] * 5 + ["document_too_short"]


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"min_words": -1}, "negative"),
        ({"min_paragraph_words": -1}, "negative"),
        ({"min_words": 11, "max_words": 10}, "more than max_words"),
        ({"min_paragraph_words": 5, "max_paragraph_words": 4}, "more than max_paragraph_words"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, int], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        TextLength(**options)


@pytest.mark.parametrize(
    ("count", "reasons"), [(3, ["too_few_sentences"]), (4, []), (6, []), (7, ["too_many_sentences"])]
)
def test_a_document_at_the_bounds_of_sentences_is_kept(count: int, reasons: list[str]) -> None:
    rule = TextLength(min_words=0, min_sentences=4, max_sentences=6)
    doc = document(text("A title. Of two.", "heading", 1), "It is so. " * count)
    assert [decision.reason for decision in rule.judge(doc)] == reasons


def test_sentences_are_cut_by_the_marks_of_the_language_and_no_text_runs_into_the_next() -> None:
    rule = TextLength(min_words=0, min_sentences=3, max_sentences=3)
    assert list(rule.judge(document("今天天气很好。我们去公园。", text("看花", "list_item", 1)))) == []
    german = document("Am 3. Mai kam Frau Dr. Weiß.", "Dann nicht mehr", "Nie", scores=[language("de")])
    assert list(rule.judge(german)) == []


@pytest.mark.parametrize(
    "options", [{"min_sentences": -1}, {"max_sentences": -1}, {"min_sentences": 5, "max_sentences": 4}]
)
def test_impossible_numbers_of_sentences_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="max_sentences"):
        TextLength(**options)
