"""Archives that we write, read by others and by us."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from base64 import b32encode
from pathlib import Path
from typing import Any

from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.archiveiterator import ArchiveIterator as WarcioIterator
from warcio.checker import Checker

from corpusflow.sources.page import OutputFile, Part, Record, Skipped
from corpusflow.sources.record_reader import read_record
from corpusflow.sources.warc_output import Exchange, Original, WarcOutput, payload_digest
from corpusflow.sources.warc_scan import scan_warc
from tests.web import jpeg, page

DATE = "2026-01-02T03:04:05Z"
HTML = page("Title", "text")
PAGE = Exchange(
    "http://site.example/a?b=1",
    DATE,
    (("User-Agent", "corpusflow/1 (+mailto:us@site.example)"),),
    200,
    (
        ("Content-Type", "text/html"),
        ("Content-Encoding", "gzip"),
        ("Transfer-Encoding", "chunked"),
        ("X-Odd", "é; a=b 猫"),
        ("X-Two", "line\r\nInjected: yes"),
    ),
    HTML,
)
COPY = dataclasses.replace(PAGE, url="http://site.example/copy")


def archive(path: Path) -> tuple[list[tuple[int, int]], Path]:
    """A page, a revisit of it and a picture: where they stand."""
    file = path / "a.warc.gz"
    with open(file, "wb") as out:
        warc = WarcOutput(out, file.name, DATE, "mailto:us@site.example")
        places = [
            warc.response(PAGE),
            warc.revisit(COPY, Original(PAGE.url, DATE)),
            warc.resource("http://site.example/1.jpg", DATE, "image/jpeg", jpeg(1)),
        ]
    return places, file


def records(file: Path) -> list[Any]:
    with open(file, "rb") as stream:
        return [(record.rec_type, record.rec_headers, record.raw_stream.read()) for record in WarcioIterator(stream)]


def test_warcio_finds_every_digest_right(tmp_path: Path) -> None:
    _, file = archive(tmp_path)
    checker = Checker(type("Args", (), {"inputs": [str(file)], "verbose": True})())
    assert checker.process_all() == 0
    kinds = [kind for kind, _, _ in records(file)]
    assert kinds == ["warcinfo", "response", "request", "revisit", "request", "resource"]


def test_fastwarc_finds_every_digest_right_and_the_places_are_true(tmp_path: Path) -> None:
    places, file = archive(tmp_path)
    with open(file, "rb") as stream:
        found = [
            (record.record_type, record.stream_pos, record.verify_block_digest())
            for record in ArchiveIterator(stream, parse_http=False)
        ]
    assert all(right for _, _, right in found)
    assert [offset for kind, offset, _ in found if kind != WarcRecordType.request][1:] == [at for at, _ in places]
    data = file.read_bytes()
    for offset, length in places:
        (record,) = ArchiveIterator(io.BytesIO(data[offset : offset + length]), parse_http=False)
        assert record.headers["WARC-Date"] == DATE


def test_the_payload_digest_is_sha1_in_base_32(tmp_path: Path) -> None:
    _, file = archive(tmp_path)
    digest = "sha1:" + b32encode(hashlib.sha1(HTML).digest()).decode()
    headers = {kind: fields for kind, fields, _ in records(file)}
    assert payload_digest(HTML) == digest
    assert headers["response"].get_header("WARC-Payload-Digest") == digest
    assert headers["revisit"].get_header("WARC-Payload-Digest") == digest
    assert headers["revisit"].get_header("WARC-Refers-To-Target-URI") == PAGE.url
    assert headers["revisit"].get_header("WARC-Refers-To-Date") == DATE


def test_the_request_names_its_path_and_the_answer_that_it_got(tmp_path: Path) -> None:
    _, file = archive(tmp_path)
    with open(file, "rb") as stream:
        answer, request = list(ArchiveIterator(stream, parse_http=False))[1:3]
        assert request.headers["WARC-Concurrent-To"] == answer.headers["WARC-Record-ID"]
    with open(file, "rb") as stream:
        text = [record.reader.read() for record in ArchiveIterator(stream, parse_http=False)][2]
    assert text == (
        b"GET /a?b=1 HTTP/1.1\r\nHost: site.example\r\nUser-Agent: corpusflow/1 (+mailto:us@site.example)\r\n\r\n"
    )


def test_the_headers_tell_of_the_stored_body_and_no_value_adds_a_line(tmp_path: Path) -> None:
    _, file = archive(tmp_path)
    with open(file, "rb") as stream:
        record = list(ArchiveIterator(stream))[1]
        fields = dict(record.http_headers)
    assert fields["Content-Length"] == str(len(HTML))
    assert fields["X-Crawler-Content-Encoding"] == "gzip"
    assert fields["X-Two"] == "line Injected: yes"
    assert not {"Content-Encoding", "Transfer-Encoding", "Injected"} & set(fields)


def test_the_pipeline_finds_the_page_and_the_picture(tmp_path: Path) -> None:
    places, file = archive(tmp_path)
    part = Part("warc", "a", (str(file),), "v")

    def never() -> Any:
        raise AssertionError("nothing is to be packed anew")

    found = list(scan_warc(part, OutputFile(never, "")))
    kept = [item for item in found if isinstance(item, Record)]
    assert [(item.kind, item.url, item.offset) for item in kept] == [
        ("page", PAGE.url, places[0][0]),
        ("resource", "http://site.example/1.jpg", places[2][0]),
    ]
    assert Skipped("record_revisit") in found
    assert [read_record(item, 1_000_000).body for item in kept] == [HTML, jpeg(1)]


def test_equal_exchanges_give_equal_bytes(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    assert archive(tmp_path)[1].read_bytes() == archive(tmp_path / "again")[1].read_bytes()
