from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document
from filters.text_lines import TextLines
from tests.documents import document, text

SENTENCE = "This is a line of nine words in all."
LINES_ONLY = {"drop_unended": False, "min_line_words": None, "max_word_letters": None}


def reasons(rule: TextLines, doc: Document) -> list[tuple[str, int | None]]:
    return [(decision.reason, decision.segment) for decision in rule.judge(doc)]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("This is a line of nine words in all.", True),
        ("He said that it was so!”", True),
        ("This is a line of nine words in all.[3]", True),
        ("This is a line of nine words in all", False),
        ("This is a line of nine words in...", False),
        ("今天天气很好我们去公园。", True),
        ("今天天气很好我们去公园", False),
        ("วันนี้อากาศดีเราไปเดินเล่นที่สวนสาธารณะ", True),
    ],
)
def test_a_line_without_the_end_of_a_sentence_goes(line: str, kept: bool) -> None:
    rule = TextLines(max_short_lines=None)
    assert reasons(rule, document(line)) == ([] if kept else [("no_end_of_sentence", 0)])


@pytest.mark.parametrize(("line", "kept"), [("One two three four five.", True), ("One two three four.", False)])
def test_a_line_has_five_words(line: str, kept: bool) -> None:
    decisions = list(TextLines(max_short_lines=None).judge(document(line)))
    assert decisions == ([] if kept else [Decision("text_lines", "line_too_short", 0, 4, 5)])


def test_a_text_of_several_lines_stays_for_one_of_them() -> None:
    doc = document(f"A poem\n{SENTENCE}\nof lines", "A poem\nof lines")
    assert reasons(TextLines(max_short_lines=None), doc) == [("no_end_of_sentence", 1)]
    # The one that ends is too short, the one that is long enough does not end.
    doc = document("So it is.\nHere we have many words but no end")
    assert reasons(TextLines(max_short_lines=None), doc) == [("line_too_short", 0)]


def test_only_paragraphs_and_quotes_are_lines() -> None:
    parts = [
        text("Title", "heading", 1),
        text("salt", "list_item", 1),
        text("A cat", "caption"),
        text("x", "code"),
        text("A", "quote"),
    ]
    rule = TextLines(max_short_lines=None, max_lines_per_word=None)
    assert reasons(rule, document(*parts)) == [("no_end_of_sentence", 4)]


@pytest.mark.parametrize(("letters", "kept"), [(1000, True), (1001, False)])
def test_a_word_of_a_thousand_letters_is_the_longest(letters: int, kept: bool) -> None:
    doc = document("This line holds a word " + "x" * (letters - 1) + ".")
    assert reasons(TextLines(), doc) == ([] if kept else [("word_too_long", 0)])


def test_chinese_without_spaces_is_no_long_word() -> None:
    assert reasons(TextLines(), document("今天天气很好" * 300 + "。")) == []


@pytest.mark.parametrize(("long", "kept"), [(33, True), (32, False)])
def test_a_document_of_short_lines_goes(long: int, kept: bool) -> None:
    # 30 letters are short, 31 are not.
    parts = ["x" * 31] * long + ["x" * 30] * (100 - long)
    rule = TextLines(**LINES_ONLY, max_lines_per_word=None)  # type: ignore[arg-type]
    decisions = list(rule.judge(document(*parts)))
    assert decisions == ([] if kept else [Decision("text_lines", "too_many_short_lines", None, 0.68, 0.67)])


@pytest.mark.parametrize(("words", "kept"), [(10, True), (9, False)])
def test_a_document_of_many_lines_for_its_words_goes(words: int, kept: bool) -> None:
    doc = document("word " * (words - 2), "word", "word")
    rule = TextLines(**LINES_ONLY, max_short_lines=None)  # type: ignore[arg-type]
    assert reasons(rule, doc) == ([] if kept else [("too_many_lines", None)])


def test_dropped_lines_do_not_count_and_code_never_does() -> None:
    long = f"{SENTENCE} {SENTENCE}"
    doc = document("short", "short", long, text("x\ny\nz", "code"))
    assert reasons(TextLines(), doc) == [("no_end_of_sentence", 0), ("no_end_of_sentence", 1)]
    assert reasons(TextLines(drop_unended=False, min_line_words=None), doc) == []
    assert reasons(TextLines(drop_unended=False, min_line_words=None, max_short_lines=0.66), doc) == [
        ("too_many_short_lines", None)
    ]


def test_every_rule_can_be_switched_off() -> None:
    rule = TextLines(**LINES_ONLY, max_short_lines=None, max_lines_per_word=None)  # type: ignore[arg-type]
    assert reasons(rule, document("a", "b", "c")) == []
    assert reasons(TextLines(), document()) == []


@pytest.mark.parametrize(
    "options", [{"max_short_lines": 1.1}, {"min_line_words": -1}, {"short_line": -1}, {"max_lines_per_word": -0.1}]
)
def test_options_that_make_no_sense_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        TextLines(**options)  # type: ignore[arg-type]
