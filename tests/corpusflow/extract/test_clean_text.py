from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.extract.clean_text import LINE_BREAK, clean_code, clean_lines, clean_text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("", ""),
        ("  one\n\ttwo\u00a0 three ", "one two three"),
        ("Donau\u00addampf\u200bschiff\ufeff", "Donaudampfschiff"),
        ("a\x00b\x07c\x85d", "abc d"),
        (f"one{LINE_BREAK}two", "one two"),
        ("lone \ud800 surrogate", "lone surrogate"),
    ],
)
def test_white_space_is_collapsed_and_invisible_characters_go(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    "text", ["👩\u200d🍳", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "שלום", "𠮷野家", "e\u0301"]
)
def test_joiners_and_marks_that_make_the_word_stay(text: str) -> None:
    assert clean_text(text) == text


def test_one_break_parts_lines_and_two_part_paragraphs() -> None:
    b = LINE_BREAK
    assert clean_lines(f"{b} one\n1 {b} two {b} \n {b}three{b}{b}{b}four{b}") == ["one 1\ntwo", "three", "four"]


def test_a_text_of_breaks_only_has_no_paragraph() -> None:
    assert clean_lines(f" {LINE_BREAK}\n{LINE_BREAK} ") == []


def test_code_keeps_its_indentation_and_inner_blank_lines() -> None:
    assert clean_code("\n\n  def f():  \r\n\n\treturn 1\u200b\n\n") == "  def f():\n\n\treturn 1"


@settings(deadline=None)
@given(st.text())
def test_clean_text_is_clean_already_and_can_be_written_as_utf8(raw: str) -> None:
    once = clean_text(raw)
    assert clean_text(once) == once
    assert once.encode("utf-8").decode("utf-8") == once
    assert once == once.strip()
