from __future__ import annotations

import socket

import pytest
from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions, StandardOptions

from corpusflow.errors import StartError
from jobs.engines import engine_named

IMAGE = ("--environment_type=DOCKER", "--environment_config=registry.example/corpusflow:1")
JAR = "--flink_job_server_jar=job-server.jar"


def view(options: PipelineOptions) -> PortableOptions:
    return options.view_as(PortableOptions)


@pytest.mark.parametrize("name", ["local", "FnApiRunner"])
def test_a_local_run_has_no_engine_and_no_options_of_one(name: str) -> None:
    assert engine_named(name, workers=8) is None
    with pytest.raises(StartError, match=r"--beam --parallelism=2: it is for --runner portable, flink, spark"):
        engine_named(name, ["--parallelism=2"])


@pytest.mark.parametrize("name", ["flink", "FlinkRunner", "apache_beam.runners.portability.flink_runner.FlinkRunner"])
def test_an_engine_has_the_options_of_beam_as_they_are_given(name: str) -> None:
    engine = engine_named(name, ["--flink_master=cluster:8081 --parallelism=16", JAR, *IMAGE])
    assert engine is not None
    assert engine.options().view_as(StandardOptions).runner == "FlinkRunner"
    assert view(engine.options()).environment_config == "registry.example/corpusflow:1"
    assert engine.words == ("--flink_master=cluster:8081", "--parallelism=16", JAR, *IMAGE)


@pytest.mark.parametrize("name", ["dask", "DaskRunner", "apache_beam.runners.dask.dask_runner.DaskRunner"])
def test_dask_is_refused_with_what_it_loses_and_the_way_out(name: str) -> None:
    with pytest.raises(StartError, match=f"--runner {name}: .*loses data without a word .*tagged .*--workers N"):
        engine_named(name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("DirectRunner", "downloads another engine"),
        ("prism", "downloads Prism"),
        ("DataflowRunner", "corpusflow submit"),
        ("flik", "no engine of that name; did you mean 'flink'"),
        ("", "no engine of that name; there are: flink, local, portable, spark"),
    ],
)
def test_other_engines_are_refused_with_the_way_out(name: str, why: str) -> None:
    with pytest.raises(StartError, match=why):
        engine_named(name)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("parallelism=2", *IMAGE), "--beam parallelism=2: an option of Beam is written --beam --NAME=VALUE"),
        (("--runner=DaskRunner", *IMAGE), "the engine is named by --runner"),
        ((JAR,), "say where the workers' code is: --beam --environment_type=DOCKER"),
        ((JAR, "--environment_type=EXTERNAL"), "--environment_type=EXTERNAL needs --environment_config"),
    ],
)
def test_options_without_which_the_job_could_not_run_are_asked_for(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(StartError, match=why):
        engine_named("flink", words)


def test_workers_are_of_local_runs() -> None:
    assert engine_named("flink", (JAR, *IMAGE), workers=1) is not None
    with pytest.raises(StartError, match=r"--workers 2 is for --runner local; flink .*--parallelism=N"):
        engine_named("flink", (JAR, *IMAGE), workers=2)


def test_a_portable_job_needs_a_job_service_that_answers() -> None:
    for name in ("portable", "flink", "spark"):
        with pytest.raises(StartError, match=f"--runner {name} needs .*--beam --job_endpoint=HOST:PORT"):
            engine_named(name, IMAGE)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        endpoint = f"--job_endpoint=127.0.0.1:{server.getsockname()[1]}"
        server.listen()
        assert engine_named("portable", (endpoint, *IMAGE)) is not None
    with pytest.raises(StartError, match=f"{endpoint}: no job service answers there: .*refused"):
        engine_named("portable", (endpoint, *IMAGE))
    with pytest.raises(StartError, match="--job_endpoint=nowhere: no job service answers there"):
        engine_named("portable", ("--job_endpoint=nowhere", *IMAGE))
