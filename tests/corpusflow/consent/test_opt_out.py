from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from corpusflow.consent.opt_out import NOBODY, OptOutList
from corpusflow.errors import StartError


def listed(folder: Path, *lines: str) -> OptOutList:
    path = folder / "opt_out.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return OptOutList.read(str(path))


@pytest.mark.parametrize(
    ("line", "url", "found"),
    [
        ("example.org", "https://example.org/", True),
        ("example.org", "http://example.org:8080/a?b#c", True),
        ("example.org", "https://a.b.EXAMPLE.org./x", True),
        ("example.org", "https://user@example.org/x", True),
        ("example.org", "https://notexample.org/", False),
        ("example.org", "https://example.org.evil.example/", False),
        ("example.org", "https://other.example/?u=https://example.org/", False),
        ("*.example.org", "https://example.org/", True),
        ("EXAMPLE.org.", "https://www.example.org/", True),
        ("www.example.org", "https://example.org/", True),
        ("www.example.org", "https://blog.example.org/", False),
        ("m\u00fcller.example", "https://xn--mller-kva.example/", True),
        ("xn--mller-kva.example", "https://www.m\u00dcller.example/a", True),
        ("192.0.2.7", "http://192.0.2.7/", True),
        ("192.0.2.7", "http://192.0.2.8/", False),
        ("# example.org", "https://example.org/", False),
        ("example.org # wrote on 1 May", "https://example.org/", True),
        ("https://example.org/private/*", "https://example.org/private/a/b?c", True),
        ("https://example.org/private/*", "http://www.example.org:8080/private/", True),
        ("https://example.org/private/*", "https://example.org/private", False),
        ("https://example.org/private/*", "https://example.org/Private/a", False),
        ("https://example.org/private/*", "https://sub.example.org/private/a", False),
        ("https://example.org/private/", "https://example.org/private/a/b?c", True),
        ("https://example.org/private", "https://example.org/private/", True),
        ("https://example.org/private", "https://example.org/private/a", True),
        ("https://example.org/private", "https://example.org/privateer", False),
        ("*.example.org/private/*", "https://sub.example.org/private/a", True),
        ("*.example.org/private/*", "https://example.org/private/a", True),
        ("example.org/art/*.jpg", "https://example.org/art/x/y.jpg", True),
        ("example.org/art/*.jpg", "https://example.org/art/y.jpg?width=100", True),
        ("example.org/art/*.jpg", "https://example.org/art/y.png", False),
        ("example.org/*id=3*", "https://example.org/show?id=3", True),
        ("example.org/show?id=3", "https://example.org/show?id=3", True),
        ("example.org/show?id=3", "https://example.org/show", False),
        ("example.org/%7Eann/*", "https://example.org/~ann/a", True),
        ("example.org/~ann/*", "https://example.org/x/../%7eann/a", True),
        ("example.org/caf\u00e9/*", "https://example.org/caf%c3%a9/1", True),
        ("https://example.org", "https://example.org/any", True),
        ("https://example.org/", "http://www.example.org/any", True),
        ("https://example.org/", "http://blog.example.org/any", False),
        ("https://example.org:8443/*", "https://example.org:8443/a", True),
        ("https://example.org:8443/*", "https://example.org/a", False),
        ("https://example.org:443/a", "https://example.org/a", True),
        ("HTTPS://Example.org/a", "https://example.org/a", True),
        ("example.org", "urn:example.org", False),
        ("example.org", "example.org", False),
        ("example.org", "", False),
    ],
)
def test_an_entry_covers_what_it_says_and_no_more(tmp_path: Path, line: str, url: str, found: bool) -> None:
    assert (listed(tmp_path, line).entry_for(url) is not None) is found


def test_the_answer_tells_the_line_and_the_first_line_counts(tmp_path: Path) -> None:
    wanted = listed(
        tmp_path, "\ufeff# who wrote to us", "", "a.example\r", "example.org/x/*", "a.example", "*.b.example/y"
    )
    assert wanted.entry_for("https://www.a.example/") == "line 3: a.example"
    assert wanted.entry_for("https://example.org/x/1") == "line 4: example.org/x/*"
    assert wanted.entry_for("https://c.b.example/y") == "line 6: *.b.example/y"


@pytest.mark.parametrize(
    "line",
    [
        "example",
        "example.org example.net",
        "ex*mple.org",
        "*/private/*",
        "ann@example.org",
        "ftp://example.org/a",
        "example.org:8080",
        "https://",
        "/private/*",
        "a..example",
        "[::1]",
    ],
)
def test_a_line_that_is_neither_is_told_with_file_and_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(StartError) as error:
        listed(tmp_path, "example.org", line)
    assert str(error.value).startswith(f"{tmp_path / 'opt_out.txt'}:2: {line!r} is neither a domain")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"none\.txt: the opt-out list cannot be read: No such file"):
        OptOutList.read(str(tmp_path / "none.txt"))
    (tmp_path / "odd.txt").write_bytes(b"example.org\nb\xff.example\n")
    with pytest.raises(StartError, match=r"odd\.txt:2: the opt-out list is not UTF-8"):
        OptOutList.read(str(tmp_path / "odd.txt"))


def test_a_list_travels_as_path_and_digest_and_its_content_alone_makes_its_digest(tmp_path: Path) -> None:
    wanted = listed(tmp_path, *(f"site{number}.example" for number in range(1_000)))
    carried = pickle.dumps(wanted)
    assert len(carried) < 500
    assert pickle.loads(carried) == wanted
    assert pickle.loads(carried).entry_for("https://site7.example/") == "line 8: site7.example"
    other = tmp_path / "other.txt"
    other.write_bytes((tmp_path / "opt_out.txt").read_bytes())
    assert OptOutList.read(str(other)).digest == wanted.digest
    assert listed(tmp_path, "site7.example").digest != wanted.digest


def test_a_list_that_changed_since_it_was_read_is_not_used(tmp_path: Path) -> None:
    wanted = OptOutList(listed(tmp_path, "a.example").path, "0" * 64)
    with pytest.raises(StartError, match="was changed while the run went on"):
        wanted.entry_for("https://b.example/")


def test_the_list_of_nobody_has_no_entry() -> None:
    assert NOBODY.entry_for("https://example.org/") is None
