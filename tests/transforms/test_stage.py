from __future__ import annotations

from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.metrics import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions

from corpusflow.decision import Decision, Failure, decision_row, failure_row
from corpusflow.progress import COUNTERS, read_boards
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter
from corpusflow.store.paths import LocalStore, Store
from tests.transforms.blocks import outcome, run_on_beam, table
from transforms.stage import RunStage, run_block, summary

SCHEMA = pa.schema([("n", pa.int64())])
BLOCKS = [Block(f"b{number}", payload=(number,)) for number in range(3)]


def double(block: Block, factor: int, out: BlockWriter) -> None:
    """One row with the payload times the factor; a document dropped for every block but the first."""
    if block.payload[0] < 0:
        raise ValueError("negative")
    out.table("parquet", SCHEMA).add({"n": block.payload[0] * factor})
    out.counts["items"] += 1
    if block.payload[0]:
        decision = Decision("some", "odd")
        out.note(decision_row(decision, stage=out.stage, block=block.id, document="d", unit="document"))


def doubling(store: Store, factor: int = 2, name: str = "extract") -> Stage[int]:
    return Stage(name, 1, [factor], factor, double, store)


class RunAll(beam.PTransform):
    """Wires RunStage alone."""

    def __init__(self, stage: Stage[Any], progress: str | None = None) -> None:
        super().__init__()
        self.stage, self.progress = stage, progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return blocks | beam.ParDo(RunStage(self.stage, self.progress))


def test_a_block_is_worked_once_and_then_taken_as_committed(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    first, worked = run_block(doubling(store), BLOCKS[2])
    assert worked
    assert table(store, first) == [{"n": 4}]
    assert run_block(doubling(store), BLOCKS[2]) == (first, False)


def test_the_block_after_a_stage_has_its_commit_and_no_payload(tmp_path: Path) -> None:
    after, _ = run_block(doubling(LocalStore(str(tmp_path))), BLOCKS[2])
    assert (after.id, after.payload) == ("b2", ())
    assert [commit.stage for commit in after.inputs] == ["extract"]


def test_another_section_or_another_payload_is_worked_again(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    run_block(doubling(store), BLOCKS[1])
    assert run_block(doubling(store, factor=3), BLOCKS[1])[1]
    assert run_block(doubling(store), Block("b1", payload=(5,)))[1]


def test_a_stage_that_fails_names_the_block_and_leaves_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ValueError, match="negative"):
        run_block(doubling(LocalStore(str(tmp_path))), Block("bad", payload=(-1,)))
    assert caplog.messages == ["stage extract failed on block bad"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def noted(store: Store, stage: str) -> BlockWriter:
    with BlockWriter(store, stage, "stages/s", "b", "k") as out:
        out.counts.update({"items": 9, "images": 4})
        for unit in ("document", "image", "image"):
            out.note(decision_row(Decision("some", "odd"), stage=stage, block="b", document="d", unit=unit))
        out.note(failure_row(Failure(stage, "broken", "", "u"), block="b", document="d", unit="document"))
        out.note(failure_row(Failure(stage, "told", "", "u", lost=False), block="b", document="d", unit="document"))
    return out


def test_the_summary_counts_documents_and_of_fetch_images(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    judged, fetched = (noted(store, stage).commit for stage in ("judge", "fetch"))
    assert summary(judged) == {"items": 9, "images": 4, "dropped": 1, "failed": 1}
    assert summary(fetched) == {"items": 9, "images": 4, "dropped": 2, "failed": 0}


def test_the_summary_of_a_stage_that_counted_nothing_is_zero(tmp_path: Path) -> None:
    with BlockWriter(LocalStore(str(tmp_path)), "extract", "stages/s", "b", "k") as out:
        pass
    assert summary(out.commit) == {"items": 0, "images": 0, "dropped": 0, "failed": 0}


def test_beam_gives_what_run_block_gives_and_the_board_tells_what_was_done(tmp_path: Path) -> None:
    store, alone = LocalStore(str(tmp_path / "beam")), LocalStore(str(tmp_path / "alone"))
    progress = tmp_path / "progress"
    progress.mkdir()
    by_hand = [run_block(doubling(alone), block)[0] for block in BLOCKS]
    assert outcome(run_on_beam(RunAll(doubling(store), str(progress)), BLOCKS, tmp_path)) == outcome(by_hand)
    seen = read_boards(str(progress))["extract"]
    assert seen == dict.fromkeys(COUNTERS, 0) | {"planned": 3, "done": 3, "items": 3, "dropped": 2}
    assert outcome(run_on_beam(RunAll(doubling(store), str(progress)), BLOCKS, tmp_path)) == outcome(by_hand)
    assert read_boards(str(progress))["extract"]["reused"] == 3


def test_beam_counts_what_was_done(tmp_path: Path) -> None:
    pipeline = beam.Pipeline(runner="FnApiRunner", options=PipelineOptions([]))
    _ = pipeline | beam.Create(BLOCKS) | RunAll(doubling(LocalStore(str(tmp_path)), name="judge"))
    result = pipeline.run()
    result.wait_until_finish()
    counters = result.metrics().query(MetricsFilter().with_namespace("corpusflow"))["counters"]
    counted = {counter.key.metric.name: counter.committed for counter in counters}
    assert {name: count for name, count in counted.items() if count} == {
        "judge_planned": 3,
        "judge_done": 3,
        "judge_items": 3,
        "judge_dropped": 2,
    }
