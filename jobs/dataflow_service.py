"""What the Dataflow service says of a job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from corpusflow.errors import RunError, StartError
from corpusflow.progress import COUNTERS, STAGES

NEEDS = 'Dataflow needs the extra [gcp]: pip install -c constraints.txt ".[gcp,remote]"'

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
PATIENCE_S = 60.0  # for one answer
ERRORS = "JOB_MESSAGE_ERROR"

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
    """Asks the service, once each time. Every method raises RunError where it cannot be asked, or knows no such job.

    Not through Beam's own client, which goes on asking for ten minutes.
    """

    def __init__(self, project: str, region: str, endpoint: str) -> None:
        """Raises StartError where Google's client libraries are missing, RunError where there are no credentials."""
        try:
            import google.auth
            from google.cloud import dataflow
        except ImportError as error:
            raise StartError(NEEDS) from error
        self._api, self._of = dataflow, {"project_id": project, "location": region}
        # As Beam tells a service that speaks plain HTTP.
        transport = "rest" if "localhost" in endpoint else "grpc"
        address = endpoint if transport == "rest" else endpoint.partition("://")[2].rstrip("/")
        credentials = _asked(lambda: google.auth.default(scopes=[SCOPE])[0])
        self._made_with = {
            "credentials": credentials,
            "transport": transport,
            "client_options": {"api_endpoint": address},
        }

    def state(self, job_id: str, name: str = "") -> JobState:
        """name: by which the job is found where the id is not known; the youngest of that name."""
        jobs = self._api.JobsV1Beta3Client(**self._made_with)
        if job_id:
            request = self._api.GetJobRequest(job_id=job_id, **self._of)
            job = _asked(lambda: jobs.get_job(request, timeout=PATIENCE_S))
        else:
            listed = self._api.ListJobsRequest(name=name, **self._of)
            found = _asked(lambda: list(jobs.list_jobs(listed, timeout=PATIENCE_S)))
            if not found:
                raise RunError(f"the Dataflow service knows no job {name!r}")
            job = max(found, key=lambda each: each.create_time)
        return JobState(job.id, job.name, job.current_state.name.removeprefix("JOB_STATE_"))

    def counters(self, job_id: str) -> dict[str, dict[str, int]]:
        """Counters by stage, as live counters of a local run are told; stages without any are left out."""
        totals: dict[str, dict[str, int]] = defaultdict(dict)
        request = self._api.GetJobMetricsRequest(job_id=job_id, **self._of)
        client = self._api.MetricsV1Beta3Client(**self._made_with)
        for metric in _asked(lambda: client.get_job_metrics(request, timeout=PATIENCE_S)).metrics:
            stage, _, counter = metric.name.name.partition("_")
            # A tentative count is that of work that may yet be done again; it stands beside the one that is not.
            tentative = metric.name.context.get("tentative") == "true"
            if metric.name.origin == "user" and not tentative and stage in STAGES and counter in COUNTERS:
                totals[stage][counter] = totals[stage].get(counter, 0) + int(metric.scalar)
        return {stage: totals[stage] for stage in STAGES if stage in totals}

    def last_error(self, job_id: str) -> str:
        """The text of the last message that tells of an error; empty without one."""
        request = self._api.ListJobMessagesRequest(job_id=job_id, minimum_importance=ERRORS, **self._of)
        client = self._api.MessagesV1Beta3Client(**self._made_with)
        messages = _asked(lambda: list(client.list_job_messages(request, timeout=PATIENCE_S)))
        return str(messages[-1].message_text) if messages else ""


def _asked(ask: Callable[[], Any]) -> Any:
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError

    try:
        return ask()
    except (GoogleAPICallError, GoogleAuthError, OSError) as error:
        raise RunError(f"the Dataflow service cannot be asked: {error}") from error
