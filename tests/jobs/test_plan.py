from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from corpusflow.cli import app
from corpusflow.cost.estimate import Estimate
from corpusflow.cost.prices import read_prices
from corpusflow.errors import StartError
from corpusflow.inspect.report import write_report
from corpusflow.recipe import parse_recipe
from corpusflow.store.paths import LocalStore, open_store
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.dataflow_options import DISK_GB, MACHINE, MAX_WORKERS, machine_for
from jobs.estimate import estimate
from jobs.launch import run_corpus
from jobs.rates import EstimateOptions
from jobs.sample_run import quotas
from tests.command_line import call
from tests.jobs.runs import run, warc
from tests.web import captures, write_warc


def recipe(path: Path, **sections: Any) -> dict[str, Any]:
    given = {"name": "plan", "sources": [warc(path)], "fetch": {"web": False}, "load": {"block_pages": 10}}
    return given | {"filters": [{"name": "text_length", "options": {"min_words": 10}}]} | sections


def planned(data: dict[str, Any], output: Path | None, **options: Any) -> Estimate:
    registry = available_filters()
    store = open_store(str(output)) if output else None
    return estimate(parse_recipe(data, registry), registry, store, EstimateOptions(**options))


def made(found: Estimate) -> dict[str, int | None]:
    return {stage.stage: stage.made for stage in found.stages}


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two archives of 60 pages each, with a picture a page."""
    folder = tmp_path_factory.mktemp("archives")
    for number in range(2):
        write_warc(folder / f"{number}.warc.gz", captures(range(60 * number, 60 * number + 60)))
    return folder


def test_a_tenth_of_a_homogeneous_corpus_tells_the_whole(archives: Path, tmp_path: Path) -> None:
    output = tmp_path / "run"
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump(recipe(archives)))
    told = json.loads(call("plan", str(file), "--output", str(output), "--sample", "12", "--json").splitlines()[-1])
    manifest = run(output, recipe(archives))
    documents = manifest["summary"]["documents"]
    amounts = {name: amount["value"] for name, amount in told["amounts"].items()}
    assert amounts["documents_in"] == documents["in"] == 120
    assert amounts["documents_kept"] == documents["kept"] == 120
    assert amounts["images_unique"] == 120
    assert amounts["input_bytes"] == sum(path.stat().st_size for path in archives.iterdir())
    assert amounts["shard_bytes"] == pytest.approx(sum(shard["bytes"] for shard in manifest["shards"]), rel=0.2)
    report = (output / "report.html").read_text(encoding="utf-8")
    assert "Expected before the run" in report
    assert "work of extract" in report


def test_nothing_is_written_where_no_run_directory_is_named(
    archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump(recipe(archives)))
    monkeypatch.chdir(tmp_path)
    said = call("plan", str(file), "--sample", "4")
    assert "documents in" in said
    assert [path.name for path in tmp_path.iterdir()] == ["plan.yaml"]


def test_plan_supposes_the_machines_that_submit_asks_for() -> None:
    commands = {command.name: command for command in get_command(app).commands.values()}
    planned, submitted = (
        {option.name: option.default for option in commands[name].params} for name in ("plan", "submit")
    )
    assert planned["max_workers"] == submitted["max_workers"] == MAX_WORKERS
    assert planned["machine_type"] == submitted["machine_type"] == ""  # `machine_for` chooses
    assert EstimateOptions().machine_type == machine_for("") == MACHINE
    assert read_prices().disk_gb == submitted["disk_gb"] == DISK_GB


def test_what_stands_is_told_stage_by_stage(archives: Path, tmp_path: Path) -> None:
    output, data = tmp_path / "run", recipe(archives)
    before = planned(data, output, sample=4)
    blocks = {stage.stage: stage.blocks.value for stage in before.stages}
    assert (blocks["load"], blocks["extract"]) == (2, 12)
    assert set(made(before).values()) == {0}

    registry = available_filters()
    run_corpus(parse_recipe(data, registry), registry, str(output), RunOptions(until="extract"))
    half = planned(data, output, sample=4)
    assert made(half) == dict.fromkeys(made(before), 0) | {"load": 2, "extract": 12}
    assert next(stage.left.value for stage in half.stages if stage.stage == "extract") == 0

    run(output, data)
    after = planned(data, output)
    assert after.rates == "the run that stands there"
    assert all(stage.made == stage.blocks.value for stage in after.stages)
    assert after.cpu_hours().value == 0
    assert after.hours.value == after.hours.low


def test_another_threshold_leaves_what_does_not_depend_on_it(archives: Path, tmp_path: Path) -> None:
    output = tmp_path / "run"
    run(output, recipe(archives))
    shape = {"name": "document_shape", "options": {"min_images": 2}}
    other = recipe(archives, filters=[*recipe(archives)["filters"], shape])
    found = made(planned(other, output))
    assert (found["extract"], found["screen"], found["align"]) == (12, 12, 12)
    assert found["judge"] == 0
    assert found["shard"] is None  # whether they change is known once judge has run


def test_new_input_leaves_what_the_old_has_made(archives: Path, tmp_path: Path) -> None:
    folder, output = tmp_path / "grown", tmp_path / "run"
    write_warc(folder / "0.warc.gz", captures(range(60)))
    run(output, recipe(folder))
    write_warc(folder / "1.warc.gz", captures(range(100, 130)))
    found = planned(recipe(folder), output)
    stages = {stage.stage: stage for stage in found.stages}
    assert (stages["extract"].made, stages["screen"].made, stages["align"].made) == (6, 6, None)
    assert stages["extract"].blocks.value == 9
    assert found.amounts["documents_in"].value == pytest.approx(90, rel=0.2)


def test_rates_can_be_those_of_another_run(archives: Path, tmp_path: Path) -> None:
    run(tmp_path / "run", recipe(archives))
    found = planned(recipe(archives), None, rates=str(tmp_path / "run"))
    assert found.amounts["documents_kept"].value == 120
    assert set(made(found).values()) == {0}
    with pytest.raises(StartError, match="no run that has ended"):
        planned(recipe(archives), None, rates=str(tmp_path / "nothing"))


def test_pages_of_the_web_are_not_fetched_for_an_estimate(tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text("".join(f"http://127.0.0.1:9/{number}\n" for number in range(50)))
    source = {"kind": "urls", "path": str(tmp_path / "urls.txt")}
    fetch = {"contact": "mailto:test@site.example"}
    found = planned({"name": "plan", "sources": [source], "fetch": fetch}, None)
    assert found.amounts["documents_in"].value == 35  # 7 of 10, the stated share
    assert any("no page was measured" in note for note in found.notes)


def test_images_of_the_web_are_counted_and_not_fetched(tmp_path: Path) -> None:
    pages = [(url, body) for url, body in captures(range(20)) if url.endswith(".html")]
    write_warc(tmp_path / "0.warc.gz", pages)
    data = recipe(tmp_path, fetch={"contact": "mailto:test@site.example"})
    found = planned(data, None, sample=10)
    assert found.amounts["images_to_fetch"].value == 20
    assert any("not asked for" in note for note in found.notes)


def test_a_part_without_a_page_stops_no_estimate(archives: Path, tmp_path: Path) -> None:
    write_warc(tmp_path / "0.warc.gz", captures(range(5)))
    write_warc(tmp_path / "1.warc.gz", [])
    found = planned(recipe(tmp_path), None, sample=4)
    assert found.parts == 2
    assert found.amounts["documents_in"].value == 5


def test_the_sample_is_drawn_evenly_and_each_part_gives_some() -> None:
    assert quotas(10, 4) == [2, 3, 2, 3]
    assert quotas(2, 4) == [1, 1, 1, 1]


def test_an_estimate_does_not_stand_in_the_way_of_a_report_without_one(archives: Path, tmp_path: Path) -> None:
    run(tmp_path / "run", recipe(archives))
    write_report(LocalStore(str(tmp_path / "run")))
    assert "Expected before" not in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_small_archives_are_read_until_the_sample_is_whole(tmp_path: Path) -> None:
    for number in range(20):
        write_warc(tmp_path / "in" / f"{number}.warc.gz", captures([number]))
    assert "a sample of 12 pages of 12 parts" in planned(recipe(tmp_path / "in"), None, sample=12).rates
    assert "a sample of 20 pages of 20 parts" in planned(recipe(tmp_path / "in"), None, sample=200).rates
