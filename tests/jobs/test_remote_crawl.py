"""Crawls whose archives stand on an object store."""

from __future__ import annotations

from pathlib import Path

from corpusflow.store.paths import open_store
from jobs.crawl import run_crawl
from tests.jobs.runs import run, shards
from tests.jobs.test_crawl import asked, options, stories
from tests.sites import serve
from tests.web import recipe


def test_a_crawl_into_a_store_is_read_by_a_recipe_as_one_into_a_folder(bucket: str, tmp_path: Path) -> None:
    pages = stories(range(3))
    with serve(pages.get) as site:
        told, before = run_crawl(options(site.url), f"{bucket}/crawl")
        assert not before
        once = asked(site)
        assert run_crawl(options(site.url), f"{bucket}/crawl") == (told, True)
        assert asked(site) == once, "a finished crawl asks for nothing"
        here, _ = run_crawl(options(site.url), str(tmp_path / "crawl"))
    assert here["totals"]["pages"] == told["totals"]["pages"] == 4
    there = run(f"{bucket}/out", recipe({"kind": "warc", "path": f"{bucket}/crawl/warc"}))
    local = run(tmp_path / "out", recipe({"kind": "warc", "path": str(tmp_path / "crawl" / "warc")}))
    assert (there["samples"], len(shards(there))) == (local["samples"], len(shards(local)))
    assert not open_store(f"{bucket}/crawl").exists("run.lock")
