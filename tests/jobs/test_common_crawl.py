"""Whole runs over Common Crawl's layout: from a loopback server in ranges, from a copy, and by plain archives."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from corpusflow.errors import RunError
from corpusflow.fetch import retries
from corpusflow.recipe import parse_recipe
from corpusflow.sources.page import OutputFile, Part, Record
from corpusflow.sources.warc_scan import scan_warc
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus
from tests.jobs.runs import made, run, shards, warc, worked
from tests.range_server import Ranges, serve_ranges, status
from tests.web import captures, recipe, write_warc

CRAWL = "CC-MAIN-2024-10"
NAMES = [f"crawl-data/{CRAWL}/segments/1707947473347.0/warc/{number:05d}.warc.gz" for number in range(3)]
FETCH = {"contact": "mailto:us@site.example", "allow_loopback": True, "timeout_s": 5, "block_images": 2, "pause_s": 0}
REAL = Path(__file__).parents[3] / "shared" / "data" / "warc" / "files"


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_S", 0.001)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Three archives of three stories each, with their pictures, as they lie in a crawl."""
    for number, name in enumerate(NAMES):
        write_warc(tmp_path / "mirror" / name, captures(range(10 * number, 10 * number + 3)))
    return tmp_path / "mirror"


def records(mirror: Path, names: Iterable[str] = NAMES) -> Iterator[Record]:
    for name in names:
        none = OutputFile(lambda: pytest.fail("the archive has to be packed anew"), "")
        for item in scan_warc(Part("warc", name, (str(mirror / name),), ""), none):
            if isinstance(item, Record):
                yield item


def write_index(path: Path, rows: Iterable[Record]) -> str:
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["url", "warc_filename", "warc_record_offset", "warc_record_length", "fetch_status"])
        table.writerows([row.url, row.source, row.offset, row.length, 200] for row in rows)
    return str(path)


def crawl(base_url: str, **options: Any) -> dict[str, Any]:
    source = {"kind": "commoncrawl", "name": "cc", "base_url": base_url, **options}
    return recipe(source, fetch=FETCH)


def plain(mirror: Path, output: Path) -> dict[str, str]:
    """The shards of the same archives read by kind warc."""
    return shards(run(output, recipe(warc(mirror, name="cc"))))


def asked_bytes(server: Ranges) -> list[tuple[str, int]]:
    return sorted((name, byte) for name, first, last in server.asked for byte in range(first, last + 1))


def test_an_index_gives_the_documents_that_the_archives_give_and_fetches_them_once(
    tmp_path: Path, mirror: Path
) -> None:
    index = write_index(tmp_path / "rows.csv", records(mirror))
    with serve_ranges(mirror) as server:
        data = crawl(server.url, index=index)
        first = run(tmp_path / "out", data)
        assert {name for name, *_ in server.asked} == set(NAMES)
        assert run(tmp_path / "out", data) == first
        assert len(server.asked) == len(NAMES)
    assert first["samples"] == 9
    assert shards(first) == plain(mirror, tmp_path / "plain")


def test_an_index_that_grows_has_only_what_is_new_fetched(tmp_path: Path, mirror: Path) -> None:
    rows = list(records(mirror))
    with serve_ranges(mirror) as server:
        write_index(tmp_path / "rows.csv", [row for row in rows if row.source != NAMES[1]])
        data = crawl(server.url, index=str(tmp_path / "rows.csv"))
        assert run(tmp_path / "out", data)["samples"] == 6
        before = made(tmp_path / "out")
        server.asked.clear()
        write_index(tmp_path / "rows.csv", rows)
        grown = run(tmp_path / "out", data)
    assert {name for name, *_ in server.asked} == {NAMES[1]}
    assert worked(before, made(tmp_path / "out"))["extract"] == 1
    assert shards(grown) == plain(mirror, tmp_path / "plain")


def test_whole_archives_give_the_same_documents(tmp_path: Path, mirror: Path) -> None:
    how = {"crawl": CRAWL, "limit": 3}
    (mirror / "crawl-data" / CRAWL / "warc.paths.gz").write_bytes("\n".join(NAMES).encode())
    with serve_ranges(mirror) as server:
        first = run(tmp_path / "out", crawl(server.url, **how))
        assert sorted(name for name, *_ in server.asked if name.endswith(".warc.gz")) == NAMES
        assert run(tmp_path / "out", crawl(server.url, **how)) == first
        assert sorted(name for name, *_ in server.asked if name.endswith(".warc.gz")) == NAMES
    assert shards(first) == plain(mirror, tmp_path / "plain")


def test_a_copy_needs_neither_the_web_nor_a_contact(tmp_path: Path, mirror: Path) -> None:
    expected = plain(mirror, tmp_path / "plain")
    index = write_index(tmp_path / "rows.csv", records(mirror))
    for number, how in enumerate(({"index": index}, {"crawl": CRAWL, "segments": [1707947473347.0]})):
        data = crawl(str(mirror), **how) | {"fetch": {"web": False}}
        assert shards(run(tmp_path / str(number), data)) == expected


def test_a_limit_on_the_run_fetches_no_more_rows_than_that(tmp_path: Path, mirror: Path) -> None:
    rows = [row for row in records(mirror) if row.kind == "page"]
    index = write_index(tmp_path / "rows.csv", rows)
    with serve_ranges(mirror) as server:
        data = crawl(server.url, index=index, limit=8)
        run_until_extract(tmp_path / "out", data, 2)
        assert {name for name, *_ in server.asked} == {NAMES[0]}
        run_until_extract(tmp_path / "out", data, None)
    assert len(asked_bytes(server)) == len(set(asked_bytes(server))), "nothing is fetched twice"


def run_until_extract(output: Path, data: dict[str, Any], limit: int | None) -> None:
    registry = available_filters()
    run_corpus(parse_recipe(data, registry), registry, str(output), RunOptions(limit=limit, until="extract"))


def test_the_parts_of_an_index_ask_the_server_one_after_the_other(tmp_path: Path, mirror: Path) -> None:
    index = write_index(tmp_path / "rows.csv", records(mirror))
    at_work = threading.Lock()
    met: list[bool] = []

    def alone(*_: Any) -> bool:
        met.append(not at_work.acquire(blocking=False))
        time.sleep(0.02)
        if not met[-1]:
            at_work.release()
        return False

    with serve_ranges(mirror) as server:
        server.faults = {name: [alone] * 99 for name in NAMES}
        data = crawl(server.url, index=index, part_records=2) | {"fetch": FETCH | {"per_host": 1}}
        run(tmp_path / "out", data)
    assert len(met) > 3
    assert not any(met)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX systems")
def test_a_run_that_is_killed_while_it_fetches_asks_for_nothing_twice(tmp_path: Path, mirror: Path) -> None:
    index = write_index(tmp_path / "rows.csv", records(mirror))
    process: subprocess.Popen[bytes]

    def kill(*_: Any) -> bool:
        process.kill()
        return True

    with serve_ranges(mirror) as server:
        server.faults[NAMES[1]] = [kill]
        data = crawl(server.url, index=index) | {"fetch": FETCH | {"per_host": 1}}
        (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
        command = [sys.executable, "-m", "corpusflow.cli", "run", str(tmp_path / "recipe.yaml")]
        process = subprocess.Popen([*command, "--output", str(tmp_path / "out")], stderr=subprocess.DEVNULL)
        assert process.wait() == -signal.SIGKILL
        assert [name for name, *_ in server.asked] == NAMES[:2]
        server.asked.clear()
        manifest = run(tmp_path / "out", data)
    assert [name for name, *_ in server.asked] == NAMES[1:]
    assert shards(manifest) == plain(mirror, tmp_path / "plain")


def test_what_failed_is_in_the_ledger_and_only_that_is_fetched_again(tmp_path: Path, mirror: Path) -> None:
    index = write_index(tmp_path / "rows.csv", records(mirror))
    with serve_ranges(mirror) as server:
        server.faults[NAMES[2]] = [status(503)] * 3
        data = crawl(server.url, index=index) | {"limits": {"failed_documents": 0.9}}
        first = run(tmp_path / "out", data)
        assert first["samples"] == 6
        assert first["summary"]["records"]["failed"] == {"load/http_503": 6}
        server.asked.clear()
        again = run(tmp_path / "out", data, retry_failed=True)
    assert {name for name, *_ in server.asked} == {NAMES[2]}
    assert shards(again) == plain(mirror, tmp_path / "plain")


def test_a_base_that_is_dead_fails_the_run_with_the_cause(tmp_path: Path, mirror: Path) -> None:
    rows = [Record("page", f"http://a/{n}", f"{n}.warc.gz", n, "", n, 9, "", "") for n in range(9)]
    index = write_index(tmp_path / "rows.csv", rows)
    with serve_ranges(mirror) as server:
        pass
    with pytest.raises(RunError, match=r"9 of 9 documents failed.*connect_failed"):
        run(tmp_path / "out", crawl(server.url, index=index))


@pytest.mark.skipif(not REAL.is_dir(), reason="the collection of real archives is not at hand")
def test_a_real_archive_gives_the_same_documents_by_its_index(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    (mirror / NAMES[0]).parent.mkdir(parents=True)
    (mirror / NAMES[0]).write_bytes((REAL / "pywb__iana.warc.gz").read_bytes())
    index = write_index(tmp_path / "rows.csv", records(mirror, NAMES[:1]))
    off = {"web": False}
    # Pictures that the archive lacks are not to be asked for on the web: the index is read from the copy.
    data = crawl(str(mirror), index=index) | {"fetch": off, "filters": []}
    data["limits"] = {"failed_images": 1}
    expected = run(tmp_path / "plain", data | {"sources": [warc(mirror, name="cc")]})
    assert expected["samples"] > 0
    assert shards(run(tmp_path / "out", data)) == shards(expected)
