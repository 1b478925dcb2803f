from __future__ import annotations

from typing import Any

import pytest

from corpusflow.decision import Decision
from corpusflow.text.phrases import CALL, LABELS, POLICY, all_phrases, find_phrase
from filters.text_phrases import TextPhrases
from tests.documents import document, image, text


def told(rule: TextPhrases, *parts: Any) -> list[tuple[str, int | None]]:
    return [(decision.reason, decision.segment) for decision in rule.judge(document(*parts))]


PLAIN = "The cat went home yesterday, then it slept on the chair."


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [("placeholder_text", None)]),
        ({"lorem_ipsum": "text"}, [("placeholder_text", 1)]),
        ({"lorem_ipsum": None}, []),
    ],
)
def test_placeholder_text_takes_the_document_the_text_or_nothing(options: Any, expected: Any) -> None:
    assert told(TextPhrases(**options), PLAIN, "Lorem Ipsum dolor sit amet") == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [("curly_braces", 1)]),
        ({"curly_braces": "document"}, [("curly_braces", None)]),
        ({"curly_braces": None}, []),
    ],
)
def test_braces_take_the_text_the_document_or_nothing(options: Any, expected: Any) -> None:
    assert told(TextPhrases(**options), PLAIN, "if (a) { b }", "no (braces) [here]") == expected


def test_braces_of_code_are_where_they_belong() -> None:
    assert told(TextPhrases(curly_braces="document"), PLAIN, text("if (a) { b }", "code")) == []


@pytest.mark.parametrize(
    ("option", "found", "reason"),
    [
        ("drop_javascript", "Please enable JavaScript to go on.", "speaks_of_javascript"),
        ("drop_notices", "This site uses cookies.", "notice"),
        ("drop_notices", "Wir verwenden Cookies auf dieser Seite", "notice"),
        ("drop_notices", "本网站使用cookie", "notice"),
        ("drop_labels", " Share: ", "label_of_a_button"),
        ("drop_labels", "Реклама", "label_of_a_button"),
    ],
)
def test_each_kind_of_line_goes_unless_it_may_stay(option: str, found: str, reason: str) -> None:
    assert told(TextPhrases(), PLAIN, found) == [(reason, 1)]
    assert told(TextPhrases(**{option: False}), PLAIN, found) == []


@pytest.mark.parametrize(
    "fine",
    [
        "He writes JavaScript and some Python.",
        "JavaScript enables interactive pages; it requires no compiler.",
        "JavaScript ist eine Sprache, die der Browser selbst versteht.",
        "Он знает языки, включая JavaScript.",
    ],
)
def test_a_text_about_javascript_is_no_warning(fine: str) -> None:
    assert told(TextPhrases(), fine) == []
    assert told(TextPhrases(only_script_warnings=False), fine) == [("speaks_of_javascript", 0)]


@pytest.mark.parametrize(
    "warning",
    [
        "JavaScript is disabled in your browser.",
        "Bitte JavaScript aktivieren!",
        "请启用JavaScript",
        "Включите JavaScript",
    ],
)
def test_a_warning_to_switch_it_on_goes(warning: str) -> None:
    assert told(TextPhrases(), warning) == [("speaks_of_javascript", 0)]
    assert told(TextPhrases(), warning + " word" * 50) == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("© 2020 Jane Doe", ["notice"]),
        ("Copyright by the Example Company", ["notice"]),
        ("word " * 8 + "© Doe", ["notice"]),
        ("word " * 10 + "© Doe", []),
        ("The new bridge. © Jane Doe", []),
        (text("The new bridge © Jane Doe", "caption"), []),
        (text("All rights reserved", "caption"), ["notice"]),
        ("Das Wort " * 6 + "© alle Rechte vorbehalten", ["notice"]),
    ],
)
def test_a_word_for_rights_is_a_notice_only_where_little_else_stands(found: Any, expected: list[str]) -> None:
    assert [reason for reason, _ in told(TextPhrases(), found)] == expected
    assert len(told(TextPhrases(max_rights_words=None), found)) == 1


def test_a_call_is_made_of_whole_words() -> None:
    assert told(TextPhrases(), "A new design in oak") == []
    assert told(TextPhrases(), "Can I log into the server?") == []
    assert (
        told(TextPhrases(), "Log in!")
        == told(TextPhrases(), "会員はログインしてください")
        == [("call_to_the_reader", 0)]
    )


def test_a_label_inside_a_sentence_is_a_word() -> None:
    assert told(TextPhrases(), "Share the soup with your guests.") == []


@pytest.mark.parametrize(("words", "expected"), [(10, [("call_to_the_reader", 0)]), (11, [])])
def test_a_call_to_the_reader_is_short(words: int, expected: Any) -> None:
    assert told(TextPhrases(), "word " * (words - 2) + "read more") == expected
    assert told(TextPhrases(max_call_words=None), "read more") == []


@pytest.mark.parametrize("call", ["Weiterlesen", "Lire la suite", "続きを読む", "Читать далее"])
def test_calls_are_known_in_other_languages(call: str) -> None:
    assert told(TextPhrases(), call) == [("call_to_the_reader", 0)]


@pytest.mark.parametrize(("words", "expected"), [(20, [("notice", 0)]), (21, [])])
def test_a_long_text_about_cookies_may_stay(words: int, expected: Any) -> None:
    assert told(TextPhrases(max_text_words=20), "word " * (words - 2) + "privacy policy") == expected


def test_a_text_is_told_with_the_phrase_that_was_found() -> None:
    assert list(TextPhrases().judge(document(PLAIN, "Read our Privacy Policy", "a } b"))) == [
        Decision("text_phrases", "notice", 1, "privacy policy"),
        Decision("text_phrases", "curly_braces", 2, 1, 0),
    ]


@pytest.mark.parametrize(
    "odd", ["", "\U0001f642", "\ud800", "ذهبت القطة إلى البيت", "今天天气很好", "วันนี้อากาศดี", PLAIN]
)
def test_other_texts_stay(odd: str) -> None:
    assert told(TextPhrases(), odd, image(200, 200)) == []


def test_phrases_are_written_as_they_are_looked_for() -> None:
    for phrase in (*all_phrases(POLICY), *all_phrases(CALL), *LABELS):
        assert phrase == phrase.lower().strip()
        assert phrase
    assert find_phrase("", all_phrases(CALL)) is None


@pytest.mark.parametrize("option", ["max_rights_words", "max_call_words", "max_text_words"])
def test_a_negative_number_of_words_is_refused(option: str) -> None:
    with pytest.raises(ValueError, match=option):
        TextPhrases(**{option: -1})
