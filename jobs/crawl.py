"""Crawls web sites on this machine, round by round, into archives that a recipe can read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq

from corpusflow import __version__
from corpusflow.crawl.frontier import Frontier, Item
from corpusflow.crawl.options import CrawlOptions
from corpusflow.crawl.totals import Totals, may_be_had, nothing_fetched
from corpusflow.crawl.watch import CrawlWatch
from corpusflow.errors import RunError, StartError
from corpusflow.fetch.fetcher import own_fetchers
from corpusflow.fetch.retries import may_pass
from corpusflow.progress_folder import progress_folder
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import read_rows
from corpusflow.store.paths import LocalStore, Store
from corpusflow.store.reach import answering_store
from corpusflow.store.run_files import undamaged
from jobs.begin import refuse_foreign
from jobs.local import WORKERS_LOG, run_graph
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
Asked = tuple[str, str]  # kind and URL


def run_crawl(
    options: CrawlOptions, output: str, watch: CrawlWatch | None = None, retry_failed: bool = False
) -> tuple[dict[str, Any], bool]:
    """Crawls, or goes on where an earlier run stopped. Returns what stands in crawl.json, and whether it stood there
    already.

    retry_failed: whether to ask once more, in further rounds, for what failed for a reason that may have passed.
    Raises StartError when nothing can be started, RunError when no page could be stored: then the next run begins anew.
    """
    store = open_crawl(options, output)
    known: dict[str, Any] = json.loads(store.read(CRAWL)) if store.exists(CRAWL) else {"finished": False}
    if known["finished"] and not (retry_failed and may_be_had(known["totals"])):
        return known, True
    with locked(store), own_fetchers(), progress_folder() as progress:
        store.sweep()
        crawl = _Crawl(options, store, progress, watch or CrawlWatch(), retry_failed)
        _write(store, options, Totals(), finished=False)
        totals = crawl.run()
        if not totals.pages:
            for folder in (ARCHIVES, ROUNDS):
                for name in store.names(folder):
                    store.remove(name)
            raise RunError(f"the crawl got nothing: {nothing_fetched(totals)}")
        return _write(store, options, totals, finished=True), False


def open_crawl(options: CrawlOptions, output: str) -> Store:
    """The directory of a crawl, new or of the same one. Raises StartError for one that is something else."""
    store = answering_store(output)
    if store.exists(CRAWL):
        with undamaged(store, CRAWL, f"give another --output; what came stands in {store.path(ARCHIVES)}"):
            before = json.loads(store.read(CRAWL))["settings"]
        now = options.deciding()
        changed = [name for name in now if before.get(name) != now[name]]
        # One that got nothing is no hindrance: nothing of it stands there.
        if changed and any(store.names(ROUNDS)):
            raise StartError(f"{output} holds a crawl with other {', '.join(changed)}; give another --output")
    else:
        refuse_foreign(store, output, f"holds no crawl (it has no {CRAWL})")
    return store


class _Crawl:
    """The rounds of a crawl. Those that are committed are taken as they are, so that it comes to where it stopped."""

    def __init__(
        self, options: CrawlOptions, store: Store, progress: str, watch: CrawlWatch, retry_failed: bool
    ) -> None:
        self._options = options
        self._store = store
        self._progress = progress
        self._watch = watch
        self._retry_failed = retry_failed
        self._log = store.path(WORKERS_LOG) if isinstance(store, LocalStore) else os.devnull
        self._stage: Stage[CrawlSettings] = crawl_stage(options, store, progress)
        self._frontier = Frontier(options)
        self._failed: dict[Asked, Item] = {}  # for a reason that may pass
        self._last: dict[Asked, int] = {}  # of what was asked again, its last round

    def run(self) -> Totals:
        number = 0
        while items := self._frontier.take() or self._again(number):
            self._round(number, items)
            rows = self._rows(number)
            self._frontier.absorb(rows)
            self._note_failed(rows)
            number += 1
        totals = self._write_pages(number)
        totals.not_queued = +self._frontier.not_queued
        return totals

    def _again(self, number: int) -> list[Item]:
        """A round of what failed, where the crawl would be at its end: one that an earlier run has begun, or that is
        wanted now."""
        if self._store.exists(_plan(number)):
            items = sorted(Item(*fields) for block in self._blocks(number) for fields in block.payload)
        elif self._retry_failed:
            self._retry_failed = False
            items = list(self._failed.values())
        else:
            items = []
        self._last |= {(item.kind, item.url): number for item in items}
        return self._frontier.again(items)

    def _note_failed(self, rows: Rows) -> None:
        for row in rows:
            if may_pass(row["reason"]):
                self._failed[_asked(row)] = Item(*(row[name] for name in Item._fields))
            else:
                self._failed.pop(_asked(row), None)

    def _round(self, number: int, items: Sequence[Item]) -> None:
        plan = _plan(number)
        if not self._store.exists(plan):
            write_plan(plan, plan_round(number, items, self._options.workers), self._store)
        if not all(self._stage.committed(block) for block in self._blocks(number)):
            self._watch.begin(number, len(items))
            runner, settings = local_runner(self._options.workers, self._log, self._progress)
            pipeline = beam.Pipeline(runner=runner, options=settings)
            pipeline | "Crawl" >> CrawlRound(self._stage, plan)
            run_graph(pipeline, self._progress, self._watch)

    def _blocks(self, number: int) -> Iterator[Block]:
        return read_plan(_plan(number), self._store)

    def _rows(self, number: int) -> Rows:
        """What came of the items of a round, in their order."""
        rows: Rows = []
        for block in self._blocks(number):
            commit = self._stage.committed(block)
            if commit is None:
                raise RunError(f"block {block.id} of the crawl is gone; run again")
            rows += read_rows(self._store, commit, "parquet")
        return sorted(rows, key=lambda row: int(row["rank"]))

    def _write_pages(self, rounds: int) -> Totals:
        """The table of all URLs: of what was asked again, only what came at last."""
        totals = Totals()
        with self._store.create(PAGES) as file, pq.ParquetWriter(file, SCHEMA, compression="zstd") as table:
            for number in range(rounds):
                rows = [row for row in self._rows(number) if self._last.get(_asked(row), number) == number]
                table.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
                totals.add(rows)
        self._store.publish(PAGES)
        return totals


def _asked(row: Mapping[str, Any]) -> Asked:
    return row["kind"], row["url"]


def _plan(number: int) -> str:
    return f"{ROUNDS}/round-{number:04d}.jsonl"


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
