"""Jobs for Dataflow, made by Google's own client libraries against a service and an object store on loopback."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import DebugOptions, PipelineOptions, WorkerOptions
from apache_beam.portability import python_urns
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.portability.common_urns import resource_hints
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from corpusflow.errors import ModelError, StartError
from corpusflow.models.packages import package_folder
from corpusflow.recipe import Recipe, parse_recipe, with_defaults
from corpusflow.store.address import files_below, open_input
from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import open_store
from corpusflow.store.run_files import JOB
from filters.registry import available_filters
from jobs import flex_template
from jobs.accelerator import accelerated_stages, accelerator_type, ask_for_resources
from jobs.begin import RunOptions, prepare_models
from jobs.cluster import add_graph
from jobs.dataflow import SubmittedJob, describe_job, job_of, refuse_second, submit, wait
from jobs.dataflow_options import DataflowOptions, beam_options, check_reachable
from tests.command_line import call
from tests.dataflow_service import JOB_ID, DataflowService, dataflow_service
from tests.jobs.runs import run, shards, warc
from tests.object_stores import gcs_bucket, gcs_server
from tests.web import captures, recipe, write_warc

__all__ = ["dataflow_service", "gcs_bucket", "gcs_server"]

CONTAINERS = Path(flex_template.__file__).parent / "containers"
IMAGE = "us-docker.pkg.dev/my-project/images/corpusflow:1"
L4 = "type:nvidia-l4;count:1;install-nvidia-driver"
CLIP = {"name": "open_clip", "options": {"architecture": "ViT-B-32", "pretrained": "laion2b_s34b_b79k"}}


@pytest.fixture
def dataflow(dataflow_service: DataflowService, gcs_bucket: str) -> DataflowService:
    return dataflow_service


def asked_for(bucket: str, service: DataflowService | None = None, **changes: Any) -> DataflowOptions:
    beam = () if service is None else (f"--dataflow_endpoint={service.endpoint}",)
    given = {"project": "my-project", "region": "us-central1", "staging": f"{bucket}/staging", "image": IMAGE}
    return DataflowOptions(**{**given, "beam": beam, **changes})


def put(path: Path, address: str) -> str:
    """Copies a file to an address."""
    folder, _, name = address.rpartition("/")
    open_store(folder).write(name, path.read_bytes())
    return address


def corpus(*sources: str, **changes: Any) -> Recipe:
    return parse_recipe(
        recipe(*[{"kind": "warc", "path": source} for source in sources], **changes), available_filters()
    )


def graph(job: Mapping[str, Any]) -> beam_runner_api_pb2.Pipeline:
    """The graph that a recorded job names."""
    options = job["environment"]["sdkPipelineOptions"]["options"]
    with open_input(options["pipelineUrl"]) as file:
        return beam_runner_api_pb2.Pipeline.FromString(file.read())


def hinted(proto: beam_runner_api_pb2.Pipeline) -> dict[str, dict[str, bytes]]:
    """Hints by the full names of the steps that have any."""
    steps, environments = proto.components.transforms.values(), proto.components.environments
    hints = {
        step.unique_name: environments[step.environment_id].resource_hints for step in steps if step.environment_id
    }
    return {name: dict(of) for name, of in hints.items() if of}


def submitted(tmp_path: Path, bucket: str, service: DataflowService, **changes: Any) -> dict[str, Any]:
    source = put(write_warc(tmp_path / "a.warc.gz", captures(range(3))), f"{bucket}/in/a.warc.gz")
    options = asked_for(bucket, service, **changes)
    submit(corpus(source), available_filters(), f"{bucket}/out", RunOptions(), options)
    return service.jobs[-1]


def test_the_service_is_asked_for_what_the_user_asked_for(
    tmp_path: Path, dataflow: DataflowService, gcs_bucket: str
) -> None:
    job = submitted(tmp_path, gcs_bucket, dataflow, labels=("team=corpora", "cost=low"), max_workers=7, disk_gb=60)
    assert (job["name"], job["type"]) == ("corpusflow-small", 1)  # a batch
    assert job["labels"] == {"team": "corpora", "cost": "low"}
    [pool] = job["environment"]["workerPools"]
    assert pool["machineType"] == "n2-standard-4"
    assert pool["diskSizeGb"] == 60
    assert pool["autoscalingSettings"]["maxNumWorkers"] == 7
    assert [image["containerImage"] for image in pool["sdkHarnessContainerImages"]] == [IMAGE]
    assert "use_runner_v2" in job["environment"]["experiments"]
    assert "no_use_multiple_sdk_containers" not in job["environment"]["experiments"]
    assert not hinted(graph(job))


def test_the_graph_and_nothing_else_is_staged_with_an_image(
    tmp_path: Path, dataflow: DataflowService, gcs_bucket: str
) -> None:
    job = submitted(tmp_path, gcs_bucket, dataflow)
    names = {found.path.rpartition("/")[2] for found in files_below(f"{gcs_bucket}/staging")}
    assert names == {"pipeline.pb"}
    steps = {step.unique_name for step in graph(job).components.transforms.values()}
    assert {"Extract/Extract documents", "Finish run"} <= steps


def test_wheels_are_staged_where_there_is_no_image(tmp_path: Path, dataflow: DataflowService, gcs_bucket: str) -> None:
    wheels = [tmp_path / f"{name}-0.1.0-py3-none-any.whl" for name in ("corpusflow", "gcsfs")]
    for wheel in wheels:
        wheel.write_bytes(wheel.name.encode())
    submitted(tmp_path, gcs_bucket, dataflow, image="", wheels=tuple(map(str, wheels)))
    names = {found.path.rpartition("/")[2] for found in files_below(f"{gcs_bucket}/staging")}
    assert {wheel.name for wheel in wheels} < names


@pytest.mark.parametrize("negatives", [False, True])
def test_only_steps_that_run_a_model_on_a_gpu_ask_for_one(gcs_bucket: str, negatives: bool) -> None:
    asking = {"align": {"negatives": 10}} if negatives else {}
    wanted = corpus(f"{gcs_bucket}/in", embed={"similarity": CLIP}, **asking)
    proto = graph_of(wanted, asked_for(gcs_bucket, accelerator=L4))
    found = hinted(proto)
    names = {"Embed/Embed images", "Align/Align documents", *(("Negatives/Embed negatives",) if negatives else ())}
    assert set(found) == names
    for hints in found.values():
        kind = b"type:nvidia-l4;machine_type:g2-standard-8;count:1;install-nvidia-driver"
        assert hints[resource_hints.ACCELERATOR.urn] == kind
        assert hints[resource_hints.MIN_RAM_BYTES.urn] == b"16000000000"


def test_an_accelerator_is_said_by_its_type_or_as_beam_does() -> None:
    told = asked_for("gs://somewhere", accelerator="nvidia-l4")
    assert told.hints == asked_for("gs://somewhere", accelerator=L4).hints
    assert [accelerator_type(each) for each in ("nvidia-l4", L4, "")] == ["nvidia-l4", "nvidia-l4", ""]


def test_without_an_accelerator_nothing_is_asked_for(gcs_bucket: str) -> None:
    proto = graph_of(corpus(f"{gcs_bucket}/in", embed={"similarity": CLIP}), asked_for(gcs_bucket))
    assert not hinted(proto)


def test_a_model_is_loaded_once_a_gpu_and_once_a_core_elsewhere(gcs_bucket: str) -> None:
    wanted = corpus(f"{gcs_bucket}/in", embed={"similarity": CLIP})
    one = beam_options(asked_for(gcs_bucket, accelerator=L4), wanted)
    assert one.view_as(DebugOptions).experiments == ["no_use_multiple_sdk_containers"]
    assert one.view_as(WorkerOptions).machine_type == "n2-standard-2"
    assert beam_options(asked_for(gcs_bucket), wanted).view_as(DebugOptions).experiments is None


def graph_of(wanted: Recipe, options: DataflowOptions) -> beam_runner_api_pb2.Pipeline:
    pipeline = beam.Pipeline()
    registry = available_filters()
    add_graph(pipeline, with_defaults(wanted, registry), registry, open_store(f"{options.staging}/out"), RunOptions())
    if options.accelerator:
        ask_for_resources(pipeline, accelerated_stages(wanted), options.hints)
    return pipeline.to_runner_api(use_fake_coders=True)


def test_the_graph_is_no_longer_for_a_longer_input(tmp_path: Path, dataflow: DataflowService, gcs_bucket: str) -> None:
    sizes = []
    for number, parts in enumerate((10, 2000)):
        pages = tmp_path / f"{number}.txt"
        pages.write_text("".join(f"https://h{page}.example/\n" for page in range(parts)))
        source = {"kind": "urls", "path": str(pages), "part_urls": 1}
        wanted = parse_recipe(recipe(source, fetch={"contact": "mailto:me@h.example"}), available_filters())
        options = asked_for(gcs_bucket, dataflow, name=f"job-{number}")
        submit(wanted, available_filters(), f"{gcs_bucket}/out{number}", RunOptions(), options)
        planned = open_store(f"{gcs_bucket}/out{number}").read("plan/parts.jsonl")
        assert len(planned.splitlines()) == parts
        sizes.append(graph(dataflow.jobs[-1]).ByteSize())
    assert abs(sizes[1] - sizes[0]) < 2000
    assert sizes[1] < 1_000_000


def test_a_dry_run_tells_the_job_and_asks_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a dry run must not open connections")

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setattr("socket.socket.connect", refuse)
    options = asked_for("gs://somewhere", accelerator=L4, labels=("a=b",))
    wanted = corpus("gs://somewhere/in", embed={"similarity": CLIP})
    told = describe_job(wanted, available_filters(), "gs://somewhere/out", RunOptions(), options)
    assert told["code"] == IMAGE
    assert told["stages with it"] == "embed, align"
    assert told["accelerator"] == "type:nvidia-l4;machine_type:g2-standard-8;count:1;install-nvidia-driver"
    assert told["workers"] == "at most 20"
    assert "no_use_multiple_sdk_containers" in str(told["experiments"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": ""}, "make image"),
        ({"wheels": ("a.whl",)}, "make wheel"),
        ({"image": "", "wheels": ("absent.whl",)}, "no such file"),
        ({"beam": ("--requirements_file=r.txt",)}, "put them into the image"),
        ({"beam": ("--num_wrkers=3",)}, "no option --num_wrkers"),
        ({"accelerator": "type:nvidia-l4"}, "type:nvidia-l4;count:1"),
        ({"accelerator": L4}, "no stage of this recipe"),
        ({"gpu_machine": "g2-standard-4"}, "goes with --accelerator"),
        ({"name": "My_Job"}, "--name My_Job: it is small letters"),
        ({"name": "job-"}, "--name job-"),
        ({"project": "1234567"}, "--project 1234567: it is a project's id"),
        ({"region": "us-central1-a"}, "a region, not a zone"),
        ({"staging": "bucket/staging"}, "gs://BUCKET/FOLDER"),
        ({"staging": "gs://Bucket"}, "--staging gs://Bucket"),
        ({"labels": ("a=b", "Team=x")}, "--labels Team=x: it is KEY=VALUE"),
        ({"labels": ("team",)}, "--labels team"),
        ({"labels": (f"{'k' * 64}=",)}, "at most 63"),
        ({"subnetwork": "default"}, "regions/us-central1/subnetworks/NAME"),
        ({"subnetwork": "regions/europe-west1/subnetworks/inner"}, "regions/us-central1/subnetworks/NAME"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(StartError, match=re.escape(message)):
        beam_options(asked_for("gs://somewhere", **changes), corpus("gs://somewhere/in"))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "a", "region": "northamerica-northeast1", "staging": "gs://my_bucket.of-us/"},
        {"name": "j" * 80, "labels": (f"{'k' * 63}={'v' * 63}", "größe=", "a-b=1_2")},
        {"subnetwork": "regions/us-central1/subnetworks/inner"},
        {
            "subnetwork": "https://www.googleapis.com/compute/v1/projects/host/regions/us-central1/subnetworks/inner",
            "public_ips": False,
        },
    ],
)
def test_what_the_service_takes_is_taken(changes: dict[str, Any]) -> None:
    assert beam_options(asked_for("gs://somewhere", **changes), corpus("gs://somewhere/in"))


def test_an_accelerator_for_the_whole_job_is_refused_beside_one_for_stages() -> None:
    wanted = corpus("gs://somewhere/in", embed={"similarity": CLIP})
    everywhere = (f"'--dataflow_service_options=worker_accelerator={L4}'",)
    with pytest.raises(StartError, match="worker_accelerator"):
        beam_options(asked_for("gs://somewhere", accelerator=L4, beam=everywhere), wanted)
    assert beam_options(asked_for("gs://somewhere", beam=everywhere), wanted)


def test_models_of_extras_need_an_image(tmp_path: Path) -> None:
    wheel = tmp_path / "corpusflow-0.1.0-py3-none-any.whl"
    wheel.touch()
    options = asked_for("gs://somewhere", image="", wheels=(str(wheel),))
    assert beam_options(options, corpus("gs://somewhere/in"))
    with pytest.raises(StartError, match=r"embed.similarity: open_clip needs the extra \[clip\]"):
        beam_options(options, corpus("gs://somewhere/in", embed={"similarity": CLIP}))


@pytest.mark.parametrize(
    ("source", "output", "place"), [("/in", "gs://a/out", "sources"), ("gs://a/in", "out", "--output")]
)
def test_what_is_on_this_machine_is_refused(source: str, output: str, place: str) -> None:
    with pytest.raises(StartError, match=place):
        check_reachable(corpus(source), output)


def test_a_second_job_waits_for_the_first(tmp_path: Path, dataflow: DataflowService, gcs_bucket: str) -> None:
    submitted(tmp_path, gcs_bucket, dataflow)
    job = job_of(open_store(f"{gcs_bucket}/out"))
    assert job is not None
    assert job.id == JOB_ID
    with pytest.raises(StartError, match=f"job {JOB_ID} works here"):
        refuse_second(open_store(f"{gcs_bucket}/out"))
    dataflow.states = ["JOB_STATE_FAILED"]
    refuse_second(open_store(f"{gcs_bucket}/out"))


def test_a_job_of_which_nothing_is_known_counts_as_running(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    gone = SubmittedJob(JOB_ID, "name", "my-project", "us-central1", "http://localhost:1")
    store.write(JOB, json.dumps(asdict(gone)).encode())
    with pytest.raises(StartError, match=r"is not known: .* --force"):
        refuse_second(store)


@pytest.mark.parametrize("state", ["DONE", "FAILED", "CANCELLED"])
def test_waiting_ends_with_the_job(dataflow: DataflowService, state: str) -> None:
    dataflow.states = ["JOB_STATE_PENDING", "JOB_STATE_RUNNING", f"JOB_STATE_{state}"]
    dataflow.count("extract_planned", 4)
    dataflow.count("extract_done", 1)
    dataflow.count("extract_done", 2, step="s2")
    dataflow.count("extract_done", 9, tentative="true")
    told: list[str] = []
    job = SubmittedJob(JOB_ID, "name", "my-project", "us-central1", dataflow.endpoint)
    assert wait(job, told.append, pause_s=0).name == state
    assert told == [f"{name}: extract 3/4" for name in ("pending", "running", state.lower())]


def test_the_submitted_graph_makes_on_object_storage_what_a_local_run_makes(
    tmp_path: Path, dataflow: DataflowService, gcs_bucket: str
) -> None:
    archive = write_warc(tmp_path / "a.warc.gz", captures(range(8)))
    local = run(tmp_path / "local", recipe(warc(archive)))
    source = put(archive, f"{gcs_bucket}/in/a.warc.gz")
    submit(corpus(source), available_filters(), f"{gcs_bucket}/out", RunOptions(), asked_for(gcs_bucket, dataflow))
    store = open_store(f"{gcs_bucket}/out")
    assert not store.exists("manifest.json")
    twin = graph(dataflow.jobs[-1])
    for environment in twin.components.environments.values():
        # What the service's workers would run in a container runs here in this process.
        environment.urn, environment.payload = python_urns.EMBEDDED_PYTHON, b""
    FnApiRunner().run_via_runner_api(twin, PipelineOptions()).wait_until_finish()
    assert shards(read_manifest(store)) == shards(local)
    dataflow.states = ["JOB_STATE_DONE"]
    told = call("status", f"{gcs_bucket}/out")
    assert "finished: 8 samples" in told
    assert f"id              {JOB_ID}" in told
    assert "state           DONE" in told


def test_the_commands_submit_and_tell_how_a_job_ended(
    tmp_path: Path, dataflow: DataflowService, gcs_bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.dataflow.POLL_S", 0)
    source = put(write_warc(tmp_path / "a.warc.gz", captures(range(3))), f"{gcs_bucket}/in/a.warc.gz")
    file = tmp_path / "recipe.yaml"
    file.write_text(json.dumps(recipe({"kind": "warc", "path": source})))
    words = ["submit", str(file), "--project", "my-project", "--region", "us-central1", "--image", IMAGE]
    words += ["--staging", f"{gcs_bucket}/staging", f"--beam=--dataflow_endpoint={dataflow.endpoint}"]
    told = call(*words, "--dry-run")
    assert "job             corpusflow-small" in told
    assert "Dataflow" in told.partition("other options")[2]  # what it costs
    assert not dataflow.jobs
    dataflow.states = ["JOB_STATE_RUNNING", "JOB_STATE_RUNNING", "JOB_STATE_FAILED"]
    dataflow.messages = [{"id": "1", "messageText": "out of quota", "messageImportance": "JOB_MESSAGE_ERROR"}]
    told = call(*words, "--wait", code=1)
    assert "running" in told
    assert told.endswith("the job ended as FAILED: out of quota\n")
    job = json.loads(call("status", f"{gcs_bucket}/staging/small", "--json"))
    assert (job["job"]["state"], job["run"]["samples"]) == ("FAILED", None)
    one = ["--project", "my-project", "--region", "us-central1", "--endpoint", dataflow.endpoint]
    assert "out of quota" in call("status", JOB_ID, *one)


def test_a_run_on_this_machine_goes_on_where_a_job_failed(
    tmp_path: Path, dataflow: DataflowService, gcs_bucket: str
) -> None:
    submitted(tmp_path, gcs_bucket, dataflow)
    file = tmp_path / "recipe.yaml"
    file.write_text(json.dumps(recipe({"kind": "warc", "path": f"{gcs_bucket}/in/a.warc.gz"})))
    words = ["run", str(file), "--output", f"{gcs_bucket}/out"]
    refused = call(*words, code=2)
    assert f"job {JOB_ID} works here (running); wait for it" in refused
    assert f"if it has ended, remove {gcs_bucket}/out/run.lock" in refused
    dataflow.states = ["JOB_STATE_FAILED"]
    call(*words)
    assert "finished: 3 samples" in call("status", f"{gcs_bucket}/out")


def test_a_dry_run_does_not_wait_for_a_store_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()

    monkeypatch.setattr("corpusflow.store.reach.REACH_S", 0.01)
    monkeypatch.setattr("corpusflow.store.reach.kind_of_path", lambda path: never.wait())
    file = tmp_path / "recipe.yaml"
    file.write_text(json.dumps(recipe({"kind": "warc", "path": "gs://somewhere/in"})))
    words = ["submit", str(file), "--project", "my-project", "--region", "us-central1", "--image", IMAGE]
    told = call(*words, "--staging", "gs://somewhere/st", "--dry-run")
    assert "job             corpusflow-small" in told
    assert "gs://somewhere/st/small: no answer from the store" in told
    never.set()


def test_a_template_is_launched_with_the_parameters_that_its_metadata_tell() -> None:
    metadata = json.loads((CONTAINERS / "flex_template.json").read_text())
    told = {each["name"]: not each.get("isOptional", False) for each in metadata["parameters"]}
    taken = {each.dest: each.required for each in flex_template.parser()._actions if each.dest != "help"}
    assert told == taken


def test_a_template_s_launcher_submits_a_recipe_from_its_address(
    tmp_path: Path, dataflow: DataflowService, gcs_bucket: str
) -> None:
    source = put(write_warc(tmp_path / "a.warc.gz", captures(range(3))), f"{gcs_bucket}/in/a.warc.gz")
    file = tmp_path / "recipe.yaml"
    file.write_text(json.dumps(recipe({"kind": "warc", "path": source})))
    words = ["--recipe", put(file, f"{gcs_bucket}/recipe.yaml"), "--output", f"{gcs_bucket}/out"]
    words += ["--overrides", "load.block_pages=2;name=daily", "--project=my-project", "--region=us-central1"]
    words += [f"--staging_location={gcs_bucket}/st", f"--temp_location={gcs_bucket}/st", "--job_name=of-today"]
    words += [f"--sdk_container_image={IMAGE}", f"--dataflow_endpoint={dataflow.endpoint}"]
    flex_template.main([*words, f"--template_location={gcs_bucket}/job.json"])
    assert not dataflow.jobs, "the launcher submits what we have written"
    assert json.loads(open_store(gcs_bucket).read("job.json"))["name"] == "of-today"
    job = job_of(open_store(f"{gcs_bucket}/out"))
    assert job is not None
    assert (job.id, job.name) == ("", "of-today")
    dataflow.states = ["JOB_STATE_DONE"]
    refuse_second(open_store(f"{gcs_bucket}/out"))


def test_a_submitter_may_lack_what_its_workers_have(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = corpus("gs://somewhere/in", embed={"similarity": CLIP})
    gone = "corpusflow.models.open_clip_weights.package_folder"
    monkeypatch.setattr(gone, lambda package, extra: package_folder("no_such_package", extra))
    prepare_models(wanted, "shard", elsewhere=True)
    with pytest.raises(ModelError, match="no_such_package"):
        prepare_models(wanted, "shard")
    monkeypatch.setattr(gone, lambda package, extra: (_ for _ in ()).throw(ModelError("no such weights")))
    with pytest.raises(ModelError, match="no such weights"):
        prepare_models(wanted, "shard", elsewhere=True)
