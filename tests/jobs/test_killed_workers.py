"""Runs whose worker processes are killed: they go on by themselves, without what kills."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from corpusflow.errors import RunError
from corpusflow.recipe import parse_recipe
from corpusflow.work_done import WorkDone
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus
from tests.jobs.deadly import Deadly, DeadlyAtEnd
from tests.jobs.runs import samples, shards, warc
from tests.web import HOST, captures, page, recipe, sentence, write_warc

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX systems")


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    # Workers must find the filters that kill them.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    return dict(available_filters()) | {rule.name: rule for rule in (Deadly, DeadlyAtEnd)}


@pytest.fixture
def data(tmp_path: Path) -> dict[str, Any]:
    """Twelve pages of a picture each, in blocks of three; the fifth has the word `poison`."""
    items = captures(range(12))
    items[4] = (f"{HOST}/4.html", page("Story 4", f"{sentence(4)} poison", "/4.jpg"))
    return recipe(warc(write_warc(tmp_path / "a.warc.gz", items)), filters=[], limits={"failed_documents": 0.5})


def with_filter(data: dict[str, Any], name: str, **options: Any) -> dict[str, Any]:
    return data | {"filters": [{"name": name, "options": options}]}


def run(output: Path, data: dict[str, Any], registry: dict[str, Any], **options: Any) -> tuple[Any, WorkDone]:
    done: list[WorkDone] = []
    chosen = RunOptions(**({"workers": 2} | options))
    manifest = run_corpus(parse_recipe(data, registry), registry, str(output), chosen, tell=done.append)
    return manifest, done[0]


def failures(output: Path) -> list[dict[str, Any]]:
    rows = pq.read_table(output / "ledger" / "ledger.parquet").to_pylist()
    return [row for row in rows if row["failed"]]


def test_a_run_whose_worker_is_killed_once_goes_on_to_the_same_shards(
    tmp_path: Path, data: dict[str, Any], registry: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    whole, _ = run(tmp_path / "whole", data, registry, workers=1)
    caplog.set_level(logging.WARNING)
    once = str(tmp_path / "once")
    killed, work = run(tmp_path / "killed", with_filter(data, "deadly", word="poison", once=once), registry)
    assert shards(killed) == shards(whole)
    assert [message for message in caplog.messages if "died" in message] == [
        f"a worker process died at block {block_of_poison(tmp_path / 'whole')} of stage screen; the run goes on from "
        "what is committed"
    ]
    assert not work.set_aside
    assert work.made["extract"] == 4
    assert work.memory is not None
    assert work.memory.worker > 50_000_000


def block_of_poison(output: Path) -> str:
    for file in sorted((output / "stages").glob("extract-*/*.parquet")):
        if "poison" in str(pq.read_table(file, columns=["segments"]).to_pylist()):
            return file.stem
    raise AssertionError("there is no poison")


@pytest.mark.parametrize(("name", "stage"), [("deadly", "screen"), ("deadly_at_end", "judge")])
def test_a_block_that_kills_twice_is_set_aside_and_the_others_are_kept(
    name: str, stage: str, tmp_path: Path, data: dict[str, Any], registry: dict[str, Any]
) -> None:
    output = tmp_path / "out"
    manifest, work = run(output, with_filter(data, name, word="poison"), registry)
    assert work.set_aside == {stage: 1}
    assert f"blocks set aside, since they killed their workers: {stage} 1" in str(work)
    assert manifest["samples"] == 9
    assert manifest["summary"]["documents"]["failed"] == {f"{stage}/worker_killed": 3}
    block = block_of_poison(output)
    told = [row for row in failures(output) if row["lost"]]
    assert {row["block"] for row in told} == {block}
    assert {row["message"] for row in told} == {
        f"block {block} killed its worker twice in stage {stage} and was set aside"
    }
    assert {row["what"] for row in told} == {f"{HOST}/{number}.html" for number in (3, 4, 5)}
    assert len(samples(output)) == 9


def test_workers_that_cannot_start_end_the_run_with_the_reason(
    tmp_path: Path, data: dict[str, Any], registry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.options.WORKER", "no_such_module")
    # Beam would wait for them forever.
    monkeypatch.setattr("jobs.local.END_S", 0.5)
    with pytest.raises(RunError, match=r"worker processes cannot start; .*workers.log says why: .*no_such_module"):
        run(tmp_path / "out", data, registry)


def test_a_run_in_which_every_worker_dies_ends_with_a_plain_message(
    tmp_path: Path, data: dict[str, Any], registry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.take_up.MOST_IN_VAIN", 1)
    with pytest.raises(RunError, match=r"died 1 times in a row while nothing was committed.* of stage screen"):
        run(tmp_path / "out", with_filter(data, "deadly", word=""), registry)
