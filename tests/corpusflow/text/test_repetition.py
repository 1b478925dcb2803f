from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.text.repetition import (
    WordNgrams,
    character_ngrams,
    character_repetition,
    duplicates,
    most_frequent_share,
    repeated_share,
    word_repetition,
)

few_words = st.lists(st.sampled_from(["a", "bb", "ccc"]), max_size=30)


def test_what_is_shorter_than_the_n_gram_does_not_repeat() -> None:
    assert character_repetition("", 10) == character_repetition("aaaaaaaaa", 10) == 0
    assert word_repetition([], 5) == word_repetition(["a"] * 4, 5) == 0
    assert WordNgrams(["a"]).top_share(2) == WordNgrams(["a"]).duplicate_share(5) == WordNgrams([]).top_share(1) == 0


def test_one_character_over_and_over_repeats_wholly() -> None:
    assert character_repetition("a" * 20, 10) == 1
    assert character_repetition("\U0001f642" * 20, 10) == 1


def test_only_as_many_ngrams_as_the_square_root_of_the_different_ones_count() -> None:
    # ab bc ca ab bc ca ab: three different pairs, so one counts: ab, three times of seven.
    assert character_repetition("abcabcab", 2) == pytest.approx(3 / 7)


@given(st.text("ab ", max_size=60), st.integers(1, 5))
def test_character_repetition_is_what_counting_one_by_one_gives(text: str, n: int) -> None:
    counts = Counter(text[start : start + n] for start in range(len(text) - n + 1))
    top = sorted((count for count in counts.values() if count > 1), reverse=True)[: math.isqrt(len(counts))]
    assert character_repetition(text, n) == (pytest.approx(sum(top) / counts.total()) if counts else 0)


def test_a_part_of_the_row_of_ngrams_is_that_of_a_part_of_the_text() -> None:
    text = "some words and some words"
    assert character_ngrams(text, 4)[5:12].tolist() == character_ngrams(text[5:15], 4).tolist()
    assert most_frequent_share(character_ngrams("", 4)) == 0
    words = text.split()
    assert WordNgrams(words).codes(2)[1:4].tolist() == WordNgrams(words).codes(2)[1:].tolist()
    assert repeated_share(WordNgrams(words).codes(2)) == 0.5
    assert WordNgrams(words).codes(6).tolist() == []


@given(few_words, st.integers(1, 6))
def test_word_repetition_is_what_counting_one_by_one_gives(words: list[str], n: int) -> None:
    counts = Counter(tuple(words[start : start + n]) for start in range(len(words) - n + 1))
    repeated = sum(count for count in counts.values() if count > 1)
    assert word_repetition(words, n) == (pytest.approx(repeated / counts.total()) if counts else 0)


@given(few_words, st.integers(1, 6))
def test_the_top_ngram_is_what_counting_one_by_one_gives(words: list[str], n: int) -> None:
    counts = Counter(tuple(words[start : start + n]) for start in range(len(words) - n + 1))
    most = max(counts.values(), default=1)
    longest = max((len("".join(gram)) for gram, count in counts.items() if count == most), default=0)
    expected = min(1, most * longest / len("".join(words))) if most > 1 else 0
    assert WordNgrams(words).top_share(n) == pytest.approx(expected)


@given(few_words, st.integers(1, 6))
def test_duplicate_ngrams_are_what_marking_one_by_one_gives(words: list[str], n: int) -> None:
    seen: set[tuple[str, ...]] = set()
    marked: set[int] = set()
    for start in range(len(words) - n + 1):
        gram = tuple(words[start : start + n])
        if gram in seen:
            marked.update(range(start, start + n))
        seen.add(gram)
    share = sum(len(words[place]) for place in marked) / len("".join(words)) if words else 0
    assert WordNgrams(words).duplicate_share(n) == pytest.approx(share)


@given(few_words, st.permutations(range(1, 7)))
def test_the_order_in_which_lengths_are_asked_does_not_matter(words: list[str], order: list[int]) -> None:
    ngrams = WordNgrams(words)
    for n in order:
        fresh = WordNgrams(words)
        assert ngrams.top_share(n) == fresh.top_share(n)
        assert ngrams.duplicate_share(n) == fresh.duplicate_share(n)
        assert ngrams.codes(n).tolist() == fresh.codes(n).tolist()


def test_a_text_written_twice_is_half_duplicate() -> None:
    words = [f"word{number:02}" for number in range(20)]
    assert WordNgrams(words * 2).duplicate_share(5) == 0.5


def test_duplicate_lines_are_counted_with_their_characters() -> None:
    assert duplicates([]) == duplicates(["", " "]) == duplicates(["a", "b"]) == (0, 0)
    assert duplicates(["abcd", " abcd ", "xy", ""]) == (1 / 3, 0.4)
