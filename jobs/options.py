"""How Beam runs a graph on this machine."""

from __future__ import annotations

from apache_beam.options.pipeline_options import PipelineOptions


def local_options(workers: int) -> PipelineOptions:
    """FnApiRunner by name: the default runner downloads another engine when it can, and users and tests would run
    different ones. More than one worker means processes, since models and parsing hold the interpreter's lock."""
    mode = ["--direct_running_mode=in_memory"]
    if workers > 1:
        mode = ["--direct_running_mode=multi_processing", f"--direct_num_workers={workers}"]
    return PipelineOptions(["--runner=FnApiRunner", "--no_save_main_session", *mode])
