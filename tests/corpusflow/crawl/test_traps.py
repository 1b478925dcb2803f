"""URLs that a site makes up without end."""

from __future__ import annotations

import pytest

from corpusflow.crawl.traps import MAX_SEGMENTS, MAX_URL, MAX_VARIANTS, QueryVariants, trap

SITE = "http://site.example"


@pytest.mark.parametrize("path", ["/", "/a/a", "/a/b/a/b", "/2026/01/01/", "/a/a/b/a/a", "/a?x=/b/b/b/b/b/b"])
def test_plain_paths_are_no_traps(path: str) -> None:
    assert trap(SITE + path) is None


@pytest.mark.parametrize("path", ["/a/a/a", "/x/a/a/a/y", "/a/b/a/b/a/b", "/n/a/b/c/a/b/c/a/b/c/p.html"])
def test_segments_that_come_three_times_one_after_the_other_are_a_trap(path: str) -> None:
    assert trap(SITE + path) == "path_repeats"


def test_a_path_at_the_limit_is_no_trap_and_a_deeper_one_is() -> None:
    path = "".join(f"/{number}" for number in range(MAX_SEGMENTS))
    assert trap(SITE + path) is None
    assert trap(SITE + path + "/x") == "path_too_deep"


def test_a_url_at_the_limit_is_no_trap_and_a_longer_one_is() -> None:
    url = f"{SITE}/".ljust(MAX_URL, "x")
    assert trap(url) is None
    assert trap(url + "x") == "url_too_long"


def test_too_many_queries_of_one_path_are_told() -> None:
    variants = QueryVariants()
    assert not any(variants.add(f"{SITE}/list?page={number}") for number in range(MAX_VARIANTS))
    assert variants.add(f"{SITE}/list?page=more")
    assert not variants.add(f"{SITE}/other?page=1")
    assert not variants.add(f"{SITE}/list")
