"""One form for the URLs that mean one page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.crawl.normal_url import normal_url


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("http://example.org:80/", "http://example.org/"),
        ("https://example.org:443/", "https://example.org/"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("http://me:secret@example.org/", "http://example.org/"),
        ("http://example.org/a#part", "http://example.org/a"),
        ("http://example.org/a/./b/../c", "http://example.org/a/c"),
        ("http://example.org/a/%2e%2E/c", "http://example.org/c"),
        ("http://example.org/%7euser/%c3%a9", "http://example.org/~user/%C3%A9"),
        ("http://example.org/é", "http://example.org/%C3%A9"),
        ("http://example.org/a%2fb", "http://example.org/a%2Fb"),
        ("http://example.org/a?", "http://example.org/a"),
        ("http://example.org/a?&", "http://example.org/a"),
        ("http://example.org/a?b=2&a=1", "http://example.org/a?b=2&a=1"),
        ("http://example.org/a?utm_source=x&id=1&fbclid=y", "http://example.org/a?id=1"),
        ("http://example.org/a?UTM_Medium=x", "http://example.org/a"),
        ("http://example.org/a?gclid=x", "http://example.org/a"),
        ("http://example.org/a;jsessionid=12AB?x=1", "http://example.org/a?x=1"),
        ("http://example.org/a?PHPSESSID=abc&x=1", "http://example.org/a?x=1"),
        ("http://example.org/a?sid=0123456789abcdef0123", "http://example.org/a"),
        ("http://example.org/a?sid=4711", "http://example.org/a?sid=4711"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://example.org/%u0041%", "http://example.org/%u0041%"),
    ],
)
def test_urls_that_mean_one_page_have_one_form(url: str, normal: str) -> None:
    assert normal_url(url) == normal


@pytest.mark.parametrize("url", ["", "a/b", "mailto:a@b.example", "ftp://example.org/", "javascript:x", "http://"])
def test_what_is_no_web_address_has_none(url: str) -> None:
    assert normal_url(url) is None


@given(st.text(alphabet="ab./%2eE7;=&?#jsessionid utm_x", max_size=60))
def test_normalising_twice_changes_nothing(rest: str) -> None:
    once = normal_url(f"http://example.org/{rest}")
    assert once is not None
    assert normal_url(once) == once
