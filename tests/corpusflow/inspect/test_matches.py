from __future__ import annotations

from typing import Any

import pytest

from corpusflow.inspect.matches import MAX_QUOTE, Match, images_of, matches_of, rank_text

# An image stands between the first text and the others.
TEXTS = ["Birds", None, "A heron waits. It catches\na fish.", "Reeds", "x" * (MAX_QUOTE + 1)]


def sample(units: list[list[int]] | None = None) -> dict[str, Any]:
    known: dict[str, Any] = {} if units is None else {"units": units}
    return known | {"texts": TEXTS, "text_info": [{"pos": place} for place in (0, 2, 3, 4)]}


def info(best: int | None, assigned: int | None, **units: int) -> dict[str, Any]:
    known = {"matched_text_index": best, "matched_sim": 0.4, "assigned_text_index": assigned, "assigned_sim": 0.3}
    return known | units


def test_another_text_that_an_image_is_assigned_to_is_told_too() -> None:
    best = Match("best", 1, 1, 0.4, "A heron waits. It catches a fish.")
    assert matches_of(sample(), info(1, 2)) == (best, Match("assigned", 2, 2, 0.3, "Reeds"))


def test_one_text_for_both_is_told_once() -> None:
    (match,) = matches_of(sample(), info(2, 2) | {"assigned_sim": 0.4})
    assert (match.how, match.place, match.similarity) == ("best and assigned", "¶2", 0.4)


def test_an_image_that_nobody_measured_goes_with_nothing() -> None:
    assert matches_of(sample(), info(None, None) | {"matched_sim": None, "assigned_sim": None}) == ()


def test_an_older_image_that_is_assigned_to_nothing_has_its_best_text() -> None:
    assert matches_of(sample(), {"matched_text_index": 2, "matched_sim": 0.4}) == (Match("best", 2, 2, 0.4, "Reeds"),)


def test_a_best_text_that_was_dropped_is_not_taken_for_the_assigned_one() -> None:
    assert [(match.how, match.place) for match in matches_of(sample(), info(None, 2))] == [
        ("best", "a text that was dropped"),
        ("assigned", "¶2"),
    ]


def test_of_two_sentences_of_one_text_each_is_quoted() -> None:
    units = [[0, 0, 0, 5], [1, 1, 0, 14], [1, 1, 15, 33]]
    found = matches_of(sample(units), info(1, 1, matched_unit=2, assigned_unit=1))
    assert found == (Match("best", 1, 1, 0.4, "It catches a fish."), Match("assigned", 1, 1, 0.3, "A heron waits."))


def test_of_several_texts_that_were_compared_as_one_both_ends_are_told() -> None:
    (match,) = matches_of(sample([[0, 0, 0, 5], [0, 2, 0, 5]]), info(0, 0, matched_unit=1, assigned_unit=1))
    assert match.place == "¶0\N{EN DASH}2"
    assert match.quote == "Birds A heron waits. It catches a fish. Reeds"
    assert list(match.numbers) == [0, 1, 2]
    (match,) = matches_of(sample([[0, 1, 1, 3]]), info(0, 0, matched_unit=0, assigned_unit=0))
    assert match.quote == "irds A h"


def test_a_quote_is_cut_at_its_limit() -> None:
    (match,) = matches_of(sample(), info(3, 3))
    assert match.quote == "x" * (MAX_QUOTE - 1) + "\N{HORIZONTAL ELLIPSIS}"


def test_a_text_knows_the_images_that_go_with_it() -> None:
    best, assigned = Match("best", 1, 2, 0.4, ""), Match("assigned", 2, 2, 0.3, "")
    assert images_of(2, [(best,), (), (assigned,)]) == {0: "best", 2: "assigned"}
    assert images_of(1, [(best, assigned)]) == {0: "best"}
    assert images_of(2, [(best, assigned)]) == {0: "best and assigned"}
    assert images_of(0, [(best, assigned), (Match("best", None, None, 0.4, ""),)]) == {}


@pytest.mark.parametrize(("rank", "percent"), [(0.0, 100), (0.001, 99), (0.06, 94), (0.0625, 93), (1.0, 0)])
def test_only_what_no_other_text_beats_is_better_than_all(rank: float, percent: int) -> None:
    assert rank_text(rank) == f"better than {percent} % of other texts"
