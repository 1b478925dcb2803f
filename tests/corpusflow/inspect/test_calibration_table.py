from __future__ import annotations

from corpusflow.inspect.calibration import MIN_IMAGES, Group, Pair, groups_of
from corpusflow.inspect.calibration_table import MOST_GROUPS, label, notes, shown


def groups(*sizes: int, weak: frozenset[int] = frozenset()) -> list[Group]:
    """Sources `s0`, `s1`, ... of so many images, those of `weak` without a difference; all of one language."""
    pairs = [
        Pair(f"{number}.{at}", "en", f"s{number}", at, "", 0.5, 0.5 if number in weak else 0.1)
        for number, size in enumerate(sizes)
        for at in range(size)
    ]
    return groups_of(pairs, 0.95, 0.8)


def test_groups_with_few_images_are_counted_and_not_shown() -> None:
    found = groups(MIN_IMAGES, MIN_IMAGES - 1, 1)
    assert [label(group) for group in shown(found)] == ["all", "language en", "source s0"]
    assert notes(found) == ["Not shown: 2 sources with fewer than 30 images."]
    assert notes(groups(MIN_IMAGES, MIN_IMAGES)) == []


def test_no_more_than_the_largest_sources_are_shown() -> None:
    assert notes(groups(*[MIN_IMAGES] * MOST_GROUPS)) == []
    assert notes(groups(*[MIN_IMAGES + 1] * MOST_GROUPS, MIN_IMAGES, 1)) == [
        "Not shown: 2 sources with at most 30 images."
    ]


def test_the_rows_that_no_threshold_helps_are_named_unless_all_are() -> None:
    (line,) = notes(groups(100, MIN_IMAGES, weak=frozenset({1})))
    assert line.startswith("AUC under 0.6 (source s1): the model cannot tell these pictures' own texts from strangers'")
    (line,) = notes(groups(100, MIN_IMAGES, weak=frozenset({0, 1})))
    assert line.startswith("AUC under 0.6: the model")
