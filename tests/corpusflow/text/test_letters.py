from __future__ import annotations

import pytest

from corpusflow.text.letters import letters, weighted_length


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("12 - !", 0),
        ("two words", 8),
        ("schön", 5),
        ("слово", 5),
        ("词语", 6),
        ("かな。", 6),
        ("한국", 6),
        ("a词", 4),
    ],
)
def test_letters_are_counted_and_what_says_a_syllable_or_more_is_three(text: str, count: int) -> None:
    assert letters(text) == count


def test_the_weighted_length_counts_a_syllable_or_a_word_three() -> None:
    assert weighted_length("") == 0
    assert weighted_length("A 1.") == 4
    assert weighted_length("é 字か한.") == 2 + 9 + 1
