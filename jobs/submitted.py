"""A job that another engine runs: waited for, its counters told meanwhile, its fault told in one line."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from apache_beam.metrics.metric import MetricsFilter

from corpusflow.errors import RunError
from corpusflow.progress import COUNTERS, STAGES, Boards
from jobs.engine_faults import told_fault

log = logging.getLogger(__name__)

NAMESPACE = "corpusflow"  # of the counters of RunStage, which are named STAGE_COUNTER
LOOK_S = 2.0  # seconds between two looks at a job
CANCEL_S = 20.0  # seconds that a job that was cancelled has to end


def waited_for(result: Any, tick: Callable[[Boards], None]) -> None:
    """Returns once the job is done. result: of Pipeline.run.

    Raises RunError, with the cause in its first line, when the job failed. Ctrl-C cancels the job.
    """
    errors: list[Exception] = []

    def wait() -> None:
        try:
            result.wait_until_finish()
        except Exception as error:  # whatever Beam raises ends the run; it is told below
            errors.append(error)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(LOOK_S)
            boards = counters(result) if thread.is_alive() else None
            if boards is not None:
                tick(boards)
    except KeyboardInterrupt:
        cancel(result, thread)
        raise
    if errors:
        raise RunError(f"the job failed: {told_fault(str(errors[0]))}") from errors[0]


def cancel(result: Any, waiting: threading.Thread) -> None:
    """Asks the engine to cancel the job, and says how far that came."""
    log.warning("cancelling the job")
    result.cancel()
    waiting.join(CANCEL_S)
    log.warning(
        "the engine says of the job: %s. Some engines let what has begun run on: see there that it has ended before "
        "you run again",
        result.state,
    )


def counters(result: Any) -> dict[str, dict[str, int]] | None:
    """The counters of the stages, as they are summed up now; None where the engine has none yet, or never will."""
    # Beam keeps the first answer of a job service, which is of a moment.
    if getattr(result, "_metrics", None) is not None:
        result._metrics = None
    try:
        found = result.metrics().query(MetricsFilter().with_namespace(NAMESPACE))["counters"]
    except NotImplementedError:
        return None
    if not found:
        return None
    boards = {stage: dict.fromkeys(COUNTERS, 0) for stage in STAGES}
    for counter in found:
        stage, _, name = counter.key.metric.name.partition("_")
        if name in boards.get(stage, {}):
            boards[stage][name] += counter.result or 0
    return boards
