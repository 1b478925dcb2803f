from __future__ import annotations

import gzip
import io
import os
import sys
from pathlib import Path

import pytest

from corpusflow.errors import ConsentError, RecordError
from corpusflow.sources import single_page
from corpusflow.sources.single_page import STAND_IN, SinglePage, is_web_url, open_page
from tests.corpusflow.fetch.bad_server import reply, serve

PAGE = b"<!doctype html><p>hello"


def code(name: str, *, allow_loopback: bool = True) -> str:
    with pytest.raises(RecordError) as raised:
        open_page(name, allow_loopback=allow_loopback)
    return raised.value.code


def file(folder: Path, body: bytes, name: str = "page.html") -> str:
    (folder / name).write_bytes(body)
    return str(folder / name)


def test_a_file_is_read_as_it_is_and_stands_where_it_is_said_to(tmp_path: Path) -> None:
    name = file(tmp_path, PAGE)
    assert open_page(name, "https://a.example/b") == SinglePage(name, "https://a.example/b", PAGE)


def test_a_file_without_a_url_stands_below_a_name_that_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b").mkdir()
    file(tmp_path / "a b", PAGE, "ä#1.html")
    assert open_page("a b/ä#1.html").url == f"{STAND_IN}a%20b/%C3%A4%231.html"


@pytest.mark.parametrize("name", ["page.html.gz", "page.html"])
def test_gzip_is_undone_whatever_the_name(tmp_path: Path, name: str) -> None:
    assert open_page(file(tmp_path, gzip.compress(PAGE), name)).body == PAGE
    assert open_page(file(tmp_path, gzip.compress(PAGE[:9]) + gzip.compress(PAGE[9:]), name)).body == PAGE


def test_a_plain_file_that_is_called_gz_is_read_as_it_is(tmp_path: Path) -> None:
    assert open_page(file(tmp_path, PAGE, "page.html.gz")).body == PAGE


def test_broken_gzip_is_told(tmp_path: Path) -> None:
    assert code(file(tmp_path, gzip.compress(os.urandom(9000))[:5000])) == "gzip_broken"
    assert code(file(tmp_path, b"\x1f\x8bnonsense")) == "gzip_broken"


def test_size_is_bounded_as_stored_and_as_decompressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_page, "MAX_BYTES", 1000)
    assert len(open_page(file(tmp_path, b"x" * 1000)).body) == 1000
    assert len(open_page(file(tmp_path, gzip.compress(b"x" * 1000))).body) == 1000
    assert code(file(tmp_path, b"x" * 1001)) == "too_large"
    assert code(file(tmp_path, gzip.compress(b"x" * 1001))) == "too_large"


def test_what_is_no_readable_file_is_told(tmp_path: Path) -> None:
    assert code(str(tmp_path / "none.html")) == "file_unreadable"
    assert code(str(tmp_path)) == "file_unreadable"


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in (PAGE, gzip.compress(PAGE)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        assert open_page("-") == SinglePage("-", STAND_IN, PAGE)


def test_a_name_that_is_no_text_can_be_told(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.html")
    with open(name, "wb") as out:
        out.write(PAGE)
    page = open_page(name)
    assert page.source == f"{tmp_path}/�.html"
    assert page.url.endswith("/%FF.html")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("https://a.example", True),
        ("HTTP://a.example/b", True),
        ("https://", False),
        ("https:///b", False),
        ("ftp://a.example/", False),
        ("page.html", False),
        ("-", False),
    ],
)
def test_web_urls_are_told_from_paths(name: str, expected: bool) -> None:
    assert is_web_url(name) is expected


def test_a_page_is_fetched_and_stands_where_the_redirect_led() -> None:
    paths = {
        "/old": reply(b"", "Location: /new/page", status="301 Moved"),
        "/new/page": reply(PAGE, content_type="text/html; charset=koi8-r"),
    }
    with serve(paths) as server:
        page = open_page(f"{server.url}/old", allow_loopback=True)
        expected = SinglePage(f"{server.url}/old", f"{server.url}/new/page", PAGE, "text/html; charset=koi8-r")
    assert page == expected


def test_robots_are_asked() -> None:
    paths = {"/robots.txt": reply(b"User-agent: *\nDisallow: /private"), "/private/a": reply(PAGE), "/b": reply(PAGE)}
    with serve(paths) as server:
        assert open_page(f"{server.url}/b", allow_loopback=True).body == PAGE
        with pytest.raises(ConsentError) as raised:
            open_page(f"{server.url}/private/a", allow_loopback=True)
        assert not any("GET /private" in request for request in server.requests)
    assert raised.value.code == "robots_disallowed"


def test_private_addresses_are_refused_unless_asked_for() -> None:
    with serve({"/page": reply(PAGE)}) as server:
        assert code(f"{server.url}/page", allow_loopback=False) == "address_refused"
        assert not server.requests


def test_answers_that_are_no_page_are_told() -> None:
    paths = {
        "/image": reply(b"\xff\xd8\xff", content_type="image/jpeg"),
        "/text": reply(PAGE, content_type="text/plain"),
        "/bytes": reply(PAGE, content_type="application/octet-stream"),
    }
    with serve(paths) as server:
        found = {path: code(server.url + path) for path in (*paths, "/none")}
    assert found == {"/image": "not_html", "/text": "not_html", "/bytes": "not_html", "/none": "http_404"}
