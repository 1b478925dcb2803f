from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.safety import hash_index
from corpusflow.safety.hash_index import HashIndex
from corpusflow.safety.hash_list import HASH_KINDS, HEX_DIGITS, parse_hash_list

HASHES = st.integers(0, 2**64 - 1)


def test_a_hash_is_read_in_either_case_with_what_stands_beside_it() -> None:
    lines = ["# list", "", "ABCDEF0123456789  file.jpg", "abcdef0123456780,why", "abcdef0123456781 # x"]
    found = parse_hash_list(lines, "phash")
    assert found.hashes == {"abcdef0123456789", "abcdef0123456780", "abcdef0123456781"}


@pytest.mark.parametrize("comment", ["# kind: phash", "# kind: abuse", "# of kind: dhash"])
def test_a_comment_that_tells_no_other_kind_is_none_of_the_lists_business(comment: str) -> None:
    assert parse_hash_list([comment, "0" * 16], "phash").hashes == {"0" * 16}


def test_of_a_table_the_column_of_the_kind_is_read_or_the_one_named_hash() -> None:
    rows = ["file,MD5,hash", f'"a, b.jpg",{"1" * 32},{"2" * 16}', f"c#d.jpg,{'3' * 32},{'4' * 16}"]
    assert parse_hash_list(rows, "md5").hashes == {"1" * 32, "3" * 32}
    assert parse_hash_list(rows, "phash").hashes == {"2" * 16, "4" * 16}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["0" * 16, "no hash"], "2: 'no hash' does not begin"),
        (["0" * 16, "ab"], "2: a hash of 2 hex digits, a phash has 16"),
        (["no hash"], "1: 'no hash' neither begins with a hash nor names a column 'phash' or 'hash'"),
        (["# x", "file,phash", "a.jpg,?"], "3: 'a.jpg,\\?' has no hash in the column 'phash'"),
        (["file,phash", "a.jpg"], "2: 'a.jpg' has no hash in the column 'phash'"),
        (["# kind: dhash", "0" * 16], "1: the list is of the kind dhash, not phash"),
        (["# kind: phash", "0" * 16, "#kind: PDQ "], "3: the list is of the kind pdq, not phash"),
    ],
)
def test_what_is_no_hash_or_one_of_another_kind_is_told_with_its_line(lines: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_hash_list(lines, "phash")


@given(HASHES, st.lists(HASHES, min_size=1, max_size=5), st.integers(0, 64))
def test_the_nearest_hash_is_told_by_its_distance_if_it_is_near_enough(
    given_hash: int, listed: list[int], within: int
) -> None:
    found = parse_hash_list([f"{each:016x}" for each in listed], "phash")
    nearest = min((given_hash ^ each).bit_count() for each in listed)
    assert found.nearest(f"{given_hash:016x}", within) == (nearest if nearest <= within else None)


@pytest.mark.parametrize(("bits", "within"), [(64, 3), (64, 8), (64, 12), (256, 15), (256, 31), (256, 40), (256, 70)])
def test_in_a_long_list_the_same_is_found_as_by_looking_at_each(
    bits: int, within: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = random.Random(bits)
    listed = [numbers.getrandbits(bits) for _ in range(300)]
    for compared in (10, 1000):  # more hashes than are scanned, and fewer
        monkeypatch.setattr(hash_index, "SCANNED", compared)
        index = HashIndex([f"{each:0{bits // 4}x}" for each in listed])
        for differing in (0, 1, within - 1, within, within + 1, bits // 2):
            # Anywhere, and so that all chunks differ alike.
            even = [place % (bits // 16) * 16 + place // (bits // 16) for place in range(differing)]
            for places in (numbers.sample(range(bits), differing), even):
                given_hash = numbers.choice(listed) ^ sum(1 << place for place in places)
                nearest = min((given_hash ^ each).bit_count() for each in listed)
                expected = nearest if nearest <= within else None
                assert index.nearest(f"{given_hash:0{bits // 4}x}", within) == expected


def test_bits_are_counted_alike_without_the_help_of_numpy_2(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = parse_hash_list(["f" * 64, "0" * 62 + "ff"], "pdq")
    monkeypatch.delattr("numpy.bitwise_count", raising=False)
    assert listed.nearest("0" * 63 + "1", 128) == 7


@pytest.mark.parametrize("kind", HASH_KINDS)
def test_nothing_is_near_to_an_empty_list_and_a_digest_only_to_itself(kind: str) -> None:
    digits = HEX_DIGITS[kind]  # type: ignore[index]
    assert parse_hash_list([], kind).nearest("0" * digits, 8) is None  # type: ignore[arg-type]
    own = parse_hash_list(["0" * digits], kind)  # type: ignore[arg-type]
    assert own.nearest("0" * digits, 0) == 0
    near = own.nearest("0" * (digits - 1) + "1", 8)
    assert near == (1 if kind in ("phash", "dhash", "pdq") else None)
