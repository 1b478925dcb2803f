"""A recipe's graph on Dataflow: submitted with its code, or only told; watched until its end."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import apache_beam as beam
from apache_beam.options.pipeline_options import DebugOptions, GoogleCloudOptions, PipelineOptions, WorkerOptions

from corpusflow.errors import RunError, StartError
from corpusflow.filtering import Registry
from corpusflow.recipe import Recipe, with_defaults
from corpusflow.store.paths import Store, open_store
from corpusflow.store.reach import answering_store
from corpusflow.store.run_files import JOB, LOCK, undamaged
from jobs.accelerator import accelerated_stages, ask_for_resources
from jobs.begin import RunOptions
from jobs.cluster import add_graph, prepared_job
from jobs.dataflow_options import DataflowOptions, beam_options, check_reachable
from jobs.dataflow_service import NEEDS, DataflowService, JobState
from jobs.lock import holding_job, release

POLL_S = 30.0  # seconds between two questions for a job's state
MOST_SILENT = 20  # questions in a row that may go without an answer


@dataclass(frozen=True)
class SubmittedJob:
    """What a run directory tells of the job that works on it. id: empty where a template's launcher submits what we
    made. endpoint: of the service."""

    id: str
    name: str
    project: str
    region: str
    endpoint: str

    @classmethod
    def of(cls, options: PipelineOptions, job_id: str = "") -> SubmittedJob:
        cloud = options.view_as(GoogleCloudOptions)
        return cls(job_id, cloud.job_name, cloud.project, cloud.region, cloud.dataflow_endpoint)

    @property
    def console(self) -> str:
        """Where a person looks at the job."""
        return f"https://console.cloud.google.com/dataflow/jobs/{self.region}/{self.id}?project={self.project}"

    def service(self) -> DataflowService:
        return DataflowService(self.project, self.region, self.endpoint)


def submit(
    recipe: Recipe, registry: Registry, output: str, run: RunOptions, options: DataflowOptions, force: bool = False
) -> SubmittedJob:
    """Checks, plans and submits the run; the job ends it by itself. force: although an earlier job may work there.

    Raises StartError, RunError and ModelError; nothing was submitted then.
    """
    settings = beam_options(options, recipe)
    check_reachable(recipe, output)
    if force:
        unlock(answering_store(output))
    else:
        refuse_second(answering_store(output))
    pipeline = beam.Pipeline(runner=_runner(), options=settings)
    with prepared_job(pipeline, recipe, registry, output, run) as job:
        ask_for_resources(pipeline, accelerated_stages(recipe), options.hints)
        submitted = SubmittedJob.of(settings, _submitted(pipeline))
        job.store.write(JOB, json.dumps(asdict(submitted), indent=1).encode())
        job.lock.leave_to(f"Dataflow job {submitted.id or submitted.name}")
    return submitted


def describe_job(
    recipe: Recipe, registry: Registry, output: str, run: RunOptions, options: DataflowOptions
) -> dict[str, object]:
    """What would be submitted. Makes the whole graph; asks nobody, unless a model or embed.known is at an address.

    Raises StartError as submitting does.
    """
    settings = beam_options(options, recipe, dry_run=True)
    check_reachable(recipe, output)
    recipe = with_defaults(recipe, registry)
    pipeline = beam.Pipeline(runner=_runner(), options=settings)
    # In place of the output, which is not looked at; nothing is written.
    with tempfile.TemporaryDirectory() as folder:
        add_graph(pipeline, recipe, registry, open_store(folder), run)
    stages = accelerated_stages(recipe) if options.accelerator else ()
    ask_for_resources(pipeline, stages, options.hints)
    pipeline.run()
    cloud, worker = settings.view_as(GoogleCloudOptions), settings.view_as(WorkerOptions)
    return {
        "job": cloud.job_name,
        "project": cloud.project,
        "region": cloud.region,
        "output": output,
        "staging": options.staging,
        "code": options.image or " ".join(options.wheels),
        "machine": worker.machine_type,
        "workers": f"at most {worker.max_num_workers}",
        "disk": f"{worker.disk_size_gb} GB",
        "accelerator": options.hints.get("accelerator", "none"),
        "stages with it": ", ".join(stages) or "none",
        "labels": " ".join(cloud.labels or ()) or "none",
        "experiments": " ".join(settings.view_as(DebugOptions).experiments or ()),
        "other options": " ".join(options.beam) or "none",
    }


def job_of(store: Store) -> SubmittedJob | None:
    """The last job that was submitted into a run directory. Raises StartError where its file is damaged."""
    if not store.exists(JOB):
        return None
    with undamaged(store, JOB):
        return SubmittedJob(**json.loads(store.read(JOB)))


def release_ended(store: Store) -> None:
    """What a run on another engine asks first: a job that failed or was cancelled has left its lock behind.

    Raises StartError where that job goes on, or may do so.
    """
    if holding_job(store) is not None:
        refuse_second(store, f"if it has ended, remove {store.path(LOCK)}")


def refuse_second(store: Store, anyway: str = "--force submits all the same") -> None:
    """Raises StartError where a job works in the run directory, or may do so. anyway: the way out, for a person."""
    job = job_of(store)
    if job is None:
        return
    way_out = f"{job.console}; {anyway}"
    try:
        state = job.service().state(job.id, job.name)
    except RunError as error:
        raise StartError(
            f"{store.root}: whether job {job.id} still works here is not known: {error}. {way_out}"
        ) from error
    if not state.has_ended:
        raise StartError(f"{store.root}: job {job.id} works here ({state.name.lower()}); wait for it. {way_out}")
    unlock(store)


def unlock(store: Store) -> None:
    """Ends what a job holds that has ended: the last step of one that failed was not run."""
    holder = holding_job(store)
    if holder is not None:
        release(store, holder)


def wait(job: SubmittedJob, tell: Callable[[str], None], pause_s: float) -> JobState:
    """The job's last state. tell: gets a line whenever there is news. Raises RunError where the service does not answer
    for long; the job goes on then."""
    service, told, silent = job.service(), "", 0
    while True:
        try:
            state = service.state(job.id, job.name)
            line = f"{state.name.lower()}{progress_line(service.counters(state.id))}"
            silent = 0
        except RunError as error:
            silent += 1
            if silent > MOST_SILENT:
                raise
            line = str(error)
        if line != told:
            tell(line)
            told = line
        if not silent and state.has_ended:
            return state
        time.sleep(pause_s)


def progress_line(counters: Mapping[str, Mapping[str, int]]) -> str:
    """`: extract 12/40, clean 11/12`: blocks that are made or stood already, of those that came to the stage."""
    told = []
    for stage, counts in counters.items():
        ended = counts.get("done", 0) + counts.get("reused", 0)
        told.append(f"{stage} {ended:,}/{counts.get('planned', ended):,}")
    return f": {', '.join(told)}" if told else ""


def _runner() -> beam.runners.PipelineRunner:
    try:
        import google.cloud.dataflow  # noqa: F401
    except ImportError as error:
        raise StartError(NEEDS) from error
    from apache_beam.runners.dataflow.dataflow_runner import DataflowRunner

    return DataflowRunner()


def _submitted(pipeline: beam.Pipeline) -> str:
    """The job's id; empty where a template was written instead."""
    from apache_beam.runners.dataflow.internal.apiclient import DataflowJobAlreadyExistsError
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError

    try:
        result = pipeline.run()
    except DataflowJobAlreadyExistsError as error:
        raise StartError(f"{error} Give another --name where it is another corpus") from error
    except (GoogleAPICallError, GoogleAuthError, OSError) as error:
        raise RunError(f"the job was not submitted: {error}") from error
    return str(result.job_id()) if result.has_job else ""
