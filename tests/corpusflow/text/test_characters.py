from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.text.characters import (
    CharacterCounts,
    CharactersOf,
    alphabetic_word_share,
    comparison_signs,
    count_characters,
    curly_braces,
    ellipsis_ratio,
    ends_like_a_sentence,
    ends_with_ellipsis,
    hash_ratio,
    lines,
    mean_word_length,
    one_character_share,
    starts_with_bullet,
)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("", CharacterCounts()),
        ("Ab 1.", CharacterCounts(spaces=1, letters=1, capitals=1, digits=1, punctuation=1)),
        ("$+\u20ac\U0001f642\ud800", CharacterCounts(punctuation=2, other=3)),
        ("\u0661\u0662\u0663", CharacterCounts(digits=3)),
        ("नमस्ते", CharacterCounts(letters=4, marks=2)),
        ("今天\u3002", CharacterCounts(letters=2, punctuation=1)),
        ("\U000e0001\U0010ffff", CharacterCounts(other=2)),
    ],
)
def test_characters_are_counted_by_kind_in_every_script(text: str, counts: CharacterCounts) -> None:
    assert count_characters(text) == counts


@given(st.text(), st.text())
def test_the_counts_of_a_whole_are_those_of_its_parts(one: str, other: str) -> None:
    counts = count_characters(one) + count_characters(other)
    assert counts == count_characters(one + other)
    assert counts.visible + counts.spaces == len(one + other)


@given(st.lists(st.text()))
def test_several_texts_have_the_counts_that_each_has_alone(texts: list[str]) -> None:
    characters = CharactersOf(texts)
    assert characters.counts == [count_characters(text) for text in texts]
    for text, counts, at_most in zip(texts, characters.counts, characters.at_most, strict=True):
        assert one_character_share(text) * counts.visible <= at_most + 1e-9
        assert at_most <= counts.visible


def test_the_most_of_one_character_is_told_as_it_is_where_letters_differ_in_their_last_bits() -> None:
    assert CharactersOf(["  aab", "", "   ", "字字字x"]).at_most == [2, 0, 0, 3]


def test_shares_are_of_what_they_say() -> None:
    counts = count_characters("ABc 12, d")
    assert counts.special_share == pytest.approx(5 / 9)
    assert counts.letter_share == pytest.approx(4 / 7)
    assert counts.digit_share == pytest.approx(2 / 7)
    assert counts.capital_share == pytest.approx(2 / 7)
    assert counts.punctuation_share(3) == 0.25


def test_an_empty_text_has_shares_of_nothing() -> None:
    counts = CharacterCounts()
    assert counts.special_share == counts.letter_share == counts.punctuation_share(0) == 0
    assert one_character_share(" \n") == alphabetic_word_share([]) == mean_word_length([]) == hash_ratio("#", 0) == 0


def test_one_character_is_counted_among_those_that_are_no_space() -> None:
    assert one_character_share("aaa b   c") == 0.6


def test_words_are_measured() -> None:
    assert alphabetic_word_share(["word", "2nd", "12", "5.5"]) == 0.5
    assert mean_word_length(["a", "abc"]) == 2
    assert mean_word_length(["a", "고양이"]) == 3.5


def test_signs_are_counted_per_word() -> None:
    assert hash_ratio("#one #two three", 3) == pytest.approx(2 / 3)
    assert ellipsis_ratio("one... two\u2026 three....", 3) == 1
    assert curly_braces("{a} }") == 3
    assert comparison_signs("a <= b > c \u2265 d") == 3


def test_lines_are_told_by_how_they_begin_and_end() -> None:
    assert lines(["one\n\n two ", "", "three"]) == ["one", "two", "three"]
    assert [starts_with_bullet(line) for line in ("\u2022 a", "- a", "*a", "a", "5. a", "-", "\u2014 said he")] == (
        [True] * 3 + [False] * 4
    )
    assert [ends_with_ellipsis(line) for line in ("a...", "a\u2026", "a.", "\u2026a")] == [True, True, False, False]
    ends = ("a.", "a!\u201d", "好\u3002", "क।", "a", "a,")
    assert [ends_like_a_sentence(line) for line in ends] == [True] * 4 + [False] * 2
