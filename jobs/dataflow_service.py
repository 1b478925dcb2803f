"""What the Dataflow service says of a job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from corpusflow.errors import RunError, StartError
from corpusflow.progress import COUNTERS, STAGES

NEEDS = 'Dataflow needs the extra [gcp]: pip install -c constraints.txt ".[gcp,remote]"'

# Whatever is not known to have ended goes on.
ENDED = {"DONE", "FAILED", "CANCELLED", "UPDATED", "DRAINED", "STOPPED"}


@dataclass(frozen=True)
class JobState:
    """name: such as RUNNING, DONE, FAILED, CANCELLED."""

    id: str
    job_name: str
    name: str

    @property
    def has_ended(self) -> bool:
        return self.name in ENDED


class DataflowService:
    """Asks the service. Every method raises RunError where it cannot be asked, or knows no such job."""

    def __init__(self, options: PipelineOptions) -> None:
        """Raises StartError where Google's client libraries are missing."""
        try:
            from apache_beam.runners.dataflow.internal.apiclient import DataflowApplicationClient
        except ImportError as error:
            raise StartError(NEEDS) from error
        self._client = _asked(lambda: DataflowApplicationClient(options))

    def state(self, job_id: str) -> JobState:
        job = _asked(lambda: self._client.get_job(job_id))
        return JobState(job.id, job.name, job.current_state.name.removeprefix("JOB_STATE_"))

    def counters(self, job_id: str) -> dict[str, dict[str, int]]:
        """Counters by stage, as live counters of a local run are told; stages without any are left out."""
        totals: dict[str, dict[str, int]] = defaultdict(dict)
        for metric in _asked(lambda: self._client.get_job_metrics(job_id)).metrics:
            stage, _, counter = metric.name.name.partition("_")
            # A tentative count is that of work that may yet be done again; it stands beside the one that is not.
            tentative = metric.name.context.get("tentative") == "true"
            if metric.name.origin == "user" and not tentative and stage in STAGES and counter in COUNTERS:
                totals[stage][counter] = totals[stage].get(counter, 0) + int(metric.scalar)
        return {stage: totals[stage] for stage in STAGES if stage in totals}

    def last_error(self, job_id: str) -> str:
        """The text of the last message that tells of an error; empty without one."""
        messages, _ = _asked(lambda: self._client.list_messages(job_id, minimum_importance="JOB_MESSAGE_ERROR"))
        return str(messages[-1].message_text) if messages else ""


def _asked(ask: Callable[[], Any]) -> Any:
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError

    try:
        return ask()
    except (GoogleAPICallError, GoogleAuthError, OSError) as error:
        raise RunError(f"the Dataflow service cannot be asked: {error}") from error
