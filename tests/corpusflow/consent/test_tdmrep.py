from __future__ import annotations

import json
from typing import Any

import pytest

from corpusflow.consent.tdmrep import MAX_CHARACTERS, MAX_RULES, matching_rule, parse_tdmrep


def reserved(rules: list[dict[str, Any]], path: str) -> bool | None:
    rule = matching_rule(parse_tdmrep(json.dumps(rules)), path)
    return None if rule is None else rule.reserved


def rule(location: Any, reservation: Any = 1) -> dict[str, Any]:
    return {"location": location, "tdm-reservation": reservation}


@pytest.mark.parametrize(
    ("location", "path", "matches"),
    [
        ("/", "/", True),
        ("/", "/a?b", True),
        ("*", "/a", True),
        ("/a/", "/a/b", True),
        ("/a/", "/a", False),
        ("/a/", "/A/b", False),
        ("a/", "/a/b", True),
        ("/a/*.jpg", "/a/b/c.jpg?d", True),
        ("/a/*.jpg$", "/a/b/c.jpg", True),
        ("/a/*.jpg$", "/a/b/c.jpg?d", False),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/%7ea", "/~a/b", True),
        ("/\u00e9", "/%c3%a9", True),
    ],
)
def test_a_location_matches_as_in_robots_txt(location: str, path: str, matches: bool) -> None:
    assert reserved([rule(location)], path) is (True if matches else None)


def test_the_first_rule_that_matches_counts() -> None:
    rules = [rule("/press/*", 0), rule("/", 1)]
    assert reserved(rules, "/press/a") is False
    assert reserved(rules, "/b") is True
    assert reserved(rules[::-1], "/press/a") is True


def test_a_site_without_rules_reserves_nothing() -> None:
    assert reserved([], "/") is None


def test_the_reservation_may_be_written_as_text_and_the_policy_is_kept() -> None:
    first, second = parse_tdmrep(json.dumps([rule("/", "1") | {"tdm-policy": "https://a.example/p"}, rule("/", "0")]))
    assert (first.reserved, first.policy, second.reserved, second.policy) == (True, "https://a.example/p", False, "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<!doctype html><title>Not found</title>",
        "null",
        "{}",
        json.dumps(rule("/")),
        "[1]",
        "[[]]",
        json.dumps([rule(3)]),
        json.dumps([rule("")]),
        json.dumps([{"location": "/"}]),
        json.dumps([rule("/", 2)]),
        json.dumps([rule("/", True)]),
        json.dumps([rule("/", None)]),
        json.dumps([rule("/", [1])]),
        "[" * 100_000,
        "[" + "9" * 10_000 + "]",
    ],
)
def test_what_is_no_list_of_rules_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_tdmrep(text)


def test_no_more_is_read_than_a_limit() -> None:
    assert len(parse_tdmrep(json.dumps([rule("/")] * MAX_RULES))) == MAX_RULES
    with pytest.raises(ValueError, match="1001 rules, limit 1000"):
        parse_tdmrep(json.dumps([rule("/")] * (MAX_RULES + 1)))
    assert parse_tdmrep("[]".ljust(MAX_CHARACTERS)) == ()
    with pytest.raises(ValueError, match="characters, limit"):
        parse_tdmrep("[]".ljust(MAX_CHARACTERS + 1))
