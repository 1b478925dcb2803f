from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.safety.url_blocks import parse_url_blocks


@pytest.mark.parametrize(
    "line",
    [
        "bad.example",
        "BAD.example",
        "*.bad.example",
        ".bad.example",
        "bad.example  # why",
        "0.0.0.0 bad.example",
        "127.0.0.1\tgood.example bad.example # two names",
        "||bad.example^",
        "||bad.example",
    ],
)
def test_a_domain_stands_for_all_below_it_in_every_form(line: str) -> None:
    blocks = parse_url_blocks(["! title", "# comment", "", line])
    assert blocks.entry_for("http://Bad.Example/") == "bad.example"
    assert blocks.entry_for("https://a.b.bad.example:8080/x?y") == "bad.example"
    assert blocks.entry_for("https://notbad.example/") is None
    assert blocks.entry_for("https://bad.example.org/") is None
    assert blocks.entry_for("https://other.example/bad.example") is None


@pytest.mark.parametrize("line", ["site.example/a/b", "https://www.site.example/a/b/", "||site.example/a/b^"])
def test_a_url_stands_for_all_below_its_path(line: str) -> None:
    blocks = parse_url_blocks([line])
    for below in ("a/b", "a/b/", "a/b/c.html", "a/b?page=2", "a/b#top"):
        assert blocks.entry_for(f"https://site.example/{below}") == "site.example/a/b"
        assert blocks.entry_for(f"http://www.site.example/{below}") == "site.example/a/b"
    for beside in ("", "a", "a/bc", "A/b", "x?u=/a/b"):
        assert blocks.entry_for(f"https://site.example/{beside}") is None
    assert blocks.entry_for("https://sub.site.example/a/b") is None


@pytest.mark.parametrize("line", ["www.site.example", "0.0.0.0 www.site.example", "https://site.example/"])
def test_one_host_is_no_other_below_it(line: str) -> None:
    blocks = parse_url_blocks([line])
    assert blocks.entry_for("https://site.example/x") == "site.example"
    assert blocks.entry_for("https://www.site.example/") == "site.example"
    assert blocks.entry_for("https://blog.site.example/") is None


def test_names_of_other_scripts_and_addresses_are_compared_as_browsers_do() -> None:
    blocks = parse_url_blocks(["bücher.example", "192.0.2.7"])
    assert blocks.entry_for("https://xn--bcher-kva.example/") == "xn--bcher-kva.example"
    assert blocks.entry_for("http://192.0.2.7/x") == "192.0.2.7"
    assert blocks.entry_for("http://192.0.2.8/x") is None


def test_what_says_nothing_of_whole_addresses_is_passed_over() -> None:
    lines = [
        "[Adblock Plus 2.0]",
        "@@||ok.example^",
        "ok.example##.banner",
        "ok.example#@#.x",
        "||ok.example^$third-party",
    ]
    lines += ["/banner[0-9]+/", "|https://ok.example/|", "||ads*.ok.example^", "127.0.0.1 localhost", "::1 localhost"]
    blocks = parse_url_blocks([*lines, "0.0.0.0 0.0.0.0"])
    assert not blocks.domains
    assert not blocks.addresses


@pytest.mark.parametrize("line", ["localhost", "two words", "http://", "a b.example", "ftp://x.example/y z"])
def test_what_makes_no_sense_is_told_with_its_line(line: str) -> None:
    with pytest.raises(ValueError, match=r"^2: .* is neither a domain nor a URL"):
        parse_url_blocks(["ok.example", line])


def test_what_is_no_url_is_in_no_list() -> None:
    blocks = parse_url_blocks(["bad.example"])
    assert [blocks.entry_for(url) for url in ("", "bad.example", "data:,bad.example", "https://", "http://[")] == [
        None
    ] * 5


@given(
    st.from_regex(r"[a-z]{1,8}(\.[a-z]{2,8}){1,3}", fullmatch=True),
    st.from_regex(r"(/[a-z0-9]{1,5}){0,4}", fullmatch=True),
)
def test_a_url_is_under_its_own_entry(host: str, path: str) -> None:
    assert parse_url_blocks([f"{host}{path}"]).entry_for(f"https://{host}{path}/more") is not None
