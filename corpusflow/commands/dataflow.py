"""`corpusflow submit` and `corpusflow status`: shells around a run on Dataflow."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpusflow.commands.shell import (
    EXIT_FAILED,
    JsonOption,
    RecipeArgument,
    SetOption,
    load,
    open_run,
    quiet_libraries,
    tell,
)
from corpusflow.errors import CorpusflowError, StartError

if TYPE_CHECKING:
    from corpusflow.cost.estimate import Estimate
    from corpusflow.filtering import Registry
    from corpusflow.recipe import Recipe
    from jobs.dataflow import SubmittedJob
    from jobs.dataflow_options import DataflowOptions


def submit(
    recipe: RecipeArgument,
    project: Annotated[str, typer.Option(help="The Google Cloud project.")],
    region: Annotated[str, typer.Option(help="Where workers run: us-central1. Best the buckets' own.")],
    staging: Annotated[str, typer.Option(metavar="gs://...", help="For staged code and temporary files.")],
    output: Annotated[
        str | None,
        typer.Option(metavar="gs://...", help="The run directory. Default: the recipe's name, in --staging."),
    ] = None,
    image: Annotated[str, typer.Option(help="The container image that workers run; see `make image`.")] = "",
    wheel: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="In place of an image; can be given again. See `make wheel`."),
    ] = None,
    name: Annotated[str, typer.Option(help="Of the job. Default: corpusflow- and the recipe's name.")] = "",
    machine_type: Annotated[
        str, typer.Option(help="Of workers without accelerator.", show_default="n2-standard-4")
    ] = "",
    max_workers: Annotated[int, typer.Option(min=1, help="Machines.")] = 20,
    disk_gb: Annotated[int, typer.Option(min=30, help="Of a worker.")] = 100,
    accelerator: Annotated[
        str,
        typer.Option(
            metavar="TYPE",
            help="For the stages that run open_clip; the others do without. nvidia-l4, or as Beam says it: "
            "type:nvidia-l4;count:1;install-nvidia-driver",
        ),
    ] = "",
    gpu_machine: Annotated[str, typer.Option(help="Of workers with it.", show_default="g2-standard-8 for L4")] = "",
    labels: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="Can be given again.")] = None,
    service_account: Annotated[str, typer.Option(help="E-mail of the account that workers run as.")] = "",
    subnetwork: Annotated[str, typer.Option(help="regions/REGION/subnetworks/NAME")] = "",
    no_public_ips: Annotated[
        bool, typer.Option("--no-public-ips", help="A recipe that fetches then needs Cloud NAT.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N pages of the input.")] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Fetch again what failed for a reason that may have passed.")
    ] = False,
    overrides: SetOption = None,
    beam: Annotated[
        list[str] | None, typer.Option(metavar="OPTIONS", help="Other options of Beam: --beam=--num_workers=5")
    ] = None,
    wait_for_it: Annotated[bool, typer.Option("--wait", help="Until the job ends; exit code 1 if it fails.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be submitted, and submit nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Although an earlier job may work in the output.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Build a corpus on Google Cloud Dataflow, or go on where an earlier run stopped."""
    from corpusflow.cost.table import to_text

    loaded, registry = load(recipe, overrides)
    quiet_libraries()
    from jobs import dataflow
    from jobs.begin import RunOptions
    from jobs.dataflow_options import DataflowOptions

    options = DataflowOptions(
        project=project,
        region=region,
        staging=staging,
        image=image,
        wheels=tuple(wheel or ()),
        name=name,
        machine_type=machine_type,
        max_workers=max_workers,
        disk_gb=disk_gb,
        accelerator=accelerator,
        gpu_machine=gpu_machine,
        labels=tuple(labels or ()),
        service_account=service_account,
        subnetwork=subnetwork,
        public_ips=not no_public_ips,
        beam=tuple(beam or ()),
    )
    directory = output or f"{staging.rstrip('/')}/{loaded.name}"
    run = RunOptions(limit=limit, retry_failed=retry_failed)
    if dry_run:
        told = dataflow.describe_job(loaded, registry, directory, run, options)
        if not as_json:
            _tell_all(told, as_json)
        cost = _cost(loaded, registry, directory, told["machine"], options)
        if as_json:
            typer.echo(json.dumps({**told, "cost": cost.to_json() if cost else None}))
        elif cost:
            typer.echo(f"\n{to_text(cost)}")
        return
    job = dataflow.submit(loaded, registry, directory, run, options, force)
    told = {"id": job.id, "name": job.name, "output": directory, "console": job.console}
    _tell_all({**told, "status": f"corpusflow status {shlex.quote(directory)}"}, as_json)
    if wait_for_it and not _ended_well(job):
        raise typer.Exit(EXIT_FAILED)


def status(
    what: Annotated[str, typer.Argument(metavar="RUN_DIRECTORY|JOB_ID", help="What to ask for.")],
    project: Annotated[str, typer.Option(help="Of a JOB_ID.")] = "",
    region: Annotated[str, typer.Option(help="Of a JOB_ID.")] = "",
    endpoint: Annotated[str, typer.Option(hidden=True)] = "https://dataflow.googleapis.com",
    as_json: JsonOption = False,
) -> None:
    """Tell how far a run is: what stands in its run directory, and what Dataflow says of its job."""
    from corpusflow.inspect.run_status import run_status

    quiet_libraries()
    from jobs.dataflow import SubmittedJob, job_of

    told: dict[str, Any] = {}
    if bool(project) != bool(region):
        raise StartError("a JOB_ID needs --project and --region")
    if project:
        job: SubmittedJob | None = SubmittedJob(what, "", project, region, endpoint)
    else:
        store = open_run(what)
        found, job = run_status(store), job_of(store)
        told["run"] = found.to_json()
        if not as_json:
            typer.echo(str(found))
    if job is not None:
        told["job"] = _of_job(job, must_answer=bool(project))
        if not as_json:
            _tell_all(told["job"], as_json)
    if as_json:
        typer.echo(json.dumps(told, indent=1))


def _cost(recipe: Recipe, registry: Registry, output: str, machine: Any, options: DataflowOptions) -> Estimate | None:
    """None, with a line that says why, where sources or prices cannot be had."""
    from corpusflow.store.reach import answering_store
    from jobs.accelerator import accelerator_type
    from jobs.estimate import estimate
    from jobs.rates import EstimateOptions

    asked = EstimateOptions(
        machine_type=str(machine),
        max_workers=options.max_workers,
        accelerator=accelerator_type(options.accelerator),
        gpu_machine=options.gpu_machine,
    )
    try:
        return estimate(recipe, registry, answering_store(output), asked, tell)
    except (CorpusflowError, OSError) as error:
        tell(f"what it will cost is not known: {error}")
        return None


def _of_job(job: SubmittedJob, must_answer: bool) -> dict[str, Any]:
    """What the service says; that it says nothing is told where the run directory says enough."""
    from jobs.dataflow import progress_line

    try:
        service = job.service()
        state = service.state(job.id, job.name)
        counters = service.counters(state.id)
    except CorpusflowError as error:
        if must_answer:
            raise
        return {"id": job.id, "state": f"not known: {error}", "console": job.console}
    told: dict[str, Any] = {"id": state.id, "name": state.job_name, "state": state.name}
    if counters:
        told["blocks"] = progress_line(counters).removeprefix(": ")
    if state.has_ended and state.name != "DONE":
        told["error"] = service.last_error(state.id)
    return {**told, "counters": counters, "console": job.console}


def _ended_well(job: SubmittedJob) -> bool:
    """Waits for the job, and tells of it."""
    from jobs import dataflow

    state = dataflow.wait(job, lambda line: typer.echo(line, err=True), dataflow.POLL_S)
    if state.name == "DONE":
        return True
    error = job.service().last_error(state.id)
    typer.echo(f"corpusflow: the job ended as {state.name}" + (f": {error}" if error else ""), err=True)
    return False


def _tell_all(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told, indent=1))
        return
    for key, value in told.items():
        if not isinstance(value, dict):
            typer.echo(f"{key:15} {value}")
