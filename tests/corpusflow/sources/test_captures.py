from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from corpusflow.decision import Failure
from corpusflow.errors import FetchError
from corpusflow.fetch import retries
from corpusflow.fetch.client import ClientSettings
from corpusflow.fetch.ranges import Piece, fetch_ranges
from corpusflow.sources import captures as module
from corpusflow.sources.captures import load_captures, spans
from corpusflow.sources.page import Capture, Part, Record, Skipped
from corpusflow.sources.record_reader import read_record
from corpusflow.store.journal import Journal
from tests.corpusflow.sources.archives import TIME, http, member, page, record
from tests.range_server import cut_body, other_range, serve_ranges, status, whole_file

SETTINGS = ClientSettings(allow_loopback=True, timeout_s=5, retries=2)
ARCHIVE = "crawl-data/a.warc.gz"


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_S", 0.001)


def archive(members: Iterable[bytes], archive: str = ARCHIVE) -> tuple[bytes, list[Capture]]:
    """An archive, and the captures of its members; the URL of number N is http://example.org/N."""
    data, rows = b"", []
    for number, one in enumerate(members):
        rows.append(Capture(f"http://example.org/{number}", archive, len(data), len(one)))
        data += one
    return data, rows


PAGES, ROWS = archive([member(page(number)) for number in range(4)])


class Loaded:
    """What came of captures: items, what was asked for, and the WARC that was written."""

    def __init__(self, folder: Path, settings: ClientSettings = SETTINGS) -> None:
        self.path = folder / "out.warc.gz"
        self.journal = folder / "journal"
        self.settings = settings

    def load(self, rows: Sequence[Capture], base_url: str = "", root: str = "", name: str = "") -> None:
        part = Part("captures", "i:1", (), "", base_url, root, captures=tuple(rows), name=name)
        with Journal(str(self.journal)) as journal, self.path.open("wb") as out:
            self.items = list(load_captures(part, self.settings, journal, out, str(self.path)))

    @property
    def records(self) -> list[Record]:
        return [item for item in self.items if isinstance(item, Record)]

    @property
    def codes(self) -> list[str]:
        return [item.code if isinstance(item, Failure) else "" for item in self.items]

    def bodies(self) -> list[bytes]:
        return [read_record(one, 1000).body for one in self.records]


def loaded(folder: Path, data: bytes, rows: Sequence[Capture], settings: ClientSettings = SETTINGS) -> Loaded:
    found = Loaded(folder, settings)
    with serve_ranges({ARCHIVE: data}) as server:
        found.load(rows, server.url)
    return found


def test_records_are_stored_as_they_came_and_known_by_their_place_in_the_crawl(tmp_path: Path) -> None:
    found = loaded(tmp_path, PAGES, [ROWS[1], ROWS[3]])
    assert found.bodies() == [b"<html>page 1", b"<html>page 3"]
    assert found.path.read_bytes() == b"".join(
        PAGES[one.offset : one.offset + one.length] for one in (ROWS[1], ROWS[3])
    )
    first = found.records[0]
    assert (first.kind, first.url, first.source, first.position) == ("page", ROWS[1].url, ARCHIVE, ROWS[1].offset)
    assert (first.mime, first.fetched_at) == ("text/html", TIME)


def test_a_length_that_is_too_long_brings_in_nothing_of_the_next_record(tmp_path: Path) -> None:
    found = loaded(tmp_path, PAGES, [ROWS[0]._replace(length=ROWS[0].length + 9)])
    assert found.path.read_bytes() == PAGES[: ROWS[0].length]
    assert found.records[0].length == ROWS[0].length


def test_a_copy_gives_what_the_web_gives(tmp_path: Path) -> None:
    (tmp_path / "crawl-data").mkdir()
    (tmp_path / ARCHIVE).write_bytes(PAGES)
    web = loaded(tmp_path, PAGES, ROWS)
    from_web = (web.items, web.path.read_bytes())
    web.load(ROWS, root=str(tmp_path))
    assert (web.items, web.path.read_bytes()) == from_web
    gone = Capture("http://example.org/9", "crawl-data/b.warc.gz", 0, 9)
    web.load([gone, ROWS[0]], root=str(tmp_path), name="mine")
    assert web.codes == ["archive_unreadable", ""]
    assert web.records[0].source == f"mine/{ARCHIVE}"


def test_neighbours_are_fetched_together_and_strangers_apart(tmp_path: Path) -> None:
    padding = b"\0" * (module.MAX_GAP + 1)
    data = PAGES + padding + member(page(4))
    far = Capture("http://example.org/4", ARCHIVE, len(PAGES) + len(padding), len(member(page(4))))
    found = Loaded(tmp_path)
    with serve_ranges({ARCHIVE: data}) as server:
        found.load([ROWS[0], ROWS[2], far], server.url)
    assert found.bodies() == [b"<html>page 0", b"<html>page 2", b"<html>page 4"]
    last = ROWS[2].offset + ROWS[2].length - 1
    assert sorted(server.asked) == [(ARCHIVE, 0, last), (ARCHIVE, far.offset, len(data) - 1)]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([("a", 0, 10), ("a", 10 + module.MAX_GAP, 5)], 1),
        ([("a", 0, 10), ("a", 11 + module.MAX_GAP, 5)], 2),
        ([("a", 0, 10), ("b", 10, 5)], 2),
        ([("a", 0, 10), ("a", 4, 2), ("a", 10 + module.MAX_GAP, 5)], 1),
        ([("a", 0, 10), ("a", 10, module.PIECE - 10)], 1),
        ([("a", 0, 10), ("a", 10, module.PIECE - 9)], 2),
        ([], 0),
    ],
)
def test_what_is_fetched_by_one_range_is_bounded(places: list[tuple[str, int, int]], expected: int) -> None:
    rows = [Capture("u", *place) for place in places]
    together = list(spans(rows))
    assert len(together) == expected
    assert [one for span in together for one in span] == rows


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (member(page(7)), "another_record"),
        (member(page(0))[:-9], "record_truncated"),
        (b"", "http_416"),
        (page(0), "record_corrupt"),
        (b"\x1f\x8b" + member(page(0))[1:], "record_corrupt"),
        (member(b"only words, no record"), "not_a_record"),
        (member(b""), "not_a_record"),
        (member(record("http://example.org/0", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 50_000)), "http_headers_broken"),
    ],
)
def test_what_is_not_the_record_asked_for_is_a_failure_and_the_rest_goes_on(
    tmp_path: Path, data: bytes, code: str
) -> None:
    length = len(data) + 9
    other = archive([member(page(0))], "crawl-data/b.warc.gz")
    found = Loaded(tmp_path)
    with serve_ranges({ARCHIVE: data, "crawl-data/b.warc.gz": other[0]}) as server:
        found.load([Capture("http://example.org/0", ARCHIVE, 0, length), *other[1]], server.url)
    assert sorted(found.codes) == ["", code]
    (failure,) = (item for item in found.items if isinstance(item, Failure))
    assert failure.what == "http://example.org/0"
    assert failure.message.startswith(f"{ARCHIVE} at 0: ")


def test_what_is_no_page_is_counted_and_an_image_is_taken(tmp_path: Path) -> None:
    urls = [f"http://example.org/{number}" for number in range(3)]
    data, rows = archive(
        [
            member(record(urls[0], http(b"", status="404 Not Found"))),
            member(record(urls[1], http(b"GIF89a", "image/gif"))),
            member(record(urls[2], http(b"words", "text/plain"))),
        ]
    )
    found = loaded(tmp_path, data, rows)
    assert [found.items[0], found.items[2]] == [Skipped("status_not_200"), Skipped("not_html")]
    assert [(one.kind, one.offset) for one in found.records] == [("resource", 0)]


def test_a_stored_record_over_the_limit_is_not_asked_for(tmp_path: Path) -> None:
    settings = ClientSettings(allow_loopback=True, max_bytes=1000)
    limit = 1000 + module.HEADER_BYTES
    found = Loaded(tmp_path, settings)
    with serve_ranges({ARCHIVE: PAGES}) as server:
        found.load([ROWS[0], Capture("http://example.org/1", ARCHIVE, ROWS[1].offset, limit + 1)], server.url)
    assert found.codes == ["", "too_large"]
    assert server.asked == [(ARCHIVE, 0, ROWS[0].length - 1)]


@pytest.mark.parametrize(("over", "code"), [(0, ""), (1, "too_large")])
def test_a_record_that_decompresses_without_end_is_stopped(tmp_path: Path, over: int, code: str) -> None:
    settings = ClientSettings(allow_loopback=True, max_bytes=1000)
    head = len(record("http://example.org/0", http(b""))) + len(str(1000 + module.HEADER_BYTES)) - 2
    body = b"x" * (1000 + module.HEADER_BYTES - head)
    plain = record("http://example.org/0", http(body))
    body = b"x" * (len(body) + 1000 + module.HEADER_BYTES - len(plain) + over)
    found = loaded(tmp_path, *archive([gzip.compress(record("http://example.org/0", http(body)))]), settings)
    assert found.codes == [code]


@pytest.mark.parametrize(
    ("fault", "code"),
    [(whole_file, "range_ignored"), (other_range("bytes 1-2/3"), "range_wrong"), (status(404), "http_404")],
)
def test_a_range_that_cannot_be_had_fails_for_all_its_records(tmp_path: Path, fault: object, code: str) -> None:
    found = Loaded(tmp_path)
    with serve_ranges({ARCHIVE: PAGES}) as server:
        server.faults[ARCHIVE] = [fault]
        found.load(ROWS[:2], server.url)
    assert found.codes == [code, code]


@pytest.mark.parametrize("fault", [cut_body, status(503, Retry_After="0"), status(403)])
def test_a_range_that_comes_at_the_third_try_is_whole(tmp_path: Path, fault: object) -> None:
    found = Loaded(tmp_path)
    with serve_ranges({ARCHIVE: PAGES}) as server:
        server.faults[ARCHIVE] = [fault, fault]
        found.load(ROWS, server.url)
    assert found.bodies() == [b"<html>page %d" % number for number in range(4)]
    assert len(server.asked) == 3


def test_what_is_in_the_journal_is_not_asked_for_again_and_keeps_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_GAP", -1)
    found = Loaded(tmp_path)
    with serve_ranges({ARCHIVE: PAGES}) as server:
        server.faults[ARCHIVE] = [status(404)]
        found.load(ROWS, server.url)
        before = found.path.read_bytes()
        assert sorted(found.codes) == ["", "", "", "http_404"]
        failed = next(item for item in found.items if isinstance(item, Failure))
        with Journal(str(found.journal)) as journal:
            journal.seal()
        server.asked.clear()
        found.load(ROWS, server.url)
    assert len(server.asked) == 1
    assert len(found.records) == 4
    assert found.records[-1].url == failed.what
    assert found.path.read_bytes().startswith(before)


def test_what_came_before_the_process_died_is_not_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_GAP", -1)

    def dies_after_two(*args: Any) -> Iterator[Piece | FetchError]:
        with closing(fetch_ranges(*args)) as answers:
            yield next(answers)
            yield next(answers)
        raise SystemError("killed")

    one_by_one = ClientSettings(allow_loopback=True, per_host=1)
    found = Loaded(tmp_path, one_by_one)
    with serve_ranges({ARCHIVE: PAGES}) as server:
        monkeypatch.setattr(module, "fetch_ranges", dies_after_two)
        with pytest.raises(SystemError, match="killed"):
            found.load(ROWS, server.url)
        monkeypatch.setattr(module, "fetch_ranges", fetch_ranges)
        found.load(ROWS, server.url)
    assert [first for _, first, _ in server.asked] == [row.offset for row in ROWS]
    assert found.bodies() == [b"<html>page %d" % number for number in range(4)]
