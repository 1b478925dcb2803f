from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpusflow.decision import Failure
from corpusflow.sources.page import Record, Skipped

from .archives import TIME, Scanned, http, member, page, record

ZSTD = b"\x28\xb5\x2f\xfd"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
BODIES = [b"<html>page %d" % number for number in range(5)]


def members(*records: bytes) -> bytes:
    return b"".join(map(member, records))


def five(compressed: bool) -> list[bytes]:
    return [member(page(number)) if compressed else page(number) for number in range(5)]


def test_a_page_is_listed_with_everything_that_is_known(tmp_path: Path) -> None:
    first, second = member(page(0)), member(page(1))
    scanned = Scanned(tmp_path, first + second)
    path, end = str(tmp_path / "a.warc.gz"), len(first)
    assert scanned.items == [
        Record("page", "http://example.org/0", "a.warc.gz", 0, path, 0, end, "text/html", TIME),
        Record("page", "http://example.org/1", "a.warc.gz", end, path, end, len(second), "text/html", TIME),
    ]
    assert scanned.bodies() == BODIES[:2]
    assert not scanned.repacked.exists()


def test_what_is_neither_page_nor_image_is_told_with_the_reason(tmp_path: Path) -> None:
    scanned = Scanned(
        tmp_path,
        members(
            record("", b"software: x\r\n", "warcinfo", "application/warc-fields"),
            record("http://e.org/", b"GET / HTTP/1.1\r\n\r\n", "request", "application/http; msgtype=request"),
            record("http://e.org/", http(b""), "revisit"),
            record("http://e.org/", b"text", "conversion", "text/plain"),
            record("http://e.org/", b"x", "metadata", "application/warc-fields"),
            record("http://e.org/", b"x", "continuation"),
            record("http://e.org/", b"x", "no-such-type"),
            record("http://e.org/", http(b"<html>", status="404 Not Found")),
            record("http://e.org/", http(b"<html>", status="OK")),
            record("http://e.org/", http(b"<html>", "text/plain")),
            record("http://e.org/", http(b"no markup", None)),
            record("http://e.org/", http(b"no magic", "application/octet-stream")),
            record("dns:e.org", b"e.org. 1 IN A 1.2.3.4", "response", "text/dns"),
        ),
    )
    assert [type(item) for item in scanned.items] == [Skipped] * 13
    types = ["warcinfo", "request", "revisit", "conversion", "metadata", "continuation", "unknown"]
    assert scanned.reasons == [
        *(f"record_{name}" for name in types), "status_not_200", "status_not_200", "not_html", "not_html", "not_html",
        "not_http",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("declared", "body", "kind", "mime"),
    [
        ("text/html; charset=utf-8", b"", "page", "text/html"),
        ("TEXT/HTML", b"", "page", "text/html"),
        ("application/xhtml+xml", b"", "page", "application/xhtml+xml"),
        (None, b" \n<!-- hi --><!DOCTYPE html>", "page", "text/html"),
        (None, b"\xef\xbb\xbf<html lang=x>", "page", "text/html"),
        (None, PNG, "resource", "image/png"),
        ("image/jpeg", b"", "resource", "image/jpeg"),
        ("application/octet-stream", PNG, "resource", "image/png"),
        ("application/octet-stream", b"GIF89a", "resource", "image/gif"),
        ("application/octet-stream", b"\xff\xd8\xff", "resource", "image/jpeg"),
        ("application/octet-stream", b"RIFF\0\0\0\0WEBP", "resource", "image/webp"),
        ("application/octet-stream", b"\0\0\0 ftypavif", "resource", "image/avif"),
    ],
)
def test_pages_and_images_are_known_by_type_or_first_bytes(
    tmp_path: Path, declared: str | None, body: bytes, kind: str, mime: str
) -> None:
    (found,) = Scanned(tmp_path, member(record("http://e.org/", http(body, declared)))).records
    assert (found.kind, found.mime) == (kind, mime)


def test_first_bytes_are_seen_through_compression(tmp_path: Path) -> None:
    block = http(gzip.compress(b"<html>" + b"text " * 5000, mtime=0), None, "Content-Encoding: gzip")
    assert [found.kind for found in Scanned(tmp_path, member(record("http://e.org/", block))).records] == ["page"]


def test_resource_records_need_no_http_headers(tmp_path: Path) -> None:
    data = members(
        record("http://e.org/a", b"<html>a", "resource", "text/html"),
        record("http://e.org/b", PNG, "resource", "image/png"),
    )
    scanned = Scanned(tmp_path, data)
    assert [found.kind for found in scanned.records] == ["page", "resource"]
    assert scanned.bodies() == [b"<html>a", PNG]


def test_brackets_around_a_url_are_taken_off(tmp_path: Path) -> None:
    (found,) = Scanned(tmp_path, record("<http://e.org/a b>", http(b""))).records
    assert found.url == "http://e.org/a b"


def test_a_time_that_is_none_is_left_out(tmp_path: Path) -> None:
    (found,) = Scanned(tmp_path, page(0).replace(TIME.encode(), b"yesterday")).records
    assert found.fetched_at == ""


def test_a_page_without_url_is_a_failure(tmp_path: Path) -> None:
    assert Scanned(tmp_path, member(record("", http(b"<html>")))).codes == ["record_without_url"]


def test_headers_without_end_are_the_failure_of_their_record_alone(tmp_path: Path) -> None:
    endless = record("http://e.org/", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 50_000)
    scanned = Scanned(tmp_path, members(page(0), endless, page(2)))
    assert (scanned.numbers, scanned.codes) == ([0, 2], ["http_headers_broken"])


def test_a_status_line_that_is_not_quite_http_is_understood(tmp_path: Path) -> None:
    (found,) = Scanned(tmp_path, page(0).replace(b"HTTP/1.1 200", b"HTTPX/1 200")).records
    assert found.kind == "page"


@pytest.mark.parametrize("compressed", [True, False])
def test_lines_may_end_without_carriage_return(tmp_path: Path, compressed: bool) -> None:
    split = [page(number).partition(b"\r\n\r\n") for number in range(5)]
    bare = [headers.replace(b"\r\n", b"\n") + b"\n\n" + block for headers, _, block in split]
    scanned = Scanned(tmp_path, b"".join(map(member, bare) if compressed else bare))
    assert (scanned.numbers, scanned.codes, scanned.bodies()) == ([0, 1, 2, 3, 4], [], BODIES)


@pytest.mark.parametrize("compressed", [True, False])
def test_an_archive_that_ends_inside_a_page_gives_what_is_there(tmp_path: Path, compressed: bool) -> None:
    long = page(1, b"<html>" + bytes(range(256)) * 20)
    records = [page(0), long]
    data = b"".join(map(member, records) if compressed else records)
    scanned = Scanned(tmp_path, data[:-100])
    assert (scanned.numbers, scanned.codes) == ([0, 1], ["warc_truncated"])
    assert not scanned.failures[0].lost
    assert long.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")[2].startswith(scanned.bodies()[1])


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("left", [3, 12, 60])
def test_an_archive_that_ends_inside_headers_loses_that_record(tmp_path: Path, compressed: bool, left: int) -> None:
    records = five(compressed)
    scanned = Scanned(tmp_path, b"".join(records[:4]) + records[4][:left])
    assert scanned.numbers == [0, 1, 2, 3]
    (failure,) = scanned.failures
    assert failure.lost
    assert f"a.warc.gz at {len(b''.join(records[:4]))}" in failure.message


@pytest.mark.parametrize("compressed", [True, False])
def test_an_archive_that_ends_between_records_is_whole(tmp_path: Path, compressed: bool) -> None:
    scanned = Scanned(tmp_path, b"".join(five(compressed)[:4]))
    assert (scanned.numbers, scanned.codes) == ([0, 1, 2, 3], [])


@pytest.mark.parametrize("padding", [bytes(500), b"\r\n\r\n"])
def test_padding_at_the_end_is_no_damage(tmp_path: Path, padding: bytes) -> None:
    assert Scanned(tmp_path, member(page(0)) + padding).codes == []


@pytest.mark.parametrize("compressed", [True, False])
def test_after_garbage_it_goes_on_at_the_next_record(tmp_path: Path, compressed: bool) -> None:
    records = five(compressed)
    scanned = Scanned(tmp_path, b"".join(records[:2]) + b"garbage\n" * 200 + b"".join(records[2:]))
    assert (scanned.numbers, scanned.codes, scanned.bodies()) == ([0, 1, 2, 3, 4], ["warc_corrupt"], BODIES)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("piece", [1, 7, 64])
def test_the_next_record_is_found_wherever_the_pieces_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compressed: bool, piece: int
) -> None:
    monkeypatch.setattr("corpusflow.sources.archive_damage._PIECE", piece)
    records = five(compressed)
    scanned = Scanned(tmp_path, records[0] + b"garbage" + records[1])
    assert (scanned.numbers, scanned.codes) == ([0, 1], ["warc_corrupt"])


@pytest.mark.parametrize("place", [1, 15, -3])
@pytest.mark.parametrize("number", range(5))
def test_a_damaged_member_costs_itself_and_no_other(tmp_path: Path, number: int, place: int) -> None:
    records = [bytearray(one) for one in five(True)]
    records[number][place] ^= 0xFF
    scanned = Scanned(tmp_path, b"".join(records))
    others = [other for other in range(5) if other != number]
    assert (scanned.numbers, scanned.codes) == (others, ["warc_corrupt"])
    assert scanned.bodies() == [BODIES[other] for other in others]


def test_damage_in_the_middle_of_a_long_member_drops_its_page(tmp_path: Path) -> None:
    long = bytearray(member(page(1, b"<html>" + b"".join(b"%d " % n for n in range(100_000)))))
    long[len(long) // 2] ^= 0xFF
    scanned = Scanned(tmp_path, member(page(0)) + bytes(long) + member(page(2)))
    assert (scanned.numbers, scanned.codes) == ([0, 2], ["warc_corrupt"])


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("length", [5000, 5])
def test_a_length_that_lies_costs_no_other_record(tmp_path: Path, compressed: bool, length: int) -> None:
    liar = record("http://example.org/1", http(b"<html>page 1"), length=length)
    records = [page(0), liar, page(2), page(3), page(4)]
    scanned = Scanned(tmp_path, b"".join(map(member, records) if compressed else records))
    assert [number for number in scanned.numbers if number != 1] == [0, 2, 3, 4]


def test_a_record_whose_length_is_too_large_reads_no_part_of_the_next(tmp_path: Path) -> None:
    liar = record("http://example.org/0", http(b"<html>page 0"), length=5000)
    scanned = Scanned(tmp_path, liar + page(1))
    assert scanned.codes == ["record_length_wrong"]
    assert scanned.bodies() == [b"<html>page 0\r\n\r\n", b"<html>page 1"]


def test_a_record_without_length_is_a_failure(tmp_path: Path) -> None:
    headless = page(1).replace(b"Content-Length", b"X-Length")
    scanned = Scanned(tmp_path, members(page(0), headless, page(2)))
    assert (scanned.numbers, scanned.codes[0]) == ([0, 2], "record_without_length")


@pytest.mark.parametrize("size", [10, 100_000])
def test_records_in_one_gzip_member_are_packed_again(tmp_path: Path, size: int) -> None:
    """Short: all in one piece for the decompressor; long: several, so that offsets seem to differ."""
    bodies = [b"<html>" + b"".join(b"%d %d " % (number, n) for n in range(size)) for number in range(5)]
    plain = b"".join(page(number, body) for number, body in enumerate(bodies))
    scanned = Scanned(tmp_path, gzip.compress(plain, mtime=0))
    assert (scanned.numbers, scanned.codes) == ([0, 1, 2, 3, 4], [])
    assert [found.path for found in scanned.records] == [str(scanned.path)] + [str(scanned.repacked)] * 4
    assert scanned.bodies() == bodies
    positions = [found.position for found in scanned.records]
    assert positions == [plain.index(page(number, body)) for number, body in enumerate(bodies)]


@pytest.mark.parametrize("shape", [[2, 1], [1, 2, 1], [3, 2], [1, 1, 3], [2, 2, 1], [1, 4], [5]])
def test_members_with_one_and_with_several_records_mix(tmp_path: Path, shape: list[int]) -> None:
    records, data = [page(number) for number in range(sum(shape))], b""
    for count in shape:
        data += member(b"".join(records[:count]))
        del records[:count]
    scanned = Scanned(tmp_path, data)
    assert (scanned.numbers, scanned.codes) == ([*range(sum(shape))], [])
    assert scanned.bodies() == BODIES[: sum(shape)]
    assert len({found.position for found in scanned.records}) == sum(shape)


def test_the_same_archive_is_packed_again_to_the_same_bytes(tmp_path: Path) -> None:
    scanned = Scanned(tmp_path, member(b"".join(five(False))))
    before = scanned.repacked.read_bytes()
    assert before[4:8] == bytes(4)  # where gzip writes the time
    assert scanned.scan(scanned.part) == scanned.items
    assert scanned.repacked.read_bytes() == before


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "archive_empty"),
        (gzip.compress(b"", mtime=0), "archive_empty"),
        (b"<html>no archive", "not_an_archive"),
        (bytes(10_000), "not_an_archive"),
        (gzip.compress(b"no archive", mtime=0), "not_an_archive"),
        (b"\x1f\x8b\x08", "not_an_archive"),
        (b"PK\x03\x04" + b"x" * 99, "not_an_archive"),
    ],
)
def test_what_holds_no_record_is_one_failure(tmp_path: Path, data: bytes, code: str) -> None:
    scanned = Scanned(tmp_path, data)
    assert (len(scanned.items), scanned.codes) == (1, [code])
    assert "a.warc.gz" in scanned.failures[0].what


def test_a_file_that_is_gone_is_a_failure(tmp_path: Path) -> None:
    scanned = Scanned(tmp_path, member(page(0)))
    scanned.path.unlink()
    (failure,) = scanned.scan(scanned.part)
    assert isinstance(failure, Failure)
    assert failure.code == "archive_unreadable"


SEEDS = {
    "members": five(True),
    "plain": five(False),
    "one member": [member(b"".join(five(False)))],
}
CHANGES = st.lists(
    st.tuples(st.sampled_from(["replace", "delete", "insert", "cut"]), st.integers(0, 5000), st.binary(max_size=40)),
    min_size=1,
    max_size=3,
)


def damage(data: bytes, changes: list[tuple[str, int, bytes]]) -> tuple[bytes, int]:
    """The damaged bytes, and how many at the beginning are as they were."""
    first = len(data)
    for change, place, new in changes:
        at = place % (len(data) + 1)
        first = min(first, at)
        behind = {"replace": at + len(new), "delete": at + 7 * len(new), "insert": at, "cut": len(data)}[change]
        data = data[:at] + (new if change in ("replace", "insert") else b"") + data[behind:]
    return data, first


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(SEEDS)), CHANGES)
def test_no_damage_raises_and_all_before_it_is_found(
    tmp_path: Path, seed: str, changes: list[tuple[str, int, bytes]]
) -> None:
    data, first = damage(b"".join(SEEDS[seed]), changes)
    scanned = Scanned(tmp_path, data)
    assert scanned.items
    bodies = scanned.bodies()
    ends = [len(b"".join(SEEDS[seed][: number + 1])) for number in range(len(SEEDS[seed]))]
    whole = [number for number, end in enumerate(ends) if end <= first]
    if seed != "one member":
        assert bodies[: len(whole)] == BODIES[: len(whole)]


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from([b"", b"WARC/1.0\r\n", b"\x1f\x8b\x08\0", b"filedesc:", ZSTD]))
def test_any_bytes_give_a_finite_list(tmp_path: Path, data: bytes, beginning: bytes) -> None:
    assert Scanned(tmp_path, beginning + data).items


def test_zstandard_frames_are_read_and_shared_ones_packed_again(tmp_path: Path) -> None:
    frames = b"".join(zstandard.compress(page(number)) for number in range(3))
    scanned = Scanned(tmp_path, frames, "a.warc.zst")
    assert (scanned.bodies(), scanned.codes) == (BODIES[:3], [])
    assert {found.path for found in scanned.records} == {str(scanned.path)}
    shared = Scanned(tmp_path, zstandard.compress(b"".join(five(False))), "b.warc.zst")
    assert (shared.bodies(), shared.codes) == (BODIES, [])


def test_garbage_before_a_shared_member_does_not_hide_that_it_is_shared(tmp_path: Path) -> None:
    scanned = Scanned(tmp_path, b"?" + member(b"".join(five(False))))
    assert (scanned.bodies(), scanned.codes) == (BODIES, ["warc_corrupt"])
