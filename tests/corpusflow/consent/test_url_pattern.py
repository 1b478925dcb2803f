from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.consent.url_pattern import comparable_path, wildcard_match


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/a/b.jpg?c=d", "/a/b.jpg?c=d"),
        ("/%7euser/%41", "/~user/A"),
        ("/a%2fb", "/a%2Fb"),
        ("/caf\u00e9", "/caf%C3%A9"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/100%", "/100%"),
        ("/%zz/*", "/%zz/*"),
    ],
)
def test_spellings_of_one_path_become_one(path: str, form: str) -> None:
    assert comparable_path(path) == form


@given(st.text("a*", max_size=7), st.text("a", max_size=7) | st.text("ab", max_size=7))
def test_a_pattern_matches_what_a_shell_would_match(pattern: str, text: str) -> None:
    assert wildcard_match(pattern, text) == bool(re.match(fnmatch.translate(pattern), text))


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("", "", True),
        ("", "a", False),
        ("a", "a", True),
        ("a", "ab", False),
        ("aa*aa", "aaa", False),
        ("aa*aa", "aaaa", True),
        ("*ab*ab*", "aabxab", True),
        ("*ab*ab*", "xabb", False),
        ("a.c", "abc", False),
        ("a*b*b", "ab", False),
    ],
)
def test_parts_stand_in_their_order_and_apart(pattern: str, text: str, matches: bool) -> None:
    assert wildcard_match(pattern, text) is matches


def test_a_pattern_of_many_stars_ends() -> None:
    assert not wildcard_match("*a" * 1_000 + "*b", "a" * 100_000)
