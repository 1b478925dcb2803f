from __future__ import annotations

import pytest

from corpusflow.text.letters import letters


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
