"""Which URLs belong to a crawl."""

from __future__ import annotations

import pytest

from corpusflow.crawl.scope import Scope, host_of, parse_host, parse_prefix
from corpusflow.errors import StartError


def test_a_host_counts_with_and_without_www_and_in_both_schemes() -> None:
    scope = Scope(frozenset({"site.example"}))
    assert all(map(scope.contains, ["http://site.example/", "https://www.site.example/a"]))
    assert not any(map(scope.contains, ["http://other.example/", "http://a.site.example/", "http://site.example:81/"]))


def test_a_prefix_is_a_path_on_every_host_or_that_of_one() -> None:
    scope = Scope(frozenset({"a.example", "b.example"}), (("", "/docs/"), ("b.example", "/blog/")))
    assert scope.contains("http://a.example/docs/1")
    assert scope.contains("http://b.example/blog/1")
    assert not scope.contains("http://a.example/blog/1")
    assert not scope.contains("http://a.example/doc")
    assert scope.has_host("http://a.example/doc")


@pytest.mark.parametrize("text", ["Site.example", "www.site.example", "http://site.example/", "site.example:80"])
def test_a_host_may_be_written_in_several_ways(text: str) -> None:
    assert parse_host(text) == "site.example"


def test_a_port_that_is_not_the_default_one_belongs_to_the_host() -> None:
    assert parse_host("site.example:8080") == host_of("http://www.site.example:8080/x") == "site.example:8080"


def test_a_prefix_may_be_a_path_or_a_url() -> None:
    assert parse_prefix("/dócs/") == ("", "/d%C3%B3cs/")
    assert parse_prefix("https://www.site.example/a") == ("site.example", "/a")


@pytest.mark.parametrize("text", ["site.example/a", "http://", "a b"])
def test_what_is_no_host_is_told(text: str) -> None:
    with pytest.raises(StartError, match="--host"):
        parse_host(text)


@pytest.mark.parametrize("text", ["docs/", "/a?b=1", "ftp://site.example/"])
def test_what_is_no_prefix_is_told(text: str) -> None:
    with pytest.raises(StartError, match="--prefix"):
        parse_prefix(text)
