from __future__ import annotations

import pytest

from corpusflow.models.clean_text import clean_text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("  two\n\n\twords ", "two words"),
        ("a\x00b", "a b"),
        ("half \ud83d of a pair", "half of a pair"),
        ("line\u2028end", "line end"),
        ("no-break\xa0space", "no-break space"),
        ("שלום 🎉", "שלום 🎉"),
        ("", ""),
    ],
)
def test_text_is_cleaned_of_what_models_choke_on(text: str, cleaned: str) -> None:
    assert clean_text(text, 1000) == cleaned


def test_what_comes_after_the_limit_changes_nothing() -> None:
    assert clean_text("abcd", 4) == "abcd"
    assert clean_text("abcde", 4) == "abcd"
    # Cut first: leading spaces count, so that no text is ever read as a whole.
    assert clean_text("  abcd", 4) == "ab"
