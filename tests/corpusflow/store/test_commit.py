from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusflow.decision import Decision, Failure, decision_row, failure_row
from corpusflow.store.block import Block, Stage
from corpusflow.store.block_file import HELD
from corpusflow.store.commit import BlockWriter, Commit, committed, read_rows
from corpusflow.store.paths import LocalStore

SCHEMA = pa.schema([("n", pa.int64())])


def write(store: LocalStore, key: str = "k", rows: int = 3) -> Commit:
    with BlockWriter(store, "extract", "stages/extract-1", "b0", key) as out:
        out.table("parquet", SCHEMA).extend({"n": number} for number in range(rows))
        out.blob("bin").write(b"abc")
        out.counts["items"] = rows
    return out.commit


def test_a_block_is_committed_under_its_key_only(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    commit = write(store)
    assert committed(store, "stages/extract-1", "b0", "k") == commit
    assert committed(store, "stages/extract-1", "b0", "other") is None
    assert committed(store, "stages/extract-1", "b1", "k") is None
    assert [row["n"] for row in read_rows(store, commit, "parquet")] == [0, 1, 2]


def test_a_block_whose_function_fails_leaves_nothing(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))

    def fail(block: Block, settings: None, out: BlockWriter) -> None:
        out.blob("bin").write(b"half")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        Stage("extract", 1, None, None, fail, store).run(Block("b0"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("lost", ["b0.bin", "b0.parquet", "b0.json"])
def test_a_block_that_lost_a_file_is_not_committed(tmp_path: Path, lost: str) -> None:
    store = LocalStore(str(tmp_path))
    write(store)
    (tmp_path / "stages/extract-1" / lost).unlink()
    assert committed(store, "stages/extract-1", "b0", "k") is None


def test_a_file_of_another_length_is_not_committed(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    write(store)
    (tmp_path / "stages/extract-1/b0.bin").write_bytes(b"ab")
    assert committed(store, "stages/extract-1", "b0", "k") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": "k"}'])
def test_a_damaged_sidecar_is_no_commit(tmp_path: Path, text: str) -> None:
    store = LocalStore(str(tmp_path))
    write(store)
    (tmp_path / "stages/extract-1/b0.json").write_text(text)
    assert committed(store, "stages/extract-1", "b0", "k") is None


class Killed(BaseException):
    """Stands for SIGKILL: nothing after it runs, not even cleaning up."""


@pytest.mark.parametrize("step", range(4))
def test_a_kill_at_any_step_of_the_commit_leaves_no_false_commit(tmp_path: Path, step: int) -> None:
    """Steps: the old sidecar is removed, two files are renamed, the sidecar is renamed."""
    store = LocalStore(str(tmp_path))
    write(store, key="old", rows=3)

    class Dying(LocalStore):
        steps = 0

        def _step(self) -> None:
            if self.steps == step:
                raise Killed
            self.steps += 1

        def remove(self, name: str) -> None:
            self._step()
            super().remove(name)

        def publish(self, name: str) -> None:
            self._step()
            super().publish(name)

    dying = Dying(str(tmp_path))
    with pytest.raises(Killed):
        write(dying, key="new", rows=4)
    old = committed(store, "stages/extract-1", "b0", "old")
    assert committed(store, "stages/extract-1", "b0", "new") is None
    assert (old is not None) == (step == 0)
    assert write(store, key="new", rows=4).counts == {"items": 4}


def test_equal_rows_are_equal_bytes(tmp_path: Path) -> None:
    first, second = (write(LocalStore(str(tmp_path / name))) for name in ("a", "b"))
    assert first.digest == second.digest
    assert first.digest != write(LocalStore(str(tmp_path / "c")), rows=4).digest


def test_only_the_row_groups_that_are_asked_for_are_given(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    commit = write(store, rows=1300)  # three row groups
    asked = range(500, 1030)
    assert [row["n"] for row in read_rows(store, commit, "parquet", rows=asked)] == list(asked)


@pytest.mark.parametrize(("held", "groups"), [(HELD // 3, 3), (HELD // 3 + 1, 4), (HELD // 4, 3), (0, 1)])
def test_rows_that_take_much_memory_are_written_before_there_are_many(tmp_path: Path, held: int, groups: int) -> None:
    store = LocalStore(str(tmp_path))
    with BlockWriter(store, "align", "stages/align-1", "b0", "k") as out:
        table = out.table("parquet", SCHEMA)
        for number in range(12):
            table.add({"n": number}, held=held)
    file = store.path(out.commit.files["parquet"].name)
    assert pq.ParquetFile(file).num_row_groups == groups
    assert [row["n"] for row in read_rows(store, out.commit, "parquet")] == list(range(12))


def test_the_ledger_is_counted_by_reason(tmp_path: Path) -> None:
    with BlockWriter(LocalStore(str(tmp_path)), "extract", "stages/e", "b0", "k") as out:
        decision = Decision("image_size", "image_too_small", 1, 16, 150)
        out.note(decision_row(decision, stage="judge", block="b0", document="d", unit="image"))
        out.note(failure_row(Failure("extract", "empty_body", "", "u"), block="b0", document="d", unit="document"))
        out.note(failure_row(Failure("extract", "lie", "", "u", lost=False), block="b0", unit="document"))
    assert out.commit.counts == {
        "dropped/image/image_size/image_too_small": 1,
        "failed/document/extract/empty_body": 1,
        "noted/document/extract/lie": 1,
    }


def test_what_a_stage_made_for_itself_is_removed_once_the_block_is_committed(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write("f/mine", b"much work")

    def work(block: Block, settings: str, out: BlockWriter) -> None:
        out.spent.append("f/mine")
        if settings:
            raise OSError(settings)

    with pytest.raises(OSError, match="full"):
        Stage("load", 1, None, "full", work, store, folder="f").run(Block("b0"))
    assert store.exists("f/mine")
    Stage("load", 1, None, "", work, store, folder="f").run(Block("b0"))
    assert not store.exists("f/mine")
    assert store.exists("f/b0.json")


def stage(
    store: LocalStore, *, version: int = 1, section: object = None, reads: tuple[str, ...] | None = None
) -> Stage[None]:
    return Stage("judge", version, section, None, lambda block, settings, out: None, store, reads)


def test_a_key_changes_with_version_section_inputs_and_payload_and_with_nothing_else(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    commit = write(store)
    block = Block("b0", (commit,), (1,))
    keys = {
        stage(store).made_from(block),
        stage(store, version=2).made_from(block),
        stage(store, section={"min_side": 1}).made_from(block),
        stage(store).made_from(Block("b0", (write(store, rows=5),), (1,))),
        stage(store).made_from(Block("b0", (commit,), (2,))),
        stage(store).made_from(Block("b1", (commit,), (1,))),
    }
    assert len(keys) == 6
    slower = Commit.from_json(json.loads(json.dumps(commit.to_json())) | {"seconds": 99.0})
    assert stage(store).made_from(Block("b0", (slower,), (1,))) == stage(store).made_from(block)


def test_a_stage_runs_again_only_for_what_it_reads(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    rule = stage(store, reads=("align",))
    align = Commit("align", "b0", "f", "k", {}, {})
    before = Block("b0", (write(store), align))
    after = Block("b0", (write(store, rows=9), align))
    assert rule.made_from(before) == rule.made_from(after)
    assert stage(store).made_from(before) != stage(store).made_from(after)
