"""The entry of a Flex template: Dataflow's launcher runs it for a schedule, in our image, with a template's parameters.

`jobs/containers/flex_template.json` tells the same parameters to the service.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Sequence

from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions, WorkerOptions

from corpusflow.recipe import load_recipe
from corpusflow.store.address import is_address, open_input
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.built_in import built_in_recipes
from jobs.dataflow import SubmittedJob, submit
from jobs.dataflow_options import DataflowOptions


def parser() -> argparse.ArgumentParser:
    """The template's parameters; whatever else the launcher gives is Beam's."""
    made = argparse.ArgumentParser(prog="flex_template", allow_abbrev=False)
    made.add_argument("--recipe", required=True, help="Address of a recipe file: gs://bucket/recipe.yaml")
    made.add_argument("--output", required=True, help="The run directory: gs://bucket/corpus")
    made.add_argument("--overrides", default="", help="Keys of the recipe, between semicolons: a.b=1;c.d=2")
    made.add_argument("--retry_failed", default="false", choices=("false", "true"), help="Fetch failed ones again.")
    made.add_argument("--accelerator", default="", help="type:nvidia-l4;count:1;install-nvidia-driver")
    made.add_argument("--gpu_machine", default="", help="Machine type of workers with an accelerator.")
    return made


def main(words: Sequence[str] | None = None) -> SubmittedJob:
    """Makes the job of a template. Raises what `submit` does, which the launcher's log shows."""
    logging.basicConfig(level=logging.INFO)
    given, rest = parser().parse_known_args(sys.argv[1:] if words is None else words)
    beam = PipelineOptions(rest)
    cloud, worker = beam.view_as(GoogleCloudOptions), beam.view_as(WorkerOptions)
    options = DataflowOptions(
        project=cloud.project,
        region=cloud.region,
        staging=cloud.staging_location or cloud.temp_location,
        image=worker.sdk_container_image or "",
        name=cloud.job_name,
        machine_type=worker.machine_type or "",
        accelerator=given.accelerator,
        gpu_machine=given.gpu_machine,
        beam=tuple(rest),
    )
    registry, presets = available_filters(), built_in_recipes()
    with tempfile.TemporaryDirectory() as folder:
        path = _local(given.recipe, folder)
        recipe = load_recipe(path, registry, [each for each in given.overrides.split(";") if each], presets=presets)
    return submit(recipe, registry, given.output, RunOptions(retry_failed=given.retry_failed == "true"), options)


def _local(recipe: str, folder: str) -> str:
    """The recipe as a file. What it names by a relative path is not beside it then."""
    if not is_address(recipe):
        return recipe
    path = os.path.join(folder, "recipe.yaml")
    with open_input(recipe) as file, open(path, "wb") as copy:
        copy.write(file.read())
    return path
