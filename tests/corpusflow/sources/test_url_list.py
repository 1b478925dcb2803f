from __future__ import annotations

import gzip
import time
from pathlib import Path
from socket import socket

import pytest
from warcio.archiveiterator import ArchiveIterator

from corpusflow.decision import Failure
from corpusflow.errors import RunError, StartError
from corpusflow.fetch.client import ClientSettings
from corpusflow.sources.page import Part, Record, Skipped
from corpusflow.sources.record_reader import read_record
from corpusflow.sources.url_list import fetch_pages, first_urls, list_of, plan_urls
from corpusflow.store.journal import Journal
from tests.corpusflow.fetch.bad_server import reply, serve

SETTINGS = ClientSettings(allow_loopback=True, timeout_s=5)


def write(folder: Path, text: str) -> str:
    path = folder / "list.txt"
    path.write_text(text, encoding="utf-8")
    return str(path)


def fetch(part: Part, folder: Path) -> list[Record | Skipped | Failure]:
    path = folder / "pages.warc.gz"
    with path.open("wb") as out, Journal(str(folder / "pages.journal")) as journal:
        return [item for item, _ in fetch_pages(part, SETTINGS, journal, out, str(path))]


def test_lines_are_sliced_once_each_and_keep_their_numbers(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff# ours\nhttp://a/1\n\n  http://a/2  \n#http://a/3\nhttp://a/1\nhttp://a/4")
    parts = plan_urls(path, "web", 2)
    assert [list_of(part) for part in parts] == ["web/list.txt", "web/list.txt"]
    assert [part.urls for part in parts] == [((2, "http://a/1"), (4, "http://a/2")), ((7, "http://a/4"),)]


def test_all_lines_of_a_host_are_in_one_lane(tmp_path: Path) -> None:
    lines = [f"http://{host}.example/{number}" for number in range(6) for host in "abcdefgh"]
    parts = plan_urls(write(tmp_path, "\n".join([*lines, "no url", "http://[oops"])), "", 5)
    assert sorted(text for part in parts for _, text in part.urls) == sorted([*lines, "no url", "http://[oops"])
    assert all(len(part.urls) <= 5 for part in parts)
    hosts: dict[str, set[str]] = {}
    for part in parts:
        for _, text in part.urls:
            hosts.setdefault(text[:8], set()).add(part.lane)
    assert all(len(lanes) == 1 for lanes in hosts.values())
    assert len({part.lane for part in parts}) > 2


def test_a_part_of_an_earlier_run_stays_while_all_its_lines_do(tmp_path: Path) -> None:
    before = plan_urls(write(tmp_path, "http://a/1\nhttp://a/2\nhttp://a/3\n"), "", 2)
    lines = "http://a/0\nhttp://a/1\nhttp://a/2\nhttp://a/3\nhttp://a/4\n"
    longer = plan_urls(write(tmp_path, lines), "", 2, before)
    assert longer[:2] == before
    assert [text for _, text in longer[2].urls] == ["http://a/0", "http://a/4"]
    shorter = plan_urls(write(tmp_path, "http://a/1\nhttp://a/3\n"), "", 2, before)
    assert [[text for _, text in part.urls] for part in shorter] == [["http://a/3"], ["http://a/1"]]
    assert shorter[0] == before[1]


def test_the_first_urls_of_a_part_are_a_part_that_stays(tmp_path: Path) -> None:
    path = write(tmp_path, "http://a/\nhttp://b/\nhttp://c/\n")
    first = first_urls(plan_urls(path, "", 9)[0], 2)
    assert [part.urls for part in plan_urls(path, "", 9, [first])] == [first.urls, ((3, "http://c/"),)]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"list\.txt: line 2 is no text"):
        plan_urls(write(tmp_path, "http://a/\n\0\1\2"), "", 10)


@pytest.mark.parametrize("text", ["", "# nothing\n\n"])
def test_a_list_without_lines_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RunError, match=r"list\.txt.*looked for"):
        plan_urls(write(tmp_path, text), "", 10)


def test_every_line_gives_one_item_in_the_order_of_the_list(tmp_path: Path) -> None:
    def slowly(connection: socket) -> None:
        time.sleep(0.1)
        connection.sendall(reply(b"<html>slow"))

    paths = {
        "/slow": slowly,
        "/fast": reply(b"<html>fast"),
        "/moved": reply(b"", "Location: /fast", status="302 Found"),
        "/text": reply(b"text", content_type="text/plain"),
        "/image": reply(b"GIF89a", content_type="image/gif"),
        "/coded": reply(gzip.compress(b"<html>coded"), "Content-Encoding: gzip"),
    }
    with serve(paths) as server:
        lines = ["slow", "fast", "gone", "moved", "text", "image", "coded"]
        text = "\n".join(["# list", *(f"{server.url}/{line}" for line in lines), "not a url"])
        (part,) = plan_urls(write(tmp_path, text), "web", 100)
        items = fetch(part, tmp_path)
    slow, fast, gone, moved, text_item, image, coded, bad = items
    assert (gone, text_item) == (
        Failure("load", "http_404", f"web/list.txt line 4: Not Found from {server.url}/gone", f"{server.url}/gone"),
        Skipped("not_html"),
    )
    assert isinstance(bad, Failure)
    assert (bad.code, bad.what) == ("bad_url", "not a url")
    assert "line 9" in bad.message
    records = [item for item in (slow, fast, moved, image, coded) if isinstance(item, Record)]
    assert len({record.position for record in records}) == 5, "although two of them lead to one page"
    assert all(record.position < 0 for record in records)
    assert {record.source for record in records} == {"web/list.txt"}
    assert [record.kind for record in records] == ["page", "page", "page", "resource", "page"]
    assert [record.url.rpartition("/")[2] for record in records] == ["slow", "fast", "fast", "image", "coded"]
    payloads = [read_record(record, 1000) for record in records]
    bodies = [b"<html>slow", b"<html>fast", b"<html>fast", b"GIF89a", b"<html>coded"]
    assert [payload.body for payload in payloads] == bodies
    assert {payload.notes for payload in payloads} == {()}


def test_what_is_written_is_a_warc_that_others_read(tmp_path: Path) -> None:
    with serve({"/a": reply(b"<html>a", "X-Twice: 1", "X-Twice: 2")}) as server:
        (part,) = plan_urls(write(tmp_path, f"{server.url}/a"), "", 1)
        (item,) = fetch(part, tmp_path)
    assert isinstance(item, Record)
    with (tmp_path / "pages.warc.gz").open("rb") as file:
        archive = ArchiveIterator(file, check_digests="raise")
        assert next(archive).rec_type == "warcinfo"
        found = next(archive)
        assert (found.rec_type, found.rec_headers["WARC-Target-URI"]) == ("response", f"{server.url}/a")
        assert [value for key, value in found.http_headers.headers if key == "X-Twice"] == ["1", "2"]
        assert found.content_stream().read() == b"<html>a"
        assert next(archive).rec_type == "request"
        assert next(archive, None) is None
    assert item.fetched_at.endswith("Z")


@pytest.mark.parametrize(
    "line",
    ["http://u[@b/x", "http://[oops", "http://[::1", "http://a:99999/", "http://a b/", "http://\u2100/", "http:///x",
     "http://", "://", "javascript:x", "http://\ud7ff\uff0f@/", "http://a\u3002b/", "HTTP://[v1.x]/",
     "x" * 9999, "http://" + "a." * 500, "http://xn--\u00e4/", "http://%/", "http://a%00b/", "http://\U000e0001/",
     "http://1.2.3.999/"],
)  # fmt: skip
def test_a_line_of_rubbish_stops_no_plan(tmp_path: Path, line: str) -> None:
    (part,) = plan_urls(write(tmp_path, line), "", 9)
    assert part.urls == ((1, line.strip()),)


def test_of_parts_that_overlap_the_larger_one_stays(tmp_path: Path) -> None:
    path = write(tmp_path, "http://a/1\nhttp://a/2\nhttp://a/3\nhttp://a/4\n")
    (whole,) = plan_urls(path, "", 9)
    first = first_urls(whole, 2)
    assert plan_urls(path, "", 9, [first, whole]) == plan_urls(path, "", 9, [whole, first]) == [whole]
    path = write(tmp_path, "http://a/1\nhttp://a/2\nhttp://a/4\n")
    shorter = plan_urls(path, "", 9, [whole, first])
    assert shorter[0] == first
    assert [part.urls for part in shorter] == [first.urls, ((3, "http://a/4"),)]
