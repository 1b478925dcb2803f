from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from corpusflow.errors import SourceError
from corpusflow.sources.page import Payload, Record
from corpusflow.sources.record_reader import RecordReader, read_record

from .archives import Scanned, http, member, page, record

LIMIT = 1000


def code(found: Record, max_bytes: int = LIMIT) -> str:
    with pytest.raises(SourceError) as caught:
        read_record(found, max_bytes)
    return caught.value.code


def read(folder: Path, block: bytes, max_bytes: int = LIMIT) -> Payload:
    (found,) = Scanned(folder, member(record("http://e.org/", block))).records
    return read_record(found, max_bytes)


def test_a_payload_has_url_body_and_declared_type(tmp_path: Path) -> None:
    payload = read(tmp_path, http(b"<p>", "text/html; charset=koi8-r", "Content-Length: 3"))
    assert payload == Payload("http://e.org/", b"<p>", "text/html; charset=koi8-r", ())


def test_a_payload_has_the_headers_that_say_who_may_use_it(tmp_path: Path) -> None:
    headers = ("X-Robots-Tag: noai", "x-robots-tag: noindex, nofollow", "TDM-Reservation: 1", "Server: a")
    assert read(tmp_path, http(b"<p>", "text/html", *headers)).consent_headers == (
        ("x-robots-tag", "noai"),
        ("x-robots-tag", "noindex, nofollow"),
        ("tdm-reservation", "1"),
    )


def test_a_body_is_decoded_as_its_headers_say(tmp_path: Path) -> None:
    coded = gzip.compress(b"<p>text")
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(coded), coded)
    headers = ("Transfer-Encoding: chunked", "Content-Encoding: gzip")
    assert read(tmp_path, http(chunks, "text/html", *headers)) == Payload("http://e.org/", b"<p>text", "text/html", ())


def test_headers_that_lie_are_survived_and_noted(tmp_path: Path) -> None:
    lies = ("Transfer-Encoding: chunked", "Content-Encoding: gzip", "Content-Length: 77")
    payload = read(tmp_path, http(b"<p>text", "text/html", *lies))
    assert payload.body == b"<p>text"
    assert payload.notes == ("transfer_encoding_false", "content_encoding_false", "content_length_wrong")


def test_a_body_of_the_limit_is_read_and_one_byte_more_is_too_large(tmp_path: Path) -> None:
    assert len(read(tmp_path, http(b"x" * LIMIT)).body) == LIMIT
    (found,) = Scanned(tmp_path, member(record("http://e.org/", http(b"x" * (LIMIT + 1))))).records
    assert code(found) == "body_too_large"


def test_a_resource_record_has_the_same_limit(tmp_path: Path) -> None:
    def stored(size: int) -> Record:
        (found,) = Scanned(tmp_path, member(record("http://e.org/", b"x" * size, "resource", "text/html"))).records
        return found

    assert len(read_record(stored(LIMIT), LIMIT).body) == LIMIT
    assert code(stored(LIMIT + 1)) == "body_too_large"


def test_a_body_that_grows_past_the_limit_when_decoded_is_too_large(tmp_path: Path) -> None:
    bomb = http(gzip.compress(bytes(100_000)), "text/html", "Content-Encoding: gzip")
    (found,) = Scanned(tmp_path, member(record("http://e.org/", bomb))).records
    assert code(found) == "body_too_large"


def test_a_record_stored_in_far_more_bytes_than_the_limit_is_not_read_at_all(tmp_path: Path) -> None:
    (found,) = Scanned(tmp_path, record("http://e.org/", http(b"x" * 500_000))).records
    assert code(found) == "body_too_large"


def test_a_record_bomb_is_not_inflated(tmp_path: Path) -> None:
    (found,) = Scanned(tmp_path, member(record("http://e.org/", http(bytes(50_000_000))))).records
    assert code(found) == "body_too_large"


def test_records_are_read_in_any_order_from_any_file(tmp_path: Path) -> None:
    first = Scanned(tmp_path, b"".join(member(page(number)) for number in range(3)), "a.warc.gz").records
    second = Scanned(tmp_path, page(7) + page(8), "b.warc").records
    with RecordReader() as reader:
        asked = [first[2], second[1], first[0], second[0], first[1]]
        bodies = [reader.read(found, LIMIT).body for found in asked]
    assert bodies == [b"<html>page %d" % number for number in (2, 8, 0, 7, 1)]


def test_a_length_that_is_not_known_is_not_needed(tmp_path: Path) -> None:
    found = Scanned(tmp_path, member(page(0)) + member(page(1))).records[1]
    assert read_record(replace(found, length=-1), LIMIT).body == b"<html>page 1"


def test_what_is_no_longer_there_is_unreadable(tmp_path: Path) -> None:
    scanned = Scanned(tmp_path, member(page(0)) + member(page(1)))
    first, second = scanned.records
    assert code(replace(second, offset=first.offset, length=first.length)) == "record_unreadable"
    assert code(replace(second, offset=second.offset + 9)) == "record_unreadable"
    assert code(replace(second, offset=10**6)) == "record_unreadable"
    scanned.path.unlink()
    assert code(first) == "record_unreadable"


def test_a_plain_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(b"x" * LIMIT)
    found = Record("page", "http://e.org/a.html", "a.html", 0, str(path), -1, -1, "text/html", "")
    assert read_record(found, LIMIT) == Payload("http://e.org/a.html", b"x" * LIMIT, "text/html")
    assert code(found, LIMIT - 1) == "body_too_large"
    path.unlink()
    assert code(found) == "record_unreadable"
