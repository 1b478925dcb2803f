from __future__ import annotations

import pytest

from corpusflow.cost.facts import even_places, part_facts, without_start
from corpusflow.store.commit import Commit, StoredFile


def commit(block: str, seconds: float, items: int, **counts: int) -> Commit:
    files = {"parquet": StoredFile(f"{block}.parquet", 30, "ab"), "bin": StoredFile(f"{block}.bin", 70, "cd")}
    return Commit("embed", block, "stages/embed", "key", files, {"items": items} | counts, seconds)


@pytest.mark.parametrize(
    ("length", "most", "places"), [(0, 3, []), (2, 3, [0, 1]), (3, 3, [0, 1, 2]), (10, 2, [2, 7]), (9, 1, [4])]
)
def test_places_are_evenly_spread(length: int, most: int, places: list[int]) -> None:
    assert even_places(length, most) == places


def test_what_the_first_block_takes_beyond_the_others_is_no_rate() -> None:
    first, second, third = without_start([commit("a", 20, 10), commit("b", 2, 10), commit("c", 4, 20)])
    assert (first.seconds, second.seconds, third.seconds) == (2, 2, 4)


def test_a_first_block_that_is_fast_stays_as_it_is() -> None:
    assert without_start([commit("a", 1, 10), commit("b", 2, 10)])[0].seconds == 1


def test_one_block_has_no_others_to_compare_it_with() -> None:
    assert without_start([commit("a", 20, 10)])[0].seconds == 20
    assert without_start([commit("a", 20, 10), commit("b", 2, 0)])[0].seconds == 20
    assert without_start([]) == []


def test_a_part_has_the_pages_that_a_limit_left_out_too() -> None:
    facts = part_facts(commit("a", 3, 10, **{"skipped/over_limit": 90}), size=5000)
    assert (facts["pages"], facts["input"], facts["embed/s"], facts["embed/b"]) == (100, 5000, 3, 100)
