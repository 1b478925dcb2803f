"""`corpusflow plan`: what a run will make and cost, before it starts."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from corpusflow.commands.shell import JsonOption, RecipeArgument, SetOption, load, quiet_libraries, tell


def plan(
    recipe: RecipeArgument,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="The run directory: what stands there is counted, and the estimate is kept in it for the report.",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = 1,
    sample: Annotated[int, typer.Option(min=1, metavar="PAGES", help="Pages that are run to measure the rates.")] = 200,
    fetch: Annotated[bool, typer.Option("--fetch", help="Let the sample ask the web for pages and images.")] = False,
    rates: Annotated[str, typer.Option(metavar="RUN", help="Take the rates of this finished run.")] = "",
    machine_type: Annotated[
        str, typer.Option(help="Of a worker on Dataflow.", show_default="n2-standard-4, n2-standard-2 with accelerator")
    ] = "",
    max_workers: Annotated[int, typer.Option(min=1, help="On Dataflow.")] = 20,
    accelerator: Annotated[
        str, typer.Option(help="Of the workers that embed: nvidia-l4, nvidia-tesla-t4, ..., or as for submit.")
    ] = "",
    prices: Annotated[str, typer.Option(metavar="FILE", help="Your prices, as corpusflow/cost/prices.yaml.")] = "",
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what a run will make, take and cost: blocks, documents, images, bytes, hours, dollars on Dataflow."""
    from corpusflow.cost.kept import keep_estimate
    from corpusflow.cost.table import to_text

    loaded, registry = load(recipe, overrides)
    quiet_libraries()
    from jobs.accelerator import accelerator_type
    from jobs.begin import open_run
    from jobs.dataflow_options import machine_for
    from jobs.estimate import estimate
    from jobs.rates import EstimateOptions

    machine = machine_type or machine_for(accelerator)
    kind = accelerator_type(accelerator)
    options = EstimateOptions(workers, sample, fetch, rates, prices, machine, max_workers, kind)
    store = open_run(loaded, output) if output else None
    found = estimate(loaded, registry, store, options, tell)
    if store is not None:
        keep_estimate(found, store)
    typer.echo(json.dumps(found.to_json()) if as_json else to_text(found))
