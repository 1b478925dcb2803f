"""A recipe on Beam's job service with workers in processes of their own: the way to Flink and Spark."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from corpusflow.errors import RunError
from corpusflow.recipe import parse_recipe
from corpusflow.work_done import WorkDone
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.cluster import run_on
from jobs.engines import engine_named
from tests.jobs.beam_services import job_service, portable_words, worker_pool
from tests.jobs.runs import Manifest, made, run, shards, warc
from tests.web import HOST, captures, recipe, write_warc
from transforms.same_code import own_code

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Beam leaves its channels to the garbage collector


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ...]]:
    folder = tmp_path_factory.mktemp("services")
    with job_service(folder) as jobs, worker_pool(folder) as pool:
        yield portable_words(jobs, pool)


def run_there(output: Path, data: Mapping[str, Any], words: tuple[str, ...], **changes: Any) -> Manifest | None:
    own_code.cache_clear()  # workers start later than this process: who edits the code meanwhile must see no difference
    registry = available_filters() | changes.pop("filters", {})
    engine = engine_named("portable", words)
    assert engine is not None
    tell = changes.pop("tell", lambda work: None)
    return run_on(engine, parse_recipe(data, registry), registry, str(output), RunOptions(**changes), tell=tell)


def small(folder: Path, pages: int = 8) -> dict[str, Any]:
    return recipe(warc(write_warc(folder / "in/a.warc.gz", captures(range(pages)))))


def test_a_run_on_workers_elsewhere_makes_the_bytes_of_a_local_run(tmp_path: Path, words: tuple[str, ...]) -> None:
    data = small(tmp_path)
    done: list[WorkDone] = []
    there = run_there(tmp_path / "there", data, words, tell=done.append)
    assert there is not None
    assert there == run(tmp_path / "here", data)
    for name in ("report.html", "README.md", "index.parquet", "ledger/ledger.parquet", "run.json", "recipe.yaml"):
        assert (tmp_path / "there" / name).exists()
    assert done[0].made["extract"] == 3
    again = run_there(tmp_path / "there", data, words, tell=done.append)
    assert again == there
    assert not done[1].made
    stages = made(tmp_path / "there")
    assert run(tmp_path / "there", data) == there
    assert made(tmp_path / "there") == stages, "a local run takes what machines made that share the folder"


def test_a_run_on_workers_elsewhere_stops_after_a_stage_and_takes_a_limit(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    data = small(tmp_path)
    assert run_there(tmp_path / "there", data, words, until="extract", limit=4) is None
    assert not (tmp_path / "there/manifest.json").exists()
    assert {path.name.partition("-")[0] for path in (tmp_path / "there/stages").iterdir()} == {"load", "extract"}


def test_a_limit_that_does_not_hold_fails_the_job_with_its_message(tmp_path: Path, words: tuple[str, ...]) -> None:
    items = [*captures(range(2)), (f"{HOST}/empty.html", b"")]
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", items)))
    message = r"the job failed: 1 of 3 documents failed, more than limits.failed_documents 0\.2 .*empty_body"
    with pytest.raises(RunError, match=message) as raised:
        run_there(tmp_path / "out", data, words)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "out/manifest.json").exists()


def test_workers_with_other_code_than_the_launcher_are_refused(
    tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = own_code()
    monkeypatch.setattr(
        "transforms.same_code.own_code", lambda: "corpusflow 9.9.9 (code abc), Beam 2.77.0, Python 3.11"
    )
    with pytest.raises(RunError) as raised:
        run_there(tmp_path / "out", small(tmp_path, 2), words)
    assert f"has {told}; the launcher has corpusflow 9.9.9 (code abc)" in str(raised.value)
    assert not list((tmp_path / "out").glob("stages/*/*.json"))


FILTER = """
from dataclasses import dataclass
from typing import ClassVar

@dataclass(frozen=True)
class Mine:
    name: ClassVar[str] = "mine"
    needs: ClassVar[str] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def judge(self, document):
        return ()
"""


def test_a_filter_that_the_workers_lack_is_named(
    tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here/my_own_filter.py").write_text(FILTER, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "here"))
    import my_own_filter  # type: ignore[import-not-found]

    data = small(tmp_path, 2)
    data["filters"].append({"name": "mine"})
    with pytest.raises(RunError, match=r"lacks what the recipe names: No module named 'my_own_filter'\. Install in"):
        run_there(tmp_path / "out", data, words, filters={"mine": my_own_filter.Mine})


def test_a_run_whose_workers_are_killed_fails_and_goes_on_to_the_same_shards(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    data = small(tmp_path, 40)
    (tmp_path / "services").mkdir()
    output = tmp_path / "out"
    with worker_pool(tmp_path / "services") as pool:

        def kill() -> None:
            while len(list(output.glob("stages/*/*.json"))) < 12:
                time.sleep(0.01)
            pool.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(RunError, match="the job failed: a worker was lost"):
            run_there(output, data, (*words[:2], f"--environment_config={pool.address}"))
        killer.join()
    committed = set(output.glob("stages/*/*.json"))
    assert not (output / "manifest.json").exists()
    times = {path: path.stat().st_mtime_ns for path in committed}
    again = run_there(output, data, words)
    assert again is not None
    assert shards(again) == shards(run(tmp_path / "here", data))
    assert times == {path: path.stat().st_mtime_ns for path in committed}


def test_the_command_line_runs_a_recipe_on_a_job_service(tmp_path: Path, words: tuple[str, ...]) -> None:
    data = small(tmp_path, 2)
    file = tmp_path / "recipe.yaml"
    file.write_text(yaml.safe_dump(data), encoding="utf-8")
    command = [sys.executable, "-m", "corpusflow.cli", "run", str(file), "--output", str(tmp_path / "out"), "--json"]
    command += ["--runner", "PortableRunner", "--beam", words[0], "--beam", "--environment_type=LOOPBACK"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(said.stdout)["manifest"] == run(tmp_path / "here", data)
    assert f"the run directory: {tmp_path / 'out'} is a local path; all workers must see it" in said.stderr
    assert f"sources[0].path: {tmp_path / 'in/a.warc.gz'} is a local path" in said.stderr
