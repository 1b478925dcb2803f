from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.decision import Failure
from corpusflow.fetch import ranges, retries
from corpusflow.fetch.client import ClientSettings
from corpusflow.sources.page import OutputFile, Part, Record, Skipped
from corpusflow.sources.record_reader import read_record
from corpusflow.sources.remote_archive import load_archive
from corpusflow.sources.warc import plan_warc
from corpusflow.sources.warc_scan import scan_warc
from tests.corpusflow.sources.archives import member, page
from tests.range_server import Ranges, cut_body, other_range, serve_ranges, status

SETTINGS = ClientSettings(per_host=1, allow_loopback=True, timeout_s=5, retries=2)
NAME = "crawl-data/a.warc.gz"
DATA = b"".join(member(page(number)) for number in range(5))
REAL = Path(__file__).parents[4] / "shared" / "data" / "warc" / "files"


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "PIECE", 200)
    monkeypatch.setattr(retries, "FIRST_WAIT_S", 0.001)


def load(server: Ranges, folder: Path, name: str = NAME) -> list[Record | Skipped | Failure]:
    part = Part("archive", name, (server.url + name,), "v")
    stored, packed = folder / "stored.warc.gz", folder / "packed.warc.gz"
    output = OutputFile(lambda: stored.open("wb"), str(stored))
    repack = OutputFile(lambda: packed.open("wb"), str(packed))
    return list(load_archive(part, SETTINGS, str(folder / "state" / "partial"), output, repack))


def test_an_archive_is_stored_whole_and_read_as_a_local_one_is(tmp_path: Path) -> None:
    with serve_ranges({NAME: DATA}) as server:
        items = load(server, tmp_path)
    assert (tmp_path / "stored.warc.gz").read_bytes() == DATA
    assert [read_record(item, 1000).body for item in items if isinstance(item, Record)] == [
        b"<html>page %d" % number for number in range(5)
    ]
    assert {item.source for item in items if isinstance(item, Record)} == {NAME}


def test_what_came_before_a_failure_is_not_asked_for_again(tmp_path: Path) -> None:
    with serve_ranges({NAME: DATA}) as server:
        server.faults[NAME] = [lambda *_: False, lambda *_: False, status(404), status(404)]
        (failure,) = load(server, tmp_path)
        assert isinstance(failure, Failure)
        assert (failure.code, failure.what) == ("http_404", server.url + NAME)
        kept = (tmp_path / "state" / "partial").stat().st_size
        assert kept == 400
        assert not (tmp_path / "stored.warc.gz").exists()
        server.asked.clear()
        server.faults.clear()
        assert len(load(server, tmp_path)) == 5
    assert min(first for _, first, _ in server.asked) == kept - 1
    assert (tmp_path / "stored.warc.gz").read_bytes() == DATA


def test_an_archive_that_came_whole_before_the_process_was_killed_costs_one_byte(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "partial").write_bytes(DATA)
    with serve_ranges({NAME: DATA}) as server:
        assert len(load(server, tmp_path)) == 5
    assert server.asked == [(NAME, len(DATA) - 1, len(DATA) + 198)]


@pytest.mark.parametrize("before", [len(DATA) + 2, 5 * len(DATA)])
def test_what_is_longer_than_the_file_of_the_server_is_thrown_away(tmp_path: Path, before: int) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "partial").write_bytes(bytes(before))
    with serve_ranges({NAME: DATA}) as server:
        assert len(load(server, tmp_path)) == 5
    assert (tmp_path / "stored.warc.gz").read_bytes() == DATA


def test_a_file_that_changes_under_way_is_fetched_anew(tmp_path: Path) -> None:
    files = {NAME: DATA + member(page(9))}

    def change(*_: object) -> bool:
        files[NAME] = DATA
        return False

    with serve_ranges(files) as server:
        server.faults[NAME] = [lambda *_: False, change]
        assert len(load(server, tmp_path)) == 5
    assert (tmp_path / "stored.warc.gz").read_bytes() == DATA


def test_a_server_that_always_sends_another_range_is_a_failure_after_it_was_asked_anew_once(tmp_path: Path) -> None:
    with serve_ranges({NAME: DATA}) as server:
        server.faults[NAME] = [other_range("bytes 7-9/10")] * 9
        (failure,) = load(server, tmp_path)
    assert isinstance(failure, Failure)
    assert failure.code == "range_wrong"
    assert len(server.asked) == 2


def test_broken_connections_do_no_harm(tmp_path: Path) -> None:
    with serve_ranges({NAME: DATA}) as server:
        server.faults[NAME] = [cut_body, cut_body, lambda *_: False, cut_body]
        load(server, tmp_path)
    assert (tmp_path / "stored.warc.gz").read_bytes() == DATA


def test_an_archive_that_is_one_compressed_member_is_packed_anew(tmp_path: Path) -> None:
    with serve_ranges({NAME: member(b"".join(page(number) for number in range(3)))}) as server:
        items = load(server, tmp_path)
    records = [item for item in items if isinstance(item, Record)]
    assert [Path(record.path).name for record in records] == ["stored.warc.gz", "packed.warc.gz", "packed.warc.gz"]
    assert [read_record(record, 1000).body for record in records] == [b"<html>page %d" % n for n in range(3)]


@pytest.mark.skipif(not REAL.is_dir(), reason="the collection of real archives is not at hand")
@pytest.mark.parametrize("name", ["whirlwind-python__whirlwind.warc.gz", "pywb__iana.warc.gz"])
def test_a_real_archive_gives_the_same_over_the_web(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "PIECE", 50_000)
    with serve_ranges(REAL) as server:
        items = load(server, tmp_path, name)
    (part,) = plan_warc(str(REAL / name), "")
    local = list(scan_warc(part, OutputFile(lambda: (tmp_path / "x").open("wb"), str(tmp_path / "x"))))
    assert [_told(item) for item in items] == [_told(item) for item in local]
    assert any(isinstance(item, Record) for item in items)


def _told(item: Record | Skipped | Failure) -> tuple[object, ...]:
    if isinstance(item, Record):
        return item.kind, item.url, item.source, item.position, item.length, read_record(item, 10_000_000).body
    return (item,)
