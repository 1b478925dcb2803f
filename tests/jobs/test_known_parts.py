"""Runs that cut their lists and indexes otherwise than those before: what came is not asked for again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from corpusflow.errors import RunError
from corpusflow.fetch import journaled
from corpusflow.recipe import parse_recipe
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus
from tests.jobs.runs import run
from tests.jobs.test_common_crawl import asked_bytes, crawl, records, write_index
from tests.jobs.test_web_run import FETCH, site, stories
from tests.range_server import serve_ranges
from tests.web import captures, jpeg, recipe, story, write_warc

MANY = {"limits": {"failed_documents": 0.9, "failed_images": 0.9}}


class KilledError(Exception):
    """Ends a run as a signal would, but in the process of the test."""


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[tuple[list[str], Counter[str], dict[str, Any]]]:
    """The lines of a list, how often each path was asked for, and a recipe. Page 5 is gone, line 7 is a picture."""
    files = stories(range(5)) | {"/7.html": story(7), "/7.jpg": b"no picture", "/8.jpg": jpeg(8)}
    with site(files) as (address, asked):
        lines = [*(f"{address}/{n}.html" for n in range(6)), f"{address}/8.jpg", f"{address}/7.html"]
        write(tmp_path, lines)
        yield lines, asked, recipe({"kind": "urls", "path": str(tmp_path / "pages.txt")}, fetch=FETCH) | MANY


def write(folder: Path, lines: Sequence[str]) -> None:
    (folder / "pages.txt").write_text("\n".join(lines))


def told(manifest: dict[str, Any]) -> dict[str, Any]:
    """What depends neither on when something was fetched nor on what was fetched besides."""
    assert manifest["samples"] > 3
    return {"samples": manifest["samples"], **manifest["summary"], "fetched": None}


def run_until_extract(output: Path, data: dict[str, Any], limit: int | None = None, retry_failed: bool = False) -> None:
    registry = available_filters()
    options = RunOptions(limit=limit, until="extract", retry_failed=retry_failed)
    run_corpus(parse_recipe(data, registry), registry, str(output), options)


@pytest.mark.parametrize("limits", [(None, 3), (3, None, 2), (2, 4, 1, None, 3), (None, 4, 3, 5)])
def test_no_page_is_asked_for_twice_whatever_the_limits_of_runs(
    tmp_path: Path, pages: tuple[list[str], Counter[str], dict[str, Any]], limits: tuple[int | None, ...]
) -> None:
    _, asked, data = pages
    for limit in limits:
        run(tmp_path / "out", data, limit=limit)
    last = run(tmp_path / "out", data)
    assert set(asked.values()) == {1}
    assert told(last) == told(run(tmp_path / "alone", data))


def test_a_limit_after_a_whole_run_takes_no_more_pages_than_that(
    tmp_path: Path, pages: tuple[list[str], Counter[str], dict[str, Any]]
) -> None:
    _, asked, data = pages
    first = run(tmp_path / "out", data)
    assert run(tmp_path / "out", data, limit=3)["summary"]["documents"]["in"] == 3
    assert run(tmp_path / "out", data) == first
    assert set(asked.values()) == {1}


def test_a_line_that_is_taken_out_of_a_list_costs_no_other_page(
    tmp_path: Path, pages: tuple[list[str], Counter[str], dict[str, Any]]
) -> None:
    lines, asked, data = pages
    run(tmp_path / "out", data)
    write(tmp_path, ["# ours", *lines[:2], *lines[3:]])
    shorter = run(tmp_path / "out", data)
    assert set(asked.values()) == {1}
    assert told(shorter) == told(run(tmp_path / "alone", data))
    write(tmp_path, lines)
    asked.clear()
    assert run(tmp_path / "out", data)["samples"] == 5
    assert not asked


def test_what_a_killed_run_had_of_a_list_is_taken_by_a_shorter_one(
    tmp_path: Path, pages: tuple[list[str], Counter[str], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, asked, data = pages
    kill_after(monkeypatch, 3)
    with pytest.raises(RunError, match="KilledError"):
        run_until_extract(tmp_path / "out", data)
    monkeypatch.undo()
    came = +asked
    write(tmp_path, lines[1:])
    asked.clear()
    run_until_extract(tmp_path / "out", data)
    assert len(came) >= 3
    assert len(asked & came) <= len(came) - 3


@pytest.mark.parametrize("limit", [None, 2])
def test_what_a_killed_run_with_a_limit_had_is_taken_by_the_next_whatever_its_limit(
    tmp_path: Path,
    pages: tuple[list[str], Counter[str], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    limit: int | None,
) -> None:
    _, asked, data = pages
    kill_after(monkeypatch, 2)
    with pytest.raises(KilledError):
        run_until_extract(tmp_path / "out", data, limit=3)
    monkeypatch.undo()
    run_until_extract(tmp_path / "out", data, limit=limit)
    assert sum(asked.values()) - len(asked) <= 1, "the third was under way"


def kill_after(monkeypatch: pytest.MonkeyPatch, transfers: int) -> None:
    """Ends runs once so many transfers were recorded."""
    facts, left = journaled.transfer_facts, iter(range(transfers))

    def told(transfer: Any) -> Any:
        if next(left, None) is None:
            raise KilledError
        return facts(transfer)

    monkeypatch.setattr(journaled, "transfer_facts", told)


def test_a_retry_with_a_limit_asks_again_for_what_failed_in_the_pages_that_it_takes(tmp_path: Path) -> None:
    files = stories(range(6))
    missing = {path: files.pop(path) for path in ("/1.html", "/4.html")}
    with site(files, failing=missing) as (address, asked):
        write(tmp_path, [f"{address}/{n}.html" for n in range(6)])
        data = recipe({"kind": "urls", "path": str(tmp_path / "pages.txt")}, fetch=FETCH) | MANY
        assert run(tmp_path / "out", data)["samples"] == 4
        assert run(tmp_path / "out", data, limit=3)["samples"] == 2
        files |= missing
        assert run(tmp_path / "out", data, limit=3, retry_failed=True)["samples"] == 3
    assert {path: count for path, count in asked.items() if count > 1} == {"/1.html": 3}


def test_a_retry_of_all_takes_what_a_retry_with_a_limit_brought(tmp_path: Path) -> None:
    files = stories(range(6))
    missing = {path: files.pop(path) for path in ("/1.html", "/4.html")}
    with site(files, failing=missing) as (address, asked):
        write(tmp_path, [f"{address}/{n}.html" for n in range(6)])
        data = recipe({"kind": "urls", "path": str(tmp_path / "pages.txt")}, fetch=FETCH) | MANY
        assert run(tmp_path / "out", data)["samples"] == 4
        files |= missing
        assert run(tmp_path / "out", data, limit=3, retry_failed=True)["samples"] == 3
        assert run(tmp_path / "out", data, retry_failed=True)["samples"] == 6
    assert {path: count for path, count in asked.items() if count > 1} == {"/1.html": 2, "/4.html": 2}


@pytest.mark.parametrize("limits", [(None, 2), (2, None, 1), (None, 4, 3)])
def test_no_record_of_an_index_is_fetched_twice_whatever_the_limits_of_runs(
    tmp_path: Path, limits: tuple[int | None, ...]
) -> None:
    names = ["a.warc.gz", "b.warc.gz"]
    for number, name in enumerate(names):
        write_warc(tmp_path / "mirror" / name, captures(range(10 * number, 10 * number + 3)))
    rows = [row for row in records(tmp_path / "mirror", names) if row.kind == "page"]
    index = write_index(tmp_path / "rows.csv", rows)
    with serve_ranges(tmp_path / "mirror") as server:
        data = crawl(server.url, index=index, limit=5)
        for limit in limits:
            run_until_extract(tmp_path / "out", data, limit)
        write_index(tmp_path / "rows.csv", rows[1:])
        run_until_extract(tmp_path / "out", data)
        wanted = {(row.source, byte) for row in rows for byte in range(row.offset, row.offset + row.length)}
        asked = Counter(byte for byte in asked_bytes(server) if byte in wanted)
    assert set(asked.values()) == {1}
    assert set(asked) == wanted, "the row that was taken out makes room for the last one"


def test_a_killed_retry_loses_nothing_to_a_plain_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"/{n}.jpg": jpeg(n) for n in range(4)}
    missing = {path: files.pop(path) for path in ("/1.jpg", "/2.jpg", "/3.jpg")}
    with site(files, failing=missing) as (address, asked):
        archive = write_warc(tmp_path / "a.warc.gz", [(f"{address}/{n}.html", story(n)) for n in range(4)])
        fetch = FETCH | {"block_images": 9, "per_host": 1}
        data = recipe({"kind": "warc", "path": str(archive)}, fetch=fetch) | MANY
        run(tmp_path / "out", data)
        files |= missing
        asked.clear()
        kill_after(monkeypatch, 2)
        with pytest.raises(RunError, match="KilledError"):
            run(tmp_path / "out", data, retry_failed=True)
        monkeypatch.undo()
        run(tmp_path / "out", data)
        assert journals(tmp_path / "out"), "two images came and are not in force"
        again = run(tmp_path / "out", data, retry_failed=True)
    assert again["samples"] == 4
    assert sum(asked.values()) - len(asked) <= 1, "the third was under way"
    assert not journals(tmp_path / "out")


def test_what_a_killed_retry_had_is_dropped_once_its_images_are_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"/{n}.jpg": jpeg(n) for n in range(4)}
    missing = {path: files.pop(path) for path in ("/1.jpg", "/2.jpg")}
    with site(files, failing=[*missing, "/3.jpg"]) as (address, asked):
        pages = [(f"{address}/{n}.html", story(n)) for n in range(4)]
        write_warc(tmp_path / "a.warc.gz", pages[:3])
        fetch = FETCH | {"block_images": 9, "per_host": 1}
        data = recipe({"kind": "warc", "path": str(tmp_path / "*.warc.gz")}, fetch=fetch) | MANY
        run(tmp_path / "out", data)
        kill_after(monkeypatch, 1)
        files |= missing
        with pytest.raises(RunError, match="KilledError"):
            run(tmp_path / "out", data, retry_failed=True)
        monkeypatch.undo()
        # Another image that fails makes another block of those that are tried again.
        failing = files.pop("/3.jpg")
        del files["/2.jpg"]
        write_warc(tmp_path / "b.warc.gz", pages[3:])
        run(tmp_path / "out", data)
        before = asked["/1.jpg"]
        files |= {"/3.jpg": failing, **missing}
        assert run(tmp_path / "out", data, retry_failed=True)["samples"] == 4
    assert asked["/1.jpg"] == before
    assert not journals(tmp_path / "out")


def test_a_limit_does_not_throw_away_images_that_a_killed_run_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site(stories(range(4))) as (address, asked):
        archive = write_warc(tmp_path / "a.warc.gz", [(f"{address}/{n}.html", story(n)) for n in range(4)])
        fetch = FETCH | {"block_images": 9, "per_host": 1}
        data = recipe({"kind": "warc", "path": str(archive)}, fetch=fetch)
        kill_after(monkeypatch, 3)
        with pytest.raises(RunError, match="KilledError"):
            run(tmp_path / "out", data)
        monkeypatch.undo()
        run(tmp_path / "out", data, limit=1)
        assert run(tmp_path / "out", data)["samples"] == 4
    assert sum(asked.values()) - len(asked) <= 1, "the fourth was under way"
    assert not journals(tmp_path / "out")


def journals(output: Path) -> list[Path]:
    return list(output.glob("stages/*/*.journal"))
