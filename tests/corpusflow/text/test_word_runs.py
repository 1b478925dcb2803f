from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.text.word_runs import EntryList, Words, parse_json_lines, parse_text_list

NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
WORDS = st.lists(st.sampled_from("abc"), max_size=12)


@given(WORDS, WORDS, st.integers(1, 5))
def test_runs_have_the_same_hash_where_they_are_the_same_words(one: list[str], other: list[str], length: int) -> None:
    def runs(words: list[str]) -> list[tuple[str, ...]]:
        return [tuple(words[start : start + length]) for start in range(len(words) - length + 1)]

    hashes = Words(one).runs(length).tolist(), Words(other).runs(length).tolist()
    assert list(map(len, hashes)) == [len(runs(one)), len(runs(other))]
    assert [[a == b for b in hashes[1]] for a in hashes[0]] == [[a == b for b in runs(other)] for a in runs(one)]


def test_runs_are_found_with_their_place_and_the_line_of_the_entry() -> None:
    index = EntryList([(3, " ".join(NUMBERS[:6])), (7, " ".join(NUMBERS[4:8]))]).index(4, 4)
    assert index.shared("zero One, two THREE four! five") == [(1, 3), (2, 3)]
    assert index.shared("five six seven eight") == [(0, 7)]
    assert index.shared("one two three five") == []
    assert index.shared("") == []


def test_a_short_entry_counts_whole_if_it_is_long_enough() -> None:
    entries = EntryList([(1, "a b c"), (2, "d e")])
    assert entries.index(5, 3).shared("x a b c d e") == [(1, 1)]
    assert entries.index(5, 2).shared("x a b c d e") == [(1, 1), (4, 2)]
    assert entries.index(5, 4).shared("x a b c d e") == []


def test_of_equal_runs_the_first_line_is_told() -> None:
    assert EntryList([(1, "a b"), (2, "a b")]).index(2, 2).shared("b a b") == [(1, 1)]


def test_chinese_is_found_from_the_start_of_a_run_of_characters() -> None:
    index = EntryList([(1, "水的沸点是多少度")]).index(4, 4)
    assert index.shared("问:水的沸点是多少度?") == [(1, 1)]
    assert index.shared("水的冰点是多少度") == []


def test_lists_are_read_with_their_lines() -> None:
    assert len(parse_text_list(["a b", "", "c d"])) == 2
    assert parse_text_list(["a b", "", "c d"]).index(2, 2).shared("c d") == [(0, 3)]
    assert parse_json_lines(['{"text": "a b"}', "", '{"text": "c\\nd", "n": 1}']).index(2, 2).shared("c d") == [(0, 3)]


@pytest.mark.parametrize("line", ["{", "[]", "3", '{"Text": "a"}', '{"text": 3}'])
def test_a_line_that_is_no_object_with_a_text_is_told(line: str) -> None:
    with pytest.raises(ValueError, match=r"^2: "):
        parse_json_lines(['{"text": "a"}', line])
