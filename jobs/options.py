"""How Beam runs a graph on this machine."""

from __future__ import annotations

import shlex
import sys

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.transforms.environments import SubprocessSDKEnvironment

WORKER = "jobs.worker"


def local_runner(workers: int, log: str, progress: str | None = None) -> tuple[FnApiRunner, PipelineOptions]:
    """The runner of a local run, and its options.

    FnApiRunner by name: the default runner downloads another engine when it can, and users and tests would run
    different ones. More than one worker means processes, since models and parsing hold the interpreter's lock; what
    these print goes to the file `log`, since Beam tells there of every connection that it opens. `-P`: a module in the
    current directory must not stand before an installed one.

    progress: folder in which worker processes say that they are there; None where nobody looks after them.
    """
    # Type checks of the graph cost as much as the graph itself; mypy has done them.
    options = PipelineOptions(["--runner=FnApiRunner", f"--direct_num_workers={workers}", "--no_pipeline_type_check"])
    if workers == 1:
        return FnApiRunner(), options
    command = f"exec {shlex.join([sys.executable, '-P', '-m', WORKER])}"
    if progress is not None:
        # The shell does, before it becomes the worker: one that cannot start must be missed, too.
        command = f": >{shlex.quote(progress)}/$$.worker; {command} {shlex.quote(progress)}"
    command += f" >>{shlex.quote(log)} 2>&1"
    return FnApiRunner(default_environment=SubprocessSDKEnvironment.from_command_string(command)), options
