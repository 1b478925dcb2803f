"""`corpusflow run`: a corpus is built, here or on another engine."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from corpusflow.commands.shell import (
    EXIT_USAGE,
    JsonOption,
    RecipeArgument,
    SetOption,
    load,
    open_run,
    quiet_libraries,
    stop,
)
from corpusflow.interrupt import interruptible
from corpusflow.store.address import whole_path

if TYPE_CHECKING:
    from jobs.begin import RunOptions


def run(
    recipe: RecipeArgument,
    output: Annotated[
        str | None, typer.Option(help="The run directory: a path, gs://... or s3://... Default: the recipe's name.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = 1,
    runner: Annotated[
        str,
        typer.Option(
            help="The engine: local, flink, spark or portable. On any but local all workers must see --output and "
            "the sources: gs://, s3:// or a shared file system."
        ),
    ] = "local",
    beam: Annotated[
        list[str] | None,
        typer.Option(metavar="OPTION", help="An option of Beam for the engine: --beam --job_endpoint=HOST:PORT"),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N pages of the input.")] = None,
    until: Annotated[
        str, typer.Option(metavar="STAGE", help="Stop after a stage: load, extract, ... shard.")
    ] = "shard",
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Fetch again what failed for a reason that may have passed.")
    ] = False,
    slice_: Annotated[
        str, typer.Option("--slice", metavar="N/M", help="Only the Nth of M slices of the input's files.")
    ] = "",
    merge: Annotated[
        list[str] | None,
        typer.Option(metavar="RUN", help="Take what the run of a slice made. Give it once for each slice."),
    ] = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build a corpus, or go on where an earlier run stopped."""
    from corpusflow.progress import STAGES

    if until not in STAGES:
        stop(EXIT_USAGE, f"--until {until}: there are the stages {', '.join(STAGES)}")
    loaded, registry = load(recipe, overrides)
    directory = output or loaded.name
    quiet_libraries()
    from jobs.engines import engine_named

    # Before whatever imports Beam, which takes seconds.
    engine = engine_named(runner, beam or (), workers)
    from corpusflow.inspect.ending import ending
    from corpusflow.inspect.growth import read_growth
    from corpusflow.store.reach import answering_store
    from corpusflow.watch import Watch
    from corpusflow.work_done import WorkDone
    from jobs.begin import RunOptions
    from jobs.cluster import run_on
    from jobs.dataflow import release_ended
    from jobs.launch import run_corpus
    from jobs.slices import parse_slice

    part = parse_slice(slice_) if slice_ else None
    options = RunOptions(workers, limit, until, retry_failed, part, tuple(merge or ()))
    release_ended(answering_store(directory))
    done: list[WorkDone] = []
    with interruptible(f"corpusflow run {_again(recipe, directory, overrides, options, runner, beam)}"):
        watch = Watch()
        if engine is None:
            manifest = run_corpus(loaded, registry, directory, options, watch, done.append)
        else:
            manifest = run_on(engine, loaded, registry, directory, options, watch.of_job, done.append)
        watch.close()
    growth = read_growth(open_run(directory)) if manifest is not None else None
    if as_json:
        told = {"directory": whole_path(directory), "manifest": manifest}
        told |= done[0].to_json() if done else {}
        told["growth"] = asdict(growth) if growth else None
        typer.echo(json.dumps(told))
        return
    if manifest is not None:
        typer.echo("\n".join(ending(manifest, directory)))
    if growth:
        typer.echo(str(growth))
    if done:
        typer.echo(str(done[0]))
    if manifest is None and part:
        typer.echo(f"Stopped after {until}, as asked. Merge it with the other slices: --merge {directory}")
    elif manifest is None:
        typer.echo(f"Stopped after {until}, as asked. Run without --until to go on: {directory}")
    elif not manifest["samples"]:
        typer.echo("Nothing was kept: the funnel says why.", err=True)


def _again(
    recipe: str, output: str, overrides: list[str] | None, options: RunOptions, runner: str, beam: list[str] | None
) -> str:
    """The arguments that go on with a run."""
    words = [recipe, "--output", output, *(word for text in overrides or () for word in ("--set", text))]
    words += ["--workers", str(options.workers)] if options.workers > 1 else []
    words += ["--runner", runner] if runner != "local" else []
    words += [word for option in beam or () for word in ("--beam", option)]
    words += ["--limit", str(options.limit)] if options.limit else []
    words += ["--until", options.until] if options.until != "shard" else []
    words += ["--retry-failed"] if options.retry_failed else []
    words += ["--slice", f"{options.slice[0]}/{options.slice[1]}"] if options.slice else []
    words += [word for slice_ in options.merge for word in ("--merge", slice_)]
    return shlex.join(words)
