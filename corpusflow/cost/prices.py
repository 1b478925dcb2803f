"""What machines, shuffles and storage cost: a table of list prices, and the sum over it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from corpusflow.cost.estimate import DataflowCost, Range
from corpusflow.errors import StartError

START_HOURS = 0.1  # until workers have started, and until they are gone: minutes that are paid for
BUSY = 0.8  # of a worker's cores: some stages have too few blocks at their end, and Beam itself works, too


class Prices(BaseModel):
    """The table of prices.yaml, where each number has its unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: str
    region: str
    source: str
    vcpu_hour: float
    memory_gb_hour: float
    disk_gb_hour: float
    shuffle_gb: float
    storage_gb_month: float
    writes_1000: float
    reads_1000: float
    gpu_hour: Mapping[str, float]
    disk_gb: float
    memory_gb_per_vcpu: Mapping[str, float]
    gpu_images_second: float
    web_images_second: float
    web_image_bytes: float
    web_images_had: float
    web_page_bytes: float
    web_archive_bytes: float


def read_prices(path: str = "") -> Prices:
    """The package's own table, or another. Raises StartError when it cannot be read or lacks something."""
    name = path or "prices.yaml"
    try:
        if path:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        else:
            text = resources.files("corpusflow.cost").joinpath(name).read_text(encoding="utf-8")
        return Prices.model_validate(yaml.safe_load(text))
    except (OSError, ValueError, yaml.YAMLError, ValidationError) as error:
        raise StartError(f"--prices {name}: {error}") from error


def machine_of(machine_type: str, prices: Prices) -> tuple[int, float]:
    """Its vCPUs and GB of memory. Raises StartError for one whose memory the table does not know."""
    custom = re.fullmatch(r"(?:\w+-)?custom-(\d+)-(\d+)", machine_type)
    if custom:
        return int(custom[1]), int(custom[2]) / 1024
    family, _, vcpus = machine_type.rpartition("-")
    family, vcpus = ("a2-highgpu", "12") if machine_type == "a2-highgpu-1g" else (family, vcpus)
    if family not in prices.memory_gb_per_vcpu or not vcpus.isdecimal() or not int(vcpus):
        known = ", ".join(f"{name}-N" for name in sorted(prices.memory_gb_per_vcpu))
        raise StartError(f"--machine-type {machine_type}: the prices know {known}, and custom-VCPUS-MB")
    return int(vcpus), int(vcpus) * prices.memory_gb_per_vcpu[family]


def gpu_price(accelerator: str, prices: Prices) -> float:
    """Of an hour. Raises StartError for a GPU that the table does not know."""
    if accelerator not in prices.gpu_hour:
        raise StartError(f"--accelerator {accelerator}: the prices know {', '.join(sorted(prices.gpu_hour))}")
    return prices.gpu_hour[accelerator]


def dataflow_cost(
    cpu: Range,
    gpu: Range,
    stored: Mapping[str, Range],
    prices: Prices,
    workers: int,
    machine: str,
    accelerator: str,
    gpu_machine: str = "",
) -> DataflowCost:
    """cpu, gpu: hours of one core and of one GPU. stored: `keys` that are shuffled and `run_bytes`, both in bytes, and
    `files` of the run directory. gpu_machine: type of the machines that have the GPUs; empty for that of the others.

    Raises StartError for machines and GPUs that the prices do not know.
    """
    vcpus, memory = machine_of(machine, prices)
    hour = _machine_hour(gpu_machine or machine, prices)
    start = Range(START_HOURS, START_HOURS, START_HOURS)
    # With an accelerator a machine has one process: see jobs.dataflow_options.
    processes = 1 if accelerator else vcpus
    computing = cpu.times(1 / (processes * BUSY * workers)).plus(start)
    hired = computing.times(workers)  # machine-hours
    dollars: dict[str, Range] = {
        "vCPU": hired.times(vcpus * prices.vcpu_hour),
        "memory": hired.times(memory * prices.memory_gb_hour),
        "disk": hired.times(prices.disk_gb * prices.disk_gb_hour),
    }
    embedding = gpu.times(1 / workers)
    if accelerator and gpu.value:
        # The machine that a GPU hangs on waits while it works.
        dollars["GPU"] = gpu.plus(start).times(gpu_price(accelerator, prices) + hour)
        embedding = embedding.plus(start)
    dollars["shuffle"] = stored["keys"].times(prices.shuffle_gb / 1e9)
    dollars["storage"] = stored["run_bytes"].times(prices.storage_gb_month / 1e9)
    # A file is written under its own name and told of in a sidecar; later stages read both.
    operation = 2 * prices.writes_1000 / 1000 + 6 * prices.reads_1000 / 1000
    dollars["operations"] = stored["files"].times(operation)
    told = f"list prices of {prices.region}, {prices.date}"
    return DataflowCost(machine, workers, accelerator, computing.plus(embedding), dollars, told)


def _machine_hour(machine_type: str, prices: Prices) -> float:
    """Dollars."""
    vcpus, memory = machine_of(machine_type, prices)
    return vcpus * prices.vcpu_hour + memory * prices.memory_gb_hour + prices.disk_gb * prices.disk_gb_hour


def web_facts(prices: Prices, images: float) -> dict[str, float]:
    """What a block of images on the web would tell, with nothing measured."""
    had, stored = images * prices.web_images_had, images * prices.web_images_had * prices.web_image_bytes
    return {
        "images": images,
        "asked": images,
        "had": had,
        "stored": stored,
        "fetch/s": images / prices.web_images_second,
        "fetch/b": stored,
    }


def link_facts(prices: Prices) -> dict[str, float]:
    """The same of pages that are fetched one by one."""
    links = 1000.0
    pages = links * prices.web_images_had
    return {
        "links": links,
        "pages": pages,
        "load/s": links / prices.web_images_second,
        "load/b": pages * prices.web_page_bytes,
    }
