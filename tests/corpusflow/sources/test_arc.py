from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .archives import Scanned, arc, http, member

URLS = [f"http://example.org/{number}" for number in range(4)]
BODIES = [b"<html>page %d" % number for number in range(4)]
RECORDS = arc(*((url, http(body)) for url, body in zip(URLS, BODIES, strict=True)))
LONG = b"<html>" + b"".join(b"%d " % number for number in range(100_000))


SHAPES = {
    "plain": b"".join(RECORDS),
    "members": b"".join(map(member, RECORDS)),
    "one member": member(b"".join(RECORDS)),
}


@pytest.mark.parametrize("data", SHAPES.values(), ids=SHAPES.keys())
def test_the_pages_are_packed_again_as_warc(tmp_path: Path, data: bytes) -> None:
    scanned = Scanned(tmp_path, data, "a.arc.gz")
    assert (scanned.reasons, scanned.codes) == (["record_warcinfo"], [])
    assert [found.url for found in scanned.records] == URLS
    assert {found.path for found in scanned.records} == {str(scanned.repacked)}
    assert {found.source for found in scanned.records} == {"a.arc.gz"}
    assert {found.fetched_at for found in scanned.records} == {"2008-04-30T20:48:26Z"}
    assert scanned.bodies() == BODIES


@pytest.mark.parametrize("compressed", [True, False])
def test_a_position_is_the_offset_in_the_archive(tmp_path: Path, compressed: bool) -> None:
    stored = [member(one) if compressed else one for one in RECORDS]
    scanned = Scanned(tmp_path, b"".join(stored), "a.arc")
    assert [found.position for found in scanned.records] == [len(b"".join(stored[:n])) for n in range(1, 5)]


def test_a_long_record_is_read_whole(tmp_path: Path) -> None:
    scanned = Scanned(tmp_path, b"".join(map(member, arc(("http://e.org/", http(LONG))))), "a.arc.gz")
    assert scanned.bodies() == [LONG]


def test_the_second_version_of_the_record_line_and_spaces_in_urls_are_read(tmp_path: Path) -> None:
    block = http(b"<html>")
    line = b"http://e.org/a b 1.2.3.4 20080430204826 text/html 200 - - 0 a.arc %d\n" % len(block)
    (found,) = Scanned(tmp_path, RECORDS[0] + line + block + b"\n", "a.arc").records
    assert found.url == "http://e.org/a b"


def test_what_came_not_by_http_is_skipped(tmp_path: Path) -> None:
    scanned = Scanned(tmp_path, b"".join(arc(("dns:example.org", b"1.2.3.4"))), "a.arc")
    assert scanned.reasons == ["record_warcinfo", "not_http"]


@pytest.mark.parametrize("compressed", [True, False])
def test_after_damage_it_goes_on_at_the_next_record(tmp_path: Path, compressed: bool) -> None:
    stored = [member(one) if compressed else one for one in RECORDS]
    scanned = Scanned(tmp_path, b"".join(stored[:2]) + b"garbage\n" * 9 + b"".join(stored[2:]), "a.arc")
    assert (scanned.bodies(), scanned.codes) == (BODIES, ["arc_corrupt"])


def test_an_archive_that_ends_inside_a_page_gives_what_is_there(tmp_path: Path) -> None:
    scanned = Scanned(tmp_path, b"".join(RECORDS)[:-5], "a.arc")
    assert (scanned.bodies()[-1], scanned.codes) == (b"<html>pa", ["arc_truncated"])
    assert not scanned.failures[0].lost


def test_a_record_too_large_to_be_held_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpusflow.sources.repack.MAX_BLOCK_BYTES", len(LONG))
    records = arc(("http://e.org/long", http(LONG)), ("http://e.org/next", http(b"<html>")))
    scanned = Scanned(tmp_path, b"".join(map(member, records)), "a.arc.gz")
    assert ([found.url for found in scanned.records], scanned.codes) == (["http://e.org/next"], ["record_too_large"])


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(SHAPES)), st.integers(0, 800), st.binary(max_size=30))
def test_no_damage_raises(tmp_path: Path, shape: str, place: int, new: bytes) -> None:
    data = SHAPES[shape]
    scanned = Scanned(tmp_path, data[:place] + new + data[place + len(new) :], "a.arc.gz")
    assert scanned.items
    scanned.bodies()
