from __future__ import annotations

import pytest

from corpusflow.models.iso639 import _TWO_LETTERS, shortest_code


@pytest.mark.parametrize(
    ("code", "short"),
    [
        ("deu", "de"),
        ("zho", "zh"),
        ("cmn", "zh"),
        ("arb", "ar"),
        ("ceb", "ceb"),
        ("yue", "yue"),
        ("de", "de"),
        ("", ""),
    ],
)
def test_a_code_of_three_letters_becomes_one_of_two_where_there_is_one(code: str, short: str) -> None:
    assert shortest_code(code) == short


def test_the_table_holds_codes_of_three_letters_and_those_of_two() -> None:
    assert {len(code) for code in _TWO_LETTERS} == {3}
    assert {len(code) for code in _TWO_LETTERS.values()} == {2}
    assert len(set(_TWO_LETTERS.values())) == 183
