"""Starts a recipe's graph on this machine and ends it well: checks first, then runs, then accounts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import apache_beam as beam

from corpusflow.fetch.fetcher import own_fetchers
from corpusflow.filtering import Registry
from corpusflow.progress import STAGES
from corpusflow.recipe import Recipe, with_defaults
from corpusflow.store.paths import LocalStore, Store
from corpusflow.work_done import WorkDone, work_done
from jobs.begin import RunOptions, begin_run, open_run, plan_run
from jobs.build_corpus import build_graph
from jobs.finish import end_run
from jobs.local import WORKERS_LOG, Tick
from jobs.lock import locked
from jobs.options import local_runner
from jobs.sources_changed import hold_sources
from jobs.take_up import LocalRun, run_on_whatever_dies


def run_corpus(
    recipe: Recipe,
    registry: Registry,
    output: str,
    options: RunOptions,
    tick: Tick = lambda folder: None,
    tell: Callable[[WorkDone], None] = lambda work: None,
) -> dict[str, Any] | None:
    """Builds the corpus in a run directory, or goes on where an earlier run stopped.

    tick: called several times a second while the graph runs, with the folder of the live counters. tell: called once
    the graph has run, with what was made again. Returns the manifest, None when the run was to stop before the shards.
    Raises RunError and ModelError before anything is written when the run cannot start.
    """
    recipe = with_defaults(recipe, registry)
    store = open_run(recipe, output)
    plan = plan_run(recipe, store, options)
    with locked(store), own_fetchers():
        loaded = begin_run(recipe, store, plan, options)
        ran = run_local(recipe, registry, store, options, tick)
        if store.renames:
            store.sweep()  # the files through which keys were grouped
        tell(work_done(ran.boards, loaded, ran.memory))
        if options.until != STAGES[-1]:
            return None
        hold_sources(plan.parts, store)
        return end_run(recipe, store, whole=options.limit is None)


def run_local(recipe: Recipe, registry: Registry, store: Store, options: RunOptions, tick: Tick) -> LocalRun:
    """Runs the graph on this machine, and takes it up again when its workers die."""
    workers_log = store.path(WORKERS_LOG) if isinstance(store, LocalStore) else os.devnull

    def graph(progress: str) -> beam.Pipeline:
        runner, settings = local_runner(options.workers, workers_log, progress)
        pipeline = beam.Pipeline(runner=runner, options=settings)
        build_graph(
            pipeline,
            recipe,
            registry,
            store,
            until=options.until,
            progress=progress,
            retry_failed=options.retry_failed,
        )
        return pipeline

    return run_on_whatever_dies(graph, store, options.workers, workers_log, tick)
