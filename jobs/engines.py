"""The engines that can run a recipe's graph: their names, what Beam has to be told, and which are refused and why."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpusflow.errors import StartError
from corpusflow.recipe.names import nearest

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions

LOCAL = "local"
RUNNERS = {"portable": "PortableRunner", "flink": "FlinkRunner", "spark": "SparkRunner"}
# The first words of a graph's options; type checks of the graph cost as much as the graph, and mypy has done them.
ALWAYS = ("--no_pipeline_type_check",)
KNOCK_S = 10.0  # seconds that a job service has to answer

_CLUSTERS = "on one machine give --workers N, on several --runner flink, spark or portable, or `corpusflow submit`"
REFUSED = {
    "dataflow": "jobs for Dataflow are submitted: `corpusflow submit RECIPE --project ... --region ... --staging ...`",
    "dask": "Beam's DaskRunner loses data without a word (every tagged output gets all elements, of two branches only "
    "the last is run, what a bundle gives at its end is lost, windows are ignored): " + _CLUSTERS,
    "direct": "Beam's DirectRunner downloads another engine where it can, so that two runs may not be the same: "
    "--runner local is its in-process engine, called by name; " + _CLUSTERS,
    "prism": "Beam downloads Prism when it starts, and nothing here was tried on it: --runner local needs no download; "
    + _CLUSTERS,
}
LOCAL_NAMES = (LOCAL, "fnapi")

_WORKERS_CODE = (
    "say where the workers' code is: --beam --environment_type=DOCKER --beam --environment_config=IMAGE (a container "
    "image with corpusflow), --beam --environment_type=EXTERNAL --beam --environment_config=HOST:PORT (a worker pool), "
    "or --beam --environment_type=LOOPBACK (this process, for tests)"
)


@dataclass(frozen=True)
class Engine:
    """runner: Beam's name. words: the options of Beam."""

    runner: str
    words: tuple[str, ...]

    def options(self) -> PipelineOptions:
        from apache_beam.options.pipeline_options import PipelineOptions

        return PipelineOptions([f"--runner={self.runner}", *ALWAYS, *self.words])


def engine_named(name: str, beam: Sequence[str] = (), workers: int = 1) -> Engine | None:
    """The engine of a name, checked as far as that can be done from here; None for this machine. beam: raw options of
    Beam. workers: processes that were asked for, which are of a local run.

    Raises StartError for an engine that is refused or not known, where an option contradicts the engine, or one is
    missing without which the job could not run.
    """
    short = _short(name)
    if short in REFUSED:
        raise StartError(f"--runner {name}: {REFUSED[short]}")
    if short in LOCAL_NAMES:
        if beam:
            raise StartError(f"--beam {beam[0]}: it is for --runner {', '.join(RUNNERS)}; a local run needs none")
        return None
    if short not in RUNNERS:
        raise StartError(f"--runner {name}: no engine of that name{nearest(short, (LOCAL, *RUNNERS))}")
    words = tuple(word for text in beam for word in shlex.split(text))
    _refuse_words(name, words, workers)
    # Only now, since Beam takes seconds to import and whoever mistyped a name need not wait for it.
    from apache_beam.options.pipeline_options import PortableOptions

    chosen = Engine(RUNNERS[short], words)
    options = chosen.options().view_as(PortableOptions)
    # Without either Beam looks for the jar of a job service in its own source tree, then on the web.
    if not options.job_endpoint and not any(word.startswith(f"--{short}_job_server_jar=") for word in words):
        raise StartError(f"--runner {name} needs the address of a job service: --beam --job_endpoint=HOST:PORT")
    _check_environment(name, options)
    if options.job_endpoint and options.job_endpoint != "embed":
        _knock(options.job_endpoint)
    return chosen


def _short(name: str) -> str:
    """`FlinkRunner`, `flink` and `apache_beam.runners.dask.dask_runner.DaskRunner` without what is always there."""
    return name.rpartition(".")[2].lower().removesuffix("_runner").removesuffix("runner")


def _refuse_words(name: str, words: Sequence[str], workers: int) -> None:
    if workers > 1:
        raise StartError(
            f"--workers {workers} is for --runner local; {name} has options of its own: --beam --parallelism=N for "
            "Flink, --beam --sdk_worker_parallelism=N for processes on each worker machine"
        )
    for word in words:
        if not word.startswith("--"):
            raise StartError(f"--beam {word}: an option of Beam is written --beam --NAME=VALUE")
        if word.partition("=")[0] == "--runner":
            raise StartError(f"--beam {word}: the engine is named by --runner")


def _check_environment(name: str, options: PortableOptions) -> None:
    kind, config = options.environment_type, options.environment_config or options.environment_options
    if not kind:
        raise StartError(f"--runner {name}: {_WORKERS_CODE}")
    if kind in ("DOCKER", "EXTERNAL", "PROCESS") and not config:
        raise StartError(f"--environment_type={kind} needs --environment_config: {_WORKERS_CODE}")


def _knock(endpoint: str) -> None:
    """Raises StartError where nobody listens: Beam would wait for minutes."""
    host, _, port = endpoint.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_S).close()
    except (OSError, ValueError) as error:
        raise StartError(f"--job_endpoint={endpoint}: no job service answers there: {error}") from error
