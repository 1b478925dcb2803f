"""Crawls web sites on this machine, round by round, into archives that a recipe can read."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq

from corpusflow import __version__
from corpusflow.crawl.frontier import Frontier, Item
from corpusflow.crawl.options import CrawlOptions
from corpusflow.crawl.totals import Totals, nothing_fetched
from corpusflow.crawl.watch import CrawlWatch
from corpusflow.errors import RunError, StartError
from corpusflow.fetch.fetcher import own_fetchers
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import read_rows
from corpusflow.store.paths import Store, open_store
from jobs.launch import WORKERS_LOG, refuse_foreign, run_graph
from jobs.lock import locked
from jobs.options import local_runner
from transforms.crawl import (
    ARCHIVES,
    SCHEMA,
    CrawlRound,
    CrawlSettings,
    crawl_stage,
    plan_round,
    read_plan,
    write_plan,
)

CRAWL = "crawl.json"  # settings, versions and totals; its presence makes a directory that of a crawl
PAGES = "pages.parquet"  # one row per URL that was asked for, in their order
ROUNDS = "state"  # the plans of the rounds

Rows = list[dict[str, Any]]


def run_crawl(options: CrawlOptions, output: str, watch: CrawlWatch | None = None) -> tuple[dict[str, Any], bool]:
    """Crawls, or goes on where an earlier run stopped. Returns what stands in crawl.json, and whether it stood there
    already.

    Raises StartError when nothing can be started, RunError when no page could be stored: then the next run begins anew.
    """
    store = open_crawl(options, output)
    if store.exists(CRAWL) and (known := json.loads(store.read(CRAWL)))["finished"]:
        return known, True
    with locked(store), own_fetchers(), tempfile.TemporaryDirectory(prefix="corpusflow-") as progress:
        store.sweep()
        _write(store, options, Totals(), finished=False)
        totals = _Crawl(options, store, progress, watch or CrawlWatch()).run()
        if not totals.pages:
            for folder in (ARCHIVES, ROUNDS):
                for name in store.names(folder):
                    store.remove(name)
            raise RunError(f"the crawl got nothing: {nothing_fetched(totals)}")
        return _write(store, options, totals, finished=True), False


def open_crawl(options: CrawlOptions, output: str) -> Store:
    """The directory of a crawl, new or of the same one. Raises StartError for one that is something else."""
    store = open_store(output)
    if store.exists(CRAWL):
        try:
            before = json.loads(store.read(CRAWL))["settings"]
        except (ValueError, LookupError, TypeError) as error:
            raise StartError(f"{store.path(CRAWL)} is damaged: {error}; remove it to go on") from error
        now = options.deciding()
        changed = [name for name in now if before.get(name) != now[name]]
        if changed:
            raise StartError(f"{output} holds a crawl with other {', '.join(changed)}; give another --output")
    else:
        refuse_foreign(store, output, f"holds no crawl (it has no {CRAWL})")
    return store


class _Crawl:
    """The rounds of a crawl. Those that are committed are taken as they are, so that it comes to where it stopped."""

    def __init__(self, options: CrawlOptions, store: Store, progress: str, watch: CrawlWatch) -> None:
        self._options = options
        self._store = store
        self._progress = progress
        self._watch = watch
        self._stage: Stage[CrawlSettings] = crawl_stage(options, store, progress)

    def run(self) -> Totals:
        frontier, totals = Frontier(self._options), Totals()
        with self._store.create(PAGES) as file, pq.ParquetWriter(file, SCHEMA, compression="zstd") as table:
            while items := frontier.take():
                rows = self._round(totals.rounds, items)
                table.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
                frontier.absorb(rows)
                totals.add(rows)
        self._store.publish(PAGES)
        totals.not_queued = +frontier.not_queued
        return totals

    def _round(self, number: int, items: Sequence[Item]) -> Rows:
        """What came of the items, in their order."""
        plan = f"{ROUNDS}/round-{number:04d}.jsonl"
        if not self._store.exists(plan):
            write_plan(plan, plan_round(number, items, self._options.workers), self._store)
        blocks = list(read_plan(plan, self._store))
        if not all(self._stage.committed(block) for block in blocks):
            self._watch.begin(number, len(items))
            runner, settings = local_runner(self._options.workers, self._store.path(WORKERS_LOG))
            pipeline = beam.Pipeline(runner=runner, options=settings)
            pipeline | "Crawl" >> CrawlRound(self._stage, plan)
            run_graph(pipeline, self._progress, self._watch)
        rows = [row for block in blocks for row in self._rows(block)]
        return sorted(rows, key=lambda row: int(row["rank"]))

    def _rows(self, block: Block) -> Rows:
        commit = self._stage.committed(block)
        if commit is None:
            raise RunError(f"block {block.id} of the crawl is gone; run again")
        return list(read_rows(self._store, commit, "parquet"))


def _write(store: Store, options: CrawlOptions, totals: Totals, finished: bool) -> dict[str, Any]:
    told = {
        "corpusflow": __version__,
        "settings": options.deciding(),
        "contact": options.contact,
        "finished": finished,
        "totals": totals.to_json(),
    }
    store.write(CRAWL, json.dumps(told, indent=1, sort_keys=True).encode())
    return told
