from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.safety.hash_list import parse_hash_list

HASHES = st.integers(0, 2**64 - 1)


def test_a_hash_is_read_in_either_case_with_what_stands_beside_it() -> None:
    found = parse_hash_list(
        ["# list", "", "ABCDEF0123456789  file.jpg", "abcdef0123456780,why", "abcdef0123456781 # x"]
    )
    assert found.hashes == {"abcdef0123456789", "abcdef0123456780", "abcdef0123456781"}


@pytest.mark.parametrize(
    ("line", "message"), [("no hash", "2: 'no hash' does not begin"), ("ab", "2: a hash of 2 hex")]
)
def test_what_is_no_hash_or_one_of_another_kind_is_told_with_its_line(line: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_hash_list(["0" * 16, line])


@given(HASHES, st.lists(HASHES, min_size=1, max_size=5))
def test_the_nearest_hash_is_told_by_its_distance(given_hash: int, listed: list[int]) -> None:
    found = parse_hash_list([f"{each:016x}" for each in listed])
    assert found.nearest(f"{given_hash:016x}") == min((given_hash ^ each).bit_count() for each in listed)


def test_nothing_is_near_to_an_empty_list_or_to_one_of_digests() -> None:
    assert parse_hash_list([]).nearest("0" * 16) is None
    assert parse_hash_list(["0" * 64]).nearest("0" * 16) is None
