"""A round of a crawl: its blocks, what is asked, and what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from fastwarc.warc import ArchiveIterator

from corpusflow.crawl.frontier import Item, Kind
from corpusflow.crawl.options import CrawlOptions
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.paths import LocalStore
from tests.sites import Answer, Site, links, serve
from tests.web import jpeg, story
from transforms import crawl
from transforms.crawl import CrawlRound, CrawlSettings, crawl_stage, plan_round, read_plan, write_plan

PAGES = {
    "/1": Answer(story(1)),
    "/same": Answer(story(1)),
    "/2": links("/1", "/3"),
    "/old": Answer(status=302, headers={"Location": "/1"}),
    "/1.jpg": Answer(jpeg(1), "image/jpeg"),
    "/moved.jpg": Answer(status=301, headers={"Location": "/1.jpg"}),
    "/blob": Answer(jpeg(2), "binary/octet-stream"),
    "/broken": Answer(status=500),
}


@pytest.fixture
def site() -> Iterator[Site]:
    with serve(PAGES.get) as site:
        yield site


def stage(site: Site, store: LocalStore) -> Stage[CrawlSettings]:
    options = CrawlOptions((site.url,), contact="mailto:us@site.example", pause_s=0.0, allow_loopback=True)
    return crawl_stage(options, store)


def items(site: Site, *paths: str) -> list[Item]:
    def kind(path: str) -> Kind:
        return "image" if path.endswith((".jpg", "/blob")) else "page"

    return [Item(rank, site.url + path, kind(path), 1, site.url) for rank, path in enumerate(paths)]


def rows(made: Stage[CrawlSettings], block: Block) -> list[dict[str, Any]]:
    return list(read_rows(made.store, made.run(block), "parquet"))


def kinds(path: str) -> list[tuple[str, str]]:
    with open(path, "rb") as file:
        return [
            (record.headers["WARC-Type"], (record.headers.get("WARC-Target-URI") or "").rpartition("/")[2])
            for record in ArchiveIterator(file, parse_http=False)
        ]


def test_the_urls_of_a_host_go_to_one_bucket_and_into_blocks_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawl, "BLOCK_URLS", 3)
    found = [Item(n, f"http://h{n % 5}.example/{n}", "page", 0, "") for n in range(40)]
    blocks = plan_round(2, found, 3)
    assert sorted(item[0] for block in blocks for item in block.payload) == list(range(40))
    assert all(len(block.payload) <= 3 and block.id.startswith("round-0002-") for block in blocks)
    buckets: dict[str, set[str]] = {}
    for block in blocks:
        for item in block.payload:
            buckets.setdefault(item[1].split("/")[2], set()).add(block.id.rpartition("-")[0])
    assert all(len(of_host) == 1 for of_host in buckets.values())
    assert len({name for of_host in buckets.values() for name in of_host}) > 1
    assert len(plan_round(0, found[:3], 1)) == 1


def test_a_plan_that_is_read_is_that_which_was_written(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    blocks = plan_round(0, [Item(0, "http://a.example/é", "page", 0, "")], 1)
    write_plan("state/plan", blocks, store)
    assert [(block.id, block.key) for block in read_plan("state/plan", store)] == [
        (block.id, block.key) for block in blocks
    ]


def test_a_block_stores_what_came_in_the_order_of_its_urls(tmp_path: Path, site: Site) -> None:
    made = stage(site, LocalStore(str(tmp_path)))
    paths = ["/2", "/1", "/same", "/old", "/none", "/1.jpg", "/moved.jpg", "/blob"]
    (block,) = plan_round(0, items(site, *paths), 1)
    found = rows(made, block)
    assert [row["url"].removeprefix(site.url) for row in found] == paths
    assert [(row["outcome"], row["record"], row["reason"]) for row in found] == [
        ("stored", "response", ""),
        ("stored", "response", ""),
        ("stored", "revisit", ""),
        ("asked_before", "", ""),
        ("failed", "", "http_404"),
        ("stored", "response", ""),
        ("stored", "resource", ""),
        ("stored", "resource", ""),
    ]
    assert found[0]["links"] == [f"{site.url}/1", f"{site.url}/3"]
    assert found[1]["images"] == [f"{site.url}/1.jpg"]
    assert found[3]["final_url"] == f"{site.url}/1"
    assert found[4]["status"] == 404
    archive = tmp_path / found[0]["archive"]
    assert kinds(str(archive)) == [
        ("warcinfo", ""),
        ("response", "2"),
        ("request", "2"),
        ("response", "1"),
        ("request", "1"),
        ("revisit", "same"),
        ("request", "same"),
        ("response", "1.jpg"),
        ("request", "1.jpg"),
        ("resource", "moved.jpg"),
        ("resource", "blob"),
    ]


def test_a_page_that_an_earlier_round_stored_is_revisited(tmp_path: Path, site: Site) -> None:
    made = stage(site, LocalStore(str(tmp_path)))
    rows(made, plan_round(0, items(site, "/1"), 1)[0])
    (row,) = rows(made, plan_round(1, items(site, "/same"), 1)[0])
    assert row["record"] == "revisit"
    with open(tmp_path / row["archive"], "rb") as file:
        revisit = list(ArchiveIterator(file, parse_http=False))[1]
        assert revisit.headers["WARC-Refers-To-Target-URI"] == f"{site.url}/1"


def test_a_block_with_nothing_to_store_has_no_archive(tmp_path: Path, site: Site) -> None:
    made = stage(site, LocalStore(str(tmp_path)))
    (row,) = rows(made, plan_round(0, items(site, "/none"), 1)[0])
    assert row["archive"] == ""
    assert not list(tmp_path.rglob("*.warc.gz"))


def test_a_block_that_was_broken_off_asks_for_nothing_twice(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stage(site, LocalStore(str(tmp_path)))
    (block,) = plan_round(0, items(site, "/1", "/2", "/none", "/1.jpg"), 1)

    def breaking(self: BlockWriter, *args: Any) -> None:
        raise OSError("the disk went away")

    with monkeypatch.context() as broken:
        broken.setattr(BlockWriter, "table", breaking)
        with pytest.raises(OSError, match="the disk went away"):
            made.run(block)
    assert list(tmp_path.glob("warc/*.journal"))
    assert [row["outcome"] for row in rows(made, block)] == ["stored", "stored", "failed", "stored"]
    assert {path: site.asked[path] for path in ("/1", "/2", "/none", "/1.jpg")} == dict.fromkeys(
        ("/1", "/2", "/none", "/1.jpg"), 1
    )


def test_what_failed_for_a_reason_that_may_pass_is_asked_again_by_a_block_that_was_broken_off(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stage(site, LocalStore(str(tmp_path)))
    (block,) = plan_round(0, items(site, "/broken"), 1)
    monkeypatch.setattr("corpusflow.fetch.retries.FIRST_WAIT_S", 0.01)
    assert rows(made, block)[0]["reason"] == "http_500"
    before = site.asked["/broken"]
    rows(made, block)
    assert site.asked["/broken"] > before


def test_the_transform_runs_every_block_of_a_plan(tmp_path: Path, site: Site) -> None:
    store = LocalStore(str(tmp_path))
    made = stage(site, store)
    blocks = plan_round(0, items(site, "/1", "/2"), 2)
    write_plan("state/plan", blocks, store)
    pipeline = beam.Pipeline(runner=FnApiRunner())
    pipeline | CrawlRound(made, "state/plan")
    pipeline.run().wait_until_finish()
    assert all(made.committed(block) for block in blocks)
