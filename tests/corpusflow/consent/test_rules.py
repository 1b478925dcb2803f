from __future__ import annotations

import pickle

import pytest

from corpusflow.consent.opt_out import OptOutList
from corpusflow.consent.rules import DIRECTIVES, ConsentRules, Refusal, refusal_of_headers

NONE_COUNTS = ConsentRules(directives=(), tdm=False)


def tag(*values: str, rules: ConsentRules | None = None) -> Refusal | None:
    return refusal_of_headers([("X-Robots-Tag", value) for value in values], rules or ConsentRules())


@pytest.mark.parametrize("directive", [*DIRECTIVES, "none"])
def test_each_directive_refuses_an_image_unless_it_is_left_out(directive: str) -> None:
    assert tag(directive) == ("opted_out_by_robots_tag", f"x-robots-tag: {directive}")
    assert tag(directive, rules=NONE_COUNTS) is None


def test_of_several_directives_the_first_by_name_is_told() -> None:
    assert tag("noml, noindex", "noimageindex, noimageai, noai") == ("opted_out_by_robots_tag", "x-robots-tag: noai")


def test_none_is_short_for_noindex() -> None:
    assert tag("none", rules=ConsentRules(directives=("noindex",))) is not None
    assert tag("none", rules=ConsentRules(directives=("noai",))) is None


@pytest.mark.parametrize(
    "values",
    [
        ["NoAI"],
        ["nofollow, noai"],
        ["nofollow", "noai"],
        ["corpusflow: noai"],
        ["CorpusFlow : nofollow, noai"],
        ["otherbot: nofollow, corpusflow: noai"],
        ["otherbot: nofollow", "noai"],
        ["max-snippet: 5, noai"],
    ],
)
def test_what_is_said_to_all_or_to_us_counts(values: list[str]) -> None:
    assert tag(*values) == ("opted_out_by_robots_tag", "x-robots-tag: noai")


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["all"],
        ["nofollow, noarchive"],
        ["noaim"],
        ["otherbot: noai"],
        ["otherbot: noindex, noai"],
        ["corpusflow: nofollow, otherbot: noai"],
        ["corpusflow-images: noai"],
    ],
)
def test_what_is_said_to_others_or_forbids_something_else_does_not_count(values: list[str]) -> None:
    assert tag(*values) is None


@pytest.mark.parametrize(
    ("value", "refused"), [("1", True), (" 1 ", True), ("0, 1", True), ("0", False), ("yes", False)]
)
def test_a_reservation_in_a_header_counts_unless_it_is_left_out(value: str, refused: bool) -> None:
    headers = [("Content-Type", "image/jpeg"), ("TDM-Reservation", value)]
    assert refusal_of_headers(headers, ConsentRules()) == (("tdm_reserved", "tdm-reservation: 1") if refused else None)
    assert refusal_of_headers(headers, NONE_COUNTS) is None


def test_an_answer_without_headers_refuses_nothing() -> None:
    assert refusal_of_headers((), ConsentRules()) is None


def test_rules_can_be_compared_hashed_and_carried() -> None:
    rules = ConsentRules(opt_out=OptOutList("list.txt", "d"))
    assert pickle.loads(pickle.dumps(rules)) == rules
    assert len({rules, ConsentRules(), ConsentRules(tdm=False), pickle.loads(pickle.dumps(rules))}) == 3
