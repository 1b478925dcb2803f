from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.text.measures import words
from corpusflow.text.tokens import tokens, written_without_spaces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Hello, (World) - it's 5!", ["hello", "world", "it's", "5"]),
        ("\u201cQuoted\u201d, word\u2019s end\u2026", ["quoted", "word\u2019s", "end"]),
        ("\U0001f642\U0001f642 --- ***", []),
        ("ذهبت القطة، إلى البيت", ["ذهبت", "القطة", "إلى", "البيت"]),
        ("नमस्ते दुनिया।", ["नमस्ते", "दुनिया"]),
        ("今天天气很好\u3002去公园", ["今天", "天气", "很好", "去公", "园"]),
        ("我用Linux写", ["我用", "linux", "写"]),
        ("สวัสดี ครับ", ["สวัสดี", "ครับ"]),
    ],
)
def test_the_words_of_a_text_are_in_order_and_without_punctuation(text: str, found: list[str]) -> None:
    assert tokens(text) == found


def test_a_sentence_without_spaces_gives_the_same_pieces_wherever_it_stands() -> None:
    sentence = "今天天气很好吗"
    assert tokens(f"我去公园\u3002{sentence}\u3002")[-4:] == tokens(sentence)


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_where_words_are_spaced_there_are_as_many_as_are_counted(text: str) -> None:
    assert len(tokens(text)) == words(text)


@given(st.text())
def test_no_word_is_empty_and_there_are_none_where_none_are_counted(text: str) -> None:
    found = tokens(text)
    assert all(found)
    assert bool(found) == bool(words(text.lower()))


def test_what_a_caller_does_to_the_words_is_not_remembered() -> None:
    for text in ("some few words", "more " * 2000):
        found = tokens(text)
        expected = list(found)
        found.append("another")
        assert tokens(text) == expected


def test_words_of_a_long_text_are_those_of_its_parts() -> None:
    part = "\u201eEtwas\u201c: l'été, x__y. "
    assert tokens(part * 1000) == tokens(part) * 1000


def test_scripts_without_spaces_are_known() -> None:
    assert [written_without_spaces(text) for text in ("", "word", "слово", "字", "คำ")] == [False] * 3 + [True] * 2
