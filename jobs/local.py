"""A graph run on this machine: in a thread, with its live counts told, and its end made plain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import apache_beam as beam

from corpusflow.errors import RunError
from corpusflow.store.set_aside import BlockAtWork
from corpusflow.workers import at_work, dead_workers, stop_workers
from jobs.cause import cause_of

WORKERS_LOG = "workers.log"
WORKER_DIED = "Channel closed prematurely"  # what Beam says then, if it notices
TICK_S = 0.25  # seconds between two looks at the counters and the workers
END_S = 10.0  # seconds that Beam has to end once its workers are gone; it waits for some of them forever
BEAM_THREADS = ("run_worker", "beam_control_read", "read_grpc_client_inputs")  # that fail with their worker

Tick = Callable[[str], None]


class WorkersDiedError(RunError):
    """Worker processes are gone. at: the blocks that they were working on."""

    def __init__(self, at: Sequence[BlockAtWork]) -> None:
        super().__init__(
            "a worker process died, perhaps for want of memory; what is committed stays: run again to go on, with "
            "fewer workers or a smaller load.block_pages"
        )
        self.at = tuple(at)


def run_graph(pipeline: beam.Pipeline, progress: str, tick: Tick) -> None:
    """Runs the graph in a thread, since Beam blocks and would hold back Ctrl-C; calls tick meanwhile.

    Raises RunError, with the cause in its first line, when a stage failed, and WorkersDiedError.
    """
    errors: list[Exception] = []

    def work() -> None:
        try:
            pipeline.run().wait_until_finish()
        except Exception as error:  # whatever Beam raises ends the run; it is raised again below
            errors.append(error)

    with _quiet_threads():
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(TICK_S)
                tick(progress)
                if thread.is_alive() and dead_workers(progress):
                    _bury(progress, thread)
        except KeyboardInterrupt:
            stop_workers(progress)
            raise
        if errors:
            if WORKER_DIED in str(errors[0]):
                _bury(progress, thread)
            raise RunError(f"the run stopped: {cause_of(errors[0])}") from errors[0]


def _bury(progress: str, thread: threading.Thread) -> None:
    """Raises WorkersDiedError, once the other workers are ended."""
    deadline = time.monotonic() + END_S
    while not (dead := dead_workers(progress)) and time.monotonic() < deadline:
        time.sleep(TICK_S)  # it may be a zombie for a moment
    at = at_work(progress)
    stop_workers(progress)
    thread.join(END_S)
    raise WorkersDiedError([block for process in dead for block in at.get(process, ())])


@contextmanager
def _quiet_threads() -> Iterator[None]:
    """What Beam's threads say of a worker that is gone is told in one line elsewhere, not as tracebacks of each."""
    before = threading.excepthook

    def hook(args: threading.ExceptHookArgs) -> None:
        if args.thread is None or args.thread.name not in BEAM_THREADS:
            before(args)

    threading.excepthook = hook
    try:
        yield
    finally:
        threading.excepthook = before
