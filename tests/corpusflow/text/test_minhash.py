from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.text.minhash import (
    PUBLISHED,
    Unit,
    band_keys,
    estimated_similarity,
    from_bytes,
    shingles,
    signature,
    similarity,
    to_bytes,
)


def test_a_text_in_latin_letters_has_the_shingles_that_it_has_beside_another_script() -> None:
    text = "Ein Café_x, 5 Uhr — naïve Œuvre d'art"
    alone = shingles(text, "word", (1,))
    assert set(alone) < set(shingles(f"{text} 字 e\u0301", "word", (1,)))
    assert len(alone) == len(set(text.casefold().replace(",", "").replace("—", "").replace("'", " ").split()))


@pytest.mark.parametrize(
    ("text", "sizes", "count"),
    [
        ("", (5,), 0),
        (" ... \n", (5,), 0),
        ("one", (5,), 1),
        ("a b c d e", (5,), 1),
        ("a b c d e f", (5,), 2),
        ("a b c d e f", (1, 5), 8),
        ("a a a a a a a a", (5,), 1),
        ("天地玄黄宇宙", (5,), 2),
        ("สวัสดี", (5,), 2),
        ("नमस्ते दुनिया", (1,), 2),
        ("mixed 天地 text", (1,), 4),
    ],
)
def test_a_text_has_as_many_shingles_as_runs_of_words(text: str, sizes: tuple[int, ...], count: int) -> None:
    assert len(shingles(text, "word", sizes)) == count


@pytest.mark.parametrize(
    ("text", "sizes", "count"),
    [
        ("", (5,), 0),
        ("ab", (5,), 1),
        ("abc", (5,), 1),
        ("abcd", (5,), 2),
        ("abcd", (4, 5), 5),
        ("ab", (4, 5), 1),
        ("ab abc abcd", (5,), 4),
    ],
)
def test_runs_of_characters_stay_within_a_word_and_the_spaces_around_it(
    text: str, sizes: tuple[int, ...], count: int
) -> None:
    assert len(shingles(text, "character", sizes)) == count


@pytest.mark.parametrize("unit", ["word", "character"])
def test_white_space_and_case_are_no_difference_and_order_is(unit: Unit) -> None:
    given = shingles("The quick brown fox jumps over", unit)
    assert np.array_equal(given, shingles("the QUICK  brown\nfox jumps over", unit))
    turned = similarity(given, shingles("over jumps fox brown quick the", unit))
    assert turned == (0 if unit == "word" else 1)


def test_punctuation_is_no_difference_to_words() -> None:
    assert np.array_equal(shingles("a, b. c (d) e!"), shingles("a b c d e"))


def test_ascii_texts_are_cut_as_all_others() -> None:
    assert similarity(shingles("it's a_b 3.5", sizes=(1,)), shingles("it's a_b 3.5 é", sizes=(1,))) == 5 / 6


LETTERS = st.text("abc é天ส", max_size=60)
SIZES = st.sampled_from([(1,), (2,), (5,), (2, 3), (4, 5)])


def runs(items: Sequence[str], size: int) -> set[tuple[str, ...]]:
    """All runs of so many items, or all items where they are fewer, by a plain loop."""
    return {tuple(items[at : at + size]) for at in range(max(1, len(items) - size + 1))} if items else set()


@given(LETTERS, LETTERS, SIZES)
def test_similarity_is_that_of_the_sets_of_runs(one: str, other: str, sizes: tuple[int, ...]) -> None:
    def of_words(text: str) -> set[tuple[str, ...]]:
        words = text.replace("天", " 天 ").replace("ส", " ส ").split()
        return set().union(*(runs(words, size) for size in sizes))

    def of_characters(text: str) -> set[tuple[str, ...]]:
        return set().union(*(runs(f" {word} ", size) for word in text.split() for size in sizes))

    ways: list[tuple[Unit, Callable[[str], set[tuple[str, ...]]]]] = [("word", of_words), ("character", of_characters)]
    for unit, by_hand in ways:
        sets = by_hand(one), by_hand(other)
        exact = len(sets[0] & sets[1]) / (len(sets[0] | sets[1]) or 1)
        assert similarity(shingles(one, unit, sizes), shingles(other, unit, sizes)) == exact


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 1 << 30), st.integers(20, 300), st.integers(0, 100))
def test_the_estimate_is_close_to_the_exact_similarity(seed: int, words: int, edits: int) -> None:
    rng = random.Random(seed)
    one = [f"w{rng.randrange(1000)}" for _ in range(words)]
    other = [f"x{rng.randrange(1000)}" if rng.randrange(100) < edits else word for word in one]
    texts = [shingles(" ".join(text)) for text in (one, other)]
    exact = similarity(*texts)
    estimate = estimated_similarity(*(signature(text, 512) for text in texts))
    # Six standard deviations, of at most 0.0221 with 512 permutations.
    assert abs(estimate - exact) < 0.133


def test_on_average_the_estimate_is_the_exact_similarity() -> None:
    rng = random.Random(3)
    faults = []
    for _ in range(200):
        words = [f"w{rng.randrange(5000)}" for _ in range(100)]
        other = [word if rng.random() > 0.05 else "new" for word in words]
        one, two = shingles(" ".join(words)), shingles(" ".join(other))
        faults.append(estimated_similarity(signature(one), signature(two)) - similarity(one, two))
    assert abs(np.mean(faults)) < 0.01
    assert 0.01 < np.std(faults) < 0.05


def test_signatures_never_change_between_versions() -> None:
    hashed = shingles("the quick brown fox jumps over the lazy dog")
    assert [int(value) for value in hashed[:2]] == [1728688041574081764, 2945973566572926380]
    assert [int(value) for value in signature(hashed, 4)] == [760199744, 549803886, 563935762, 680937557]


def test_a_longer_signature_begins_otherwise_than_with_another_seed() -> None:
    hashed = shingles("a b c d e f g h")
    assert not np.array_equal(signature(hashed, 16, 1), signature(hashed, 16, 2))
    assert signature(hashed, 16).dtype == np.uint32


def test_many_shingles_are_taken_in_parts() -> None:
    hashed = shingles(" ".join(f"w{number}" for number in range(5000)))
    whole, parts = signature(hashed, 32), np.minimum(signature(hashed[:2000], 32), signature(hashed[2000:], 32))
    assert np.array_equal(whole, parts)


def test_a_text_without_shingles_has_no_signature() -> None:
    with pytest.raises(ValueError, match="no signature"):
        signature(shingles(""))


def test_bands_agree_where_all_their_rows_do_and_only_in_their_place() -> None:
    values = np.arange(6, dtype=np.uint32)
    changed = values.copy()
    changed[5] += 1
    one, other = band_keys(np.stack([values, changed]), 3, 2)
    assert list(one == other) == [True, True, False]
    (equal,) = band_keys(np.zeros((1, 6), np.uint32), 3, 2)
    assert len(set(equal.tolist())) == 3


def test_bands_of_one_row_and_values_beyond_the_bands_are_taken_as_they_are() -> None:
    values = np.arange(12, dtype=np.uint32).reshape(2, 6)
    assert band_keys(values, 6, 1).shape == (2, 6)
    assert np.array_equal(band_keys(values, 2, 2), band_keys(values[:, :4], 2, 2))
    assert band_keys(values[:0], 2, 2).shape == (0, 2)


def test_a_stored_signature_comes_back() -> None:
    values = signature(shingles("a b c d e f"), 16)
    assert len(to_bytes(values)) == 64
    assert np.array_equal(from_bytes(to_bytes(values)), values)


@pytest.mark.parametrize("name", PUBLISHED)
def test_of_texts_as_near_as_a_published_set_asks_most_are_compared(name: str) -> None:
    wanted = PUBLISHED[name]
    assert wanted["bands"] * wanted["rows"] <= wanted["permutations"]
    assert 1 - (1 - wanted["similarity"] ** wanted["rows"]) ** wanted["bands"] > 0.85
