from __future__ import annotations

from corpusflow.inspect.counted import counted


def test_one_is_counted_in_the_singular() -> None:
    assert [counted(number, "text") for number in (0, 1, 2000)] == ["0 texts", "1 text", "2,000 texts"]
