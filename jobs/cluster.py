"""A recipe's graph on another engine than this machine's: begun here, run there, ended inside the graph."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from corpusflow.errors import RunError
from corpusflow.fetch.fetcher import own_fetchers
from corpusflow.filtering import Registry
from corpusflow.progress import STAGES, Boards
from corpusflow.recipe import Recipe, with_defaults
from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import Store, as_shared
from corpusflow.work_done import WorkDone, work_done
from jobs.begin import RunOptions, begin_run, open_run, plan_run
from jobs.build_corpus import build_graph
from jobs.engine_faults import told_fault
from jobs.engines import Engine
from jobs.last_step import FinishRun
from jobs.local_paths import local_paths, local_root
from jobs.lock import Lock, locked
from jobs.submitted import counters, waited_for

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """What is ready to be submitted: its run directory and the lock of that, and how many parts a limit loaded at
    once."""

    store: Store
    loaded: int
    lock: Lock


@contextmanager
def prepared_job(
    pipeline: beam.Pipeline, recipe: Recipe, registry: Registry, output: str, options: RunOptions
) -> Iterator[Job]:
    """Does what comes before the graph, and puts the graph with the end of the run into the pipeline. The run directory
    is locked until the caller has done with it.

    Raises RunError and ModelError before anything is written when the run cannot start.
    """
    recipe = with_defaults(recipe, registry)
    store = as_shared(open_run(recipe, output))
    plan = plan_run(recipe, store, options, elsewhere=True)
    with locked(store) as lock, own_fetchers():
        loaded = begin_run(recipe, store, plan, options)
        add_graph(pipeline, recipe, registry, store, options)
        yield Job(store, loaded, lock)


def run_on(
    engine: Engine,
    recipe: Recipe,
    registry: Registry,
    output: str,
    options: RunOptions,
    tick: Callable[[Boards], None] = lambda boards: None,
    tell: Callable[[WorkDone], None] = lambda work: None,
) -> dict[str, Any] | None:
    """Builds the corpus on an engine, or goes on where an earlier run stopped, and waits for the end of the job. Were
    this process gone by then, the job would end the run all the same.

    tick: called every few seconds with the job's counters by stage, as far as the engine tells them before the end.
    tell: called once the job is through, with what was made again, where the engine has counted.
    Returns the manifest, None when the run was to stop before the shards. Raises RunError with the job's own message
    when it failed, and RunError and ModelError before anything is written when the run cannot start.
    """
    pipeline = beam.Pipeline(options=engine.options())
    with prepared_job(pipeline, recipe, registry, output, options) as job:
        warn_of_local_paths(recipe, job.store)
        result = submitted(pipeline)
        waited_for(result, tick)
        boards = counters(result)
        if boards is not None:
            tell(work_done(boards, job.loaded))
        return read_manifest(job.store) if options.until == STAGES[-1] else None


def warn_of_local_paths(recipe: Recipe, store: Store) -> None:
    """A line of the log for each: file systems that machines share cannot be told from others."""
    root = local_root(store)
    for place, path in (*([("the run directory", root)] if root else []), *local_paths(recipe)):
        log.warning("%s: %s is a local path; all workers must see it under the same name", place, path)


def submitted(pipeline: beam.Pipeline) -> Any:
    """The job as Beam knows it. Raises RunError where it was not accepted."""
    try:
        return pipeline.run()
    except Exception as error:  # whatever the job service or Beam raises, nothing runs
        raise RunError(f"the job was not accepted: {told_fault(str(error))}") from error


def add_graph(pipeline: beam.Pipeline, recipe: Recipe, registry: Registry, store: Store, options: RunOptions) -> None:
    """The graph with the end of the run inside. It writes nothing; recipe: with defaults."""
    ending = FinishRun(recipe, store, whole=options.limit is None) if options.until == STAGES[-1] else None
    build_graph(
        pipeline, recipe, registry, store, until=options.until, retry_failed=options.retry_failed, ending=ending
    )
