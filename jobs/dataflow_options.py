"""What `corpusflow submit` is asked for, as Beam's options for Dataflow; what cannot work is refused here."""

from __future__ import annotations

import logging
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from apache_beam.options.pipeline_options import (
    DebugOptions,
    GoogleCloudOptions,
    PipelineOptions,
    SetupOptions,
    WorkerOptions,
)

from corpusflow.errors import StartError
from corpusflow.models.extras import EXTRA_OF
from corpusflow.recipe import CommonCrawlSource, Recipe, UrlsSource, model_specs
from jobs.accelerator import accelerated_stages, accelerator_type, whole_accelerator
from jobs.dataflow_names import check_names
from jobs.local_paths import local_paths

log = logging.getLogger(__name__)

# Dataflow runs a process for each core of a worker. Those of a recipe that embeds hold some 2 GB of models each, and a
# block beside it.
MACHINE = "n2-standard-4"
# With an accelerator there is one process a worker (see `beam_options`): more cores would only wait.
MACHINE_OF_ONE_PROCESS = "n2-standard-2"
GPU_MACHINES = {"nvidia-l4": "g2-standard-8"}  # L4 are had with machines of their own series only
GPU_RAM = "16GB"
DISK_GB = 100  # an image with torch and CUDA takes 10 of them, an image block in work some more
MAX_WORKERS = 20


@dataclass(frozen=True)
class DataflowOptions:
    """staging: gs:// folder for what is staged and for temporary files. image, wheels: one of them brings the code to
    the workers. machine_type: of workers without an accelerator; empty for one that fits. accelerator: as
    `type:nvidia-l4;count:1;install-nvidia-driver` or `nvidia-l4`; empty for none. labels: `key=value`. beam: options of
    Beam as they are, each a word or several."""

    project: str
    region: str
    staging: str
    image: str = ""
    wheels: tuple[str, ...] = ()
    name: str = ""
    machine_type: str = ""
    max_workers: int = MAX_WORKERS
    disk_gb: int = DISK_GB
    accelerator: str = ""
    gpu_machine: str = ""
    labels: tuple[str, ...] = ()
    service_account: str = ""
    subnetwork: str = ""
    public_ips: bool = True
    beam: tuple[str, ...] = ()

    @property
    def hints(self) -> dict[str, str]:
        """Beam's resource hints for the stages that run a model on an accelerator; none without one."""
        if not self.accelerator:
            return {}
        kind, *rest = whole_accelerator(self.accelerator).split(";")
        machine = self.gpu_machine or GPU_MACHINES.get(accelerator_type(self.accelerator), "")
        if machine and not any(part.startswith("machine_type:") for part in rest):
            rest.insert(0, f"machine_type:{machine}")
        return {"accelerator": ";".join([kind, *rest]), "min_ram": GPU_RAM}


def machine_for(accelerator: str) -> str:
    """The type of workers without an accelerator, where none was asked for. accelerator: empty for none in the job."""
    return MACHINE_OF_ONE_PROCESS if accelerator else MACHINE


def beam_options(options: DataflowOptions, recipe: Recipe, dry_run: bool = False) -> PipelineOptions:
    """Raises StartError for what Dataflow, or this recipe on it, cannot do."""
    name = options.name or job_name(recipe)
    places = (("--project", options.project), ("--region", options.region), ("--staging", options.staging))
    check_names((*places, ("--name", name)), options.labels, options.subnetwork, options.region)
    _check_code(options, recipe)
    _check_accelerator(options, recipe)
    words = [
        f"--project={options.project}",
        f"--region={options.region}",
        f"--staging_location={options.staging.rstrip('/')}/staging",
        f"--temp_location={options.staging.rstrip('/')}/temp",
        f"--job_name={name}",
        f"--machine_type={options.machine_type or machine_for(options.accelerator)}",
        f"--max_num_workers={options.max_workers}",
        f"--disk_size_gb={options.disk_gb}",
        *(f"--labels={label}" for label in options.labels),
        # Type checks of the graph cost as much as the graph itself; mypy has done them.
        "--no_pipeline_type_check",
    ]
    if options.image:
        # The image has Beam and this project; else Beam would be staged and installed again on each worker.
        words += [f"--sdk_container_image={options.image}", "--sdk_location=container"]
    words += [f"--extra_package={wheel}" for wheel in options.wheels]
    if options.accelerator:
        # One process a worker, so that one copy of a model lies on its GPU: by default each core has a container of
        # its own, and containers do not see each other's processes. Dataflow knows this for a whole job only.
        words.append("--experiments=no_use_multiple_sdk_containers")
    if options.service_account:
        words.append(f"--service_account_email={options.service_account}")
    if options.subnetwork:
        words.append(f"--subnetwork={options.subnetwork}")
    if not options.public_ips:
        words.append("--no_use_public_ips")
    if dry_run:
        words.append("--dry_run=True")
    made = PipelineOptions([*words, *(word for text in options.beam for word in shlex.split(text))])
    _check_beam(made, options)
    return made


def job_name(recipe: Recipe) -> str:
    """Of the corpus alone: Dataflow refuses a second job of a name while the first runs."""
    return f"corpusflow-{re.sub(r'[^a-z0-9]+', '-', recipe.name.lower()).strip('-')}"[:63].rstrip("-")


def check_reachable(recipe: Recipe, output: str) -> None:
    """Raises StartError where workers would look for something on this machine."""
    places = [("--output", output), ("embed.known", recipe.embed.known or "")]
    places += [(f"select.earlier[{number}]", path) for number, path in enumerate(recipe.select.earlier)]
    for number, source in enumerate(recipe.sources):
        if isinstance(source, CommonCrawlSource):
            places.append((f"sources[{number}].base_url", source.base_url))
        elif not isinstance(source, UrlsSource):  # a list of URLs is read by the launcher
            places.append((f"sources[{number}].path", source.path))
    for place, path in places:
        if path and "://" not in path:
            raise StartError(f"{place}: {path} is on this machine, where no worker sees it; copy it to a gs:// address")
    sources = ("sources[", "embed.known", "select.earlier")
    for place, path in local_paths(recipe):
        if not place.startswith(sources):
            log.warning(
                "%s: %s is a file of this machine; workers find it if the image has the same there", place, path
            )


def _check_code(options: DataflowOptions, recipe: Recipe) -> None:
    if bool(options.image) == bool(options.wheels):
        raise StartError(
            "workers need this project's code: give --image (`make image IMAGE=REGION-docker.pkg.dev/PROJECT/REPO/NAME:"
            "TAG` describes how to have one), or --wheel dist/*.whl (`make wheel`) for recipes without models of extras"
        )
    for wheel in options.wheels:
        if not Path(wheel).is_file():
            raise StartError(f"--wheel {wheel}: there is no such file; `make wheel` makes those that are needed")
    if options.wheels:
        for path, spec, _ in model_specs(recipe):
            if extra := EXTRA_OF.get(spec.name):
                raise StartError(
                    f"{path}: {spec.name} needs the extra [{extra}], which workers with --wheel lack: they have what "
                    "Beam's image has and the core; give --image"
                )


def _check_accelerator(options: DataflowOptions, recipe: Recipe) -> None:
    if not options.accelerator:
        if options.gpu_machine:
            raise StartError("--gpu-machine goes with --accelerator")
        return
    whole_accelerator(options.accelerator)
    if not accelerated_stages(recipe):
        raise StartError(
            "--accelerator: no stage of this recipe uses one: only embed.similarity open_clip with the backend torch "
            "runs on a GPU"
        )


def _check_beam(made: PipelineOptions, options: DataflowOptions) -> None:
    """What may come through --beam."""
    unknown = made.get_all_options(retain_unknown_options=True).keys() - made.get_all_options().keys()
    if unknown:
        raise StartError(f"--beam: Beam has no option --{min(unknown)}")
    if made.view_as(SetupOptions).requirements_file:
        raise StartError(
            "--beam: requirements_file has every worker install the packages again when it starts, torch takes minutes "
            "and gigabytes; put them into the image"
        )
    cloud = made.view_as(GoogleCloudOptions)
    services = " ".join(cloud.dataflow_service_options or ())
    if options.accelerator and ("worker_accelerator" in services or cloud.flexrs_goal):
        raise StartError(
            "--beam: worker_accelerator and flexrs_goal do not go with --accelerator, which asks for one by resource "
            "hints of the stages that use it"
        )
    if made.view_as(WorkerOptions).sdk_container_image and options.wheels:
        raise StartError("--beam: give the image as --image")
    if "use_multiple_sdk_containers" in (made.view_as(DebugOptions).experiments or ()) and options.accelerator:
        raise StartError("--beam: use_multiple_sdk_containers would load a model for each core of a GPU's machine")
