"""What a run changed in the corpus before it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from corpusflow.inspect.growth import Growth, changes
from corpusflow.store.slots import slot_of


def rows(samples: dict[str, int]) -> list[dict[str, Any]]:
    """As the tables have them: in the order of the slots. samples: length by key."""
    ordered = sorted(samples, key=lambda key: (slot_of(key), key))
    return [{"key": key, "length": samples[key], "offset": number} for number, key in enumerate(ordered)]


SAMPLES = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(1, 2), max_size=12)


@given(SAMPLES, SAMPLES)
def test_every_sample_of_both_is_told_once(before: dict[str, int], after: dict[str, int]) -> None:
    told = {key: end for end, key in changes(rows(before), rows(after))}
    assert told.keys() == before.keys() | after.keys()
    for key, end in told.items():
        expected = "new" if key not in before else "gone" if key not in after else "same"
        assert end == ("changed" if expected == "same" and before[key] != after[key] else expected)


def test_it_is_told_in_one_line() -> None:
    shards = {"same": 1, "changed": 2, "gone": 1, "new": 0}
    samples = {"same": 9_000, "changed": 1, "gone": 3, "new": 1_200}
    assert str(Growth(shards, samples, {"near_text/near_duplicate": 2, "not_in_the_input": 1})) == (
        "since the last run: 1,200 samples new, 3 gone (near_text/near_duplicate 2, not_in_the_input 1), 1 changed; "
        "of 4 old shards 1 as before, 2 changed, 1 gone; 0 new"
    )
