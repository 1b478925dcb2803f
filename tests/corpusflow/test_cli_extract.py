from __future__ import annotations

import gzip
import io
import json
import sys
import textwrap
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from corpusflow import cli
from corpusflow.document import Document
from corpusflow.extract.html import extract_document
from tests.corpusflow.fetch.bad_server import reply, serve
from tests.web import page

ROOT = Path(__file__).parents[2]
URL = "https://birds.example/north/herons.html"
# The page that the README shows.
HERONS = """\
<!doctype html>
<html lang="en">
<head><title>Herons on the north shore</title></head>
<body>
<nav class="menu"><a href="/">Home</a> <a href="/birds">Birds</a> <a href="/tides">Tides</a></nav>
<article>
<h1>Herons on the north shore</h1>
<p>Two pairs have fished the pools below the old fort since March. They come with the falling tide and leave when the
first walkers do, so the best hour is the one before sunrise.</p>
<figure>
<img src="img/heron-800.jpg" srcset="img/heron-800.jpg 800w, img/heron-1600.jpg 1600w" width="800" height="533"
     alt="A heron in shallow water">
<figcaption>The older bird, waiting for sand eels.</figcaption>
</figure>
<h2>How to get there</h2>
<ul><li>Bus 91 to the fort, then ten minutes on foot.</li><li>Mind the tide: the causeway is dry for four hours.</li>
</ul>
<div class="more"><a href="/gulls">Gulls of the harbour</a> <a href="/terns">Terns on the west cliffs</a></div>
<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>
</article>
</body>
</html>
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs, on a terminal of 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "herons.html").write_text(HERONS)
    return tmp_path


def extract(*words: str, code: int = 0) -> tuple[str, str]:
    """What the command writes to standard output and to standard error."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr("sys.argv", ["corpusflow", "extract", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert ended.value.code == code, out.getvalue() + err.getvalue()
    return out.getvalue(), err.getvalue()


def test_the_readme_shows_what_the_command_prints() -> None:
    out, err = extract("herons.html", "--url", URL, "--why")
    assert textwrap.indent(out, "    ") in (ROOT / "README.md").read_text(encoding="utf-8")
    assert err == ""


def test_what_was_left_out_is_told_on_request_only() -> None:
    assert "left out" not in extract("herons.html", "--url", URL)[0]


def test_json_is_one_line_a_page_and_holds_the_whole_document(folder: Path) -> None:
    (folder / "b.html.gz").write_bytes(gzip.compress(HERONS.encode()))
    out, _ = extract("herons.html", "b.html.gz", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [set(row) for row in rows] == [{"document"}, {"document"}]
    documents = [Document.from_json(row["document"]) for row in rows]
    assert [document.provenance.source for document in documents] == ["herons.html", "b.html.gz"]
    assert [document.url for document in documents] == [
        "https://page.invalid/herons.html",
        "https://page.invalid/b.html.gz",
    ]
    assert documents[0].segments == documents[1].segments
    assert documents[0].segments == extract_document(HERONS.encode(), "https://page.invalid/herons.html").segments


def test_json_tells_what_was_left_out_on_request() -> None:
    (row,) = extract("herons.html", "--url", URL, "--json", "--why")[0].splitlines()
    told = json.loads(row)
    assert {left["what"] for left in told["left_out"]} == {"nav.menu", "div.more"}
    assert told["vectors"] == {"inline_svg": 1}


def test_several_pages_stand_each_under_its_heading_and_the_missing_url_is_noted_once(folder: Path) -> None:
    (folder / "b.html").write_bytes(page("Terns", "They nest on the cliffs in May, high above the sea."))
    out, err = extract("b.html", "herons.html")
    headings = [line.split()[0] for line in out.splitlines() if "────" in line]
    assert headings == ["b.html", "herons.html"]
    assert err == "corpusflow: no --url is given: relative addresses are shown below https://page.invalid/\n"


def test_what_cannot_be_read_is_told_by_name_and_costs_nothing_else(folder: Path) -> None:
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    (folder / "empty.html").write_bytes(b"")
    out, err = extract("none.html", "photo.jpg", "herons.html", "empty.html", code=cli.EXIT_FAILED)
    assert out.count("Herons on the north shore") == 2
    told = [line for line in err.splitlines() if "--url" not in line]
    assert told[0] == "corpusflow: none.html: file_unreadable: No such file or directory"
    assert [line.split(": ")[1:3] for line in told[1:]] == [["photo.jpg", "not_text"], ["empty.html", "empty_body"]]


def test_standard_input_is_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(HERONS.encode())))
    out, err = extract("-", "--url", URL)
    assert out.startswith("- ──")
    assert "https://birds.example/north/img/heron-1600.jpg" in out
    assert err == ""


def test_a_content_type_is_read_as_a_header_is(folder: Path) -> None:
    (folder / "ru.html").write_bytes("<title>Цапли</title><p>Цапли".encode("koi8-r"))
    assert "title: Цапли" in extract("ru.html", "--url", URL, "--content-type", "text/html; charset=koi8-r")[0]


def test_a_url_is_fetched_under_its_own_charset_and_from_where_it_led() -> None:
    paths = {
        "/old": reply(b"", "Location: /new/page", status="302 Found"),
        "/new/page": reply(
            "<title>Цапли</title><p>Цапли<img src=a.jpg>".encode("koi8-r"),
            content_type="text/html; charset=koi8-r",
        ),
    }
    with serve(paths) as server:
        out, err = extract(f"{server.url}/old", "--allow-loopback")
    assert "title: Цапли" in out
    assert f"url: {server.url}/new/page" in out
    assert f"{server.url}/new/a.jpg" in out
    assert err == ""


def test_a_url_that_cannot_be_had_is_told_by_name_with_its_code() -> None:
    paths = {"/robots.txt": reply(b"User-agent: *\nDisallow: /private"), "/page": reply(HERONS.encode())}
    with serve(paths) as server:
        names = [f"{server.url}/{path}" for path in ("private", "none", "page")]
        out, err = extract(*names, "--allow-loopback", code=cli.EXIT_FAILED)
        refused = extract(names[2], code=cli.EXIT_FAILED)[1]
    assert out.startswith(names[2])
    assert [line.split(" ")[1:3] for line in err.splitlines()] == [
        [f"{names[0]}:", "robots_disallowed:"],
        [f"{names[1]}:", "http_404:"],
    ]
    assert refused.startswith(f"corpusflow: {names[2]}: address_refused: ")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["herons.html", "herons.html", "--url", URL], "--url goes with one FILE"),
        (["https://a.example/", "--url", URL], "--url goes with one FILE"),
        (["herons.html", "--url", "birds.example"], "--url birds.example: not an http or https URL"),
        (["herons.html", "--url", "http://a b/"], "--url http://a b/: not an http or https URL"),
        ([], "Missing argument"),
    ],
)
def test_a_wrong_command_is_told_and_nothing_is_read(words: list[str], expected: str) -> None:
    out, err = extract(*words, code=cli.EXIT_USAGE)
    assert out == ""
    assert expected in err
    assert "Traceback" not in err
