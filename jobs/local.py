"""A graph run on this machine: in a thread, with its live counts told, and its end made plain."""

from __future__ import annotations

import threading
from collections.abc import Callable

import apache_beam as beam

from corpusflow.errors import RunError
from corpusflow.progress import stop_workers

WORKERS_LOG = "workers.log"
WORKER_DIED = "Channel closed prematurely"  # what Beam says then
TICK_S = 0.25  # seconds between two looks at the counters

Tick = Callable[[str], None]


def run_graph(pipeline: beam.Pipeline, progress: str, tick: Tick) -> None:
    """Runs the graph in a thread, since Beam blocks and would hold back Ctrl-C; calls tick meanwhile.

    Raises RunError, with the cause in its first line, when a stage failed.
    """
    errors: list[Exception] = []

    def work() -> None:
        try:
            pipeline.run().wait_until_finish()
        except Exception as error:  # whatever Beam raises ends the run; it is raised again below
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(TICK_S)
            tick(progress)
    except KeyboardInterrupt:
        stop_workers(progress)
        raise
    if errors:
        if WORKER_DIED in str(errors[0]):
            raise RunError(
                "a worker process died, perhaps for want of memory; what is committed stays: run again to go on, "
                "with fewer workers or a smaller load.block_pages"
            ) from errors[0]
        raise RunError(f"the run stopped: {errors[0]}") from errors[0]
