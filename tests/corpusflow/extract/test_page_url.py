from __future__ import annotations

import json
from pathlib import Path

import ada_url
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.extract.page_url import absolute_url, base_url

BASE = "https://site.example/dir/page.html"
STANDARD = Path(__file__).parents[4] / "shared" / "data" / "url" / "urltestdata.json"


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("a.jpg", "https://site.example/dir/a.jpg"),
        ("/a.jpg", "https://site.example/a.jpg"),
        ("../a.jpg?x=1#part", "https://site.example/a.jpg?x=1"),
        ("//cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ("https://cdn.example/a/b-1.jpg?w=1&h=2", "https://cdn.example/a/b-1.jpg?w=1&h=2"),
        ("https://cdn.example/a/../b/%2E/c.jpg", "https://cdn.example/b/c.jpg"),
        ("https://cdn.example/a/%2e%2E/b.jpg", "https://cdn.example/b.jpg"),
        ("https://cdn.example/a.jpg?don't", "https://cdn.example/a.jpg?don%27t"),
        ("https://cdn.example/don't.jpg#x", "https://cdn.example/don't.jpg"),
        ("HTTP://CDN.Example:80/A.jpg", "http://cdn.example/A.jpg"),
        ("https://cdn.example:8443", "https://cdn.example:8443/"),
        ("https:/cdn.example/a.jpg", "https://site.example/cdn.example/a.jpg"),
        (" /a b\n.jpg ", "https://site.example/a%20b.jpg"),
        ("/日本.jpg?q=é", "https://site.example/%E6%97%A5%E6%9C%AC.jpg?q=%C3%A9"),
        ("/a%20b.jpg", "https://site.example/a%20b.jpg"),
        ("\\img\\a.jpg", "https://site.example/img/a.jpg"),
        ("https://bücher.example/a.jpg", "https://xn--bcher-kva.example/a.jpg"),
        ("http://0x7f.1/a.jpg", "http://127.0.0.1/a.jpg"),
        ("http://[::1]/a.jpg", "http://[::1]/a.jpg"),
        ("https://user:word@cdn.example/a@2x.jpg?u=@", "https://cdn.example/a@2x.jpg?u=@"),
        ("#part", "https://site.example/dir/page.html"),
    ],
)
def test_references_become_absolute_urls(reference: str, url: str) -> None:
    assert absolute_url(BASE, reference) == url


@pytest.mark.parametrize(
    "reference",
    ["", " \n", "data:image/gif;base64,R0lGOD", "blob:https://site.example/1",
     "javascript:0", "ftp://a.example/a.jpg",
     "https://", "http://a b/c.jpg", "http://[", "http://a:99999/b.jpg", "http://xn--a\u00e9/b.jpg", "file:///a.jpg",
     "\ud800"],
)  # fmt: skip
def test_what_cannot_be_fetched_is_no_url(reference: str) -> None:
    assert absolute_url(BASE, reference) is None


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_reference_gives_an_ascii_http_url_or_none(base: str, reference: str) -> None:
    url = absolute_url(base, reference)
    assert url is None or (url.isascii() and url.startswith(("http://", "https://")) and absolute_url(BASE, url) == url)


PIECES = ["http", "https", "://", "/", "//", ".", "..", "a", "b-c", "X", "1", "%2e", "%2E", "%", "?", "=", "&", "'",
          "@", "~", "xn--", "example", ".com", ":", "80", "é", "^", "+", "_", "!"]  # fmt: skip


@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_what_looks_normal_is_what_the_parser_would_give(tail: str) -> None:
    reference = f"https://cdn.example/{tail}"
    url = ada_url.join_url(BASE, reference)
    assert absolute_url(BASE, reference) == url
    host = f"https://{tail}/"
    if "@" not in tail and (url := absolute_url(BASE, host)) is not None:
        assert url == ada_url.join_url(BASE, host)


def test_a_base_without_a_scheme_resolves_absolute_references_only() -> None:
    base = base_url(None, "page.html")
    assert absolute_url(base, "HTTPS://cdn.example/a.jpg") == "https://cdn.example/a.jpg"
    assert absolute_url(base, "a.jpg") is None


@pytest.mark.parametrize(
    ("href", "url"),
    [
        (None, BASE),
        ("", BASE),
        ("https://cdn.example/x/", "https://cdn.example/x/"),
        ("img/", "https://site.example/dir/img/"),
        ("/#top", "https://site.example/"),
        ("javascript:0", BASE),
        ("data:,x", BASE),
        ("http://[", BASE),
    ],
)
def test_a_base_element_moves_the_base_where_it_can(href: str | None, url: str) -> None:
    assert base_url(href, BASE) == url


@pytest.mark.skipif(not STANDARD.exists(), reason="the cases of the URL standard are not beside the checkout")
def test_all_cases_of_the_url_standard_hold() -> None:
    cases = [case for case in json.loads(STANDARD.read_text(encoding="utf-8")) if case["input"].strip()]
    for case in cases:
        href = case.get("href") or ""
        wanted = _bare(href) if href.startswith(("http://", "https://")) else None
        assert absolute_url(case["base"] or "about:blank", case["input"]) == wanted, case
    assert cases


def _bare(href: str) -> str:
    url = ada_url.URL(href)
    url.username = url.password = url.hash = ""
    return url.href
