from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.decision import LedgerRow
from corpusflow.errors import RunError
from corpusflow.store.block import Block, Stage, fail_document
from corpusflow.store.commit import LEDGER, BlockWriter, read_rows
from corpusflow.store.paths import LocalStore, Store
from corpusflow.store.set_aside import BlockAtWork, read_set_aside, set_aside, take_back


def work(block: Block, settings: None, out: BlockWriter) -> None:
    out.counts["items"] += 1


def leave_out(block: Block, settings: None, out: BlockWriter) -> None:
    fail_document(block, out, "d1", "http://site.example/1", texts=3, images=2)


def stage(store: Store, version: int = 1) -> Stage[None]:
    return Stage("extract", version, None, None, work, store, gives_up=leave_out)


def entry(made: Stage[None], block: Block) -> BlockAtWork:
    return BlockAtWork(made.name, block.id, made.place, made.made_from(block))


def test_what_is_set_aside_is_listed_once_and_in_order(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    assert read_set_aside(store) == frozenset()
    first, second = entry(stage(store), Block("a")), entry(stage(store), Block("b"))
    set_aside(store, [second])
    set_aside(store, [first, second])
    assert read_set_aside(store) == {first, second}


def test_a_block_that_is_given_up_is_committed_with_failures_that_name_it(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = Block("b1")
    commit = stage(store).give_up(block)
    assert commit.is_set_aside
    assert block.done(commit).is_set_aside
    assert stage(store).committed(block) == commit
    told = [LedgerRow.from_json(row) for row in read_rows(store, commit, LEDGER)]
    assert [(row.unit, row.lost, row.reason, row.what) for row in told] == [
        ("record", False, "worker_killed", "b1"),
        ("document", True, "worker_killed", "http://site.example/1"),
    ]
    assert {row.message for row in told} == {"block b1 killed its worker twice in stage extract and was set aside"}
    assert (told[1].block, told[1].document, told[1].texts, told[1].images) == ("b1", "d1", 3, 2)


def test_a_stage_of_the_whole_corpus_gives_nothing_up(tmp_path: Path) -> None:
    whole = Stage("shard", 1, None, None, work, LocalStore(str(tmp_path)))
    with pytest.raises(RunError, match="block train-000000 of stage shard kills its worker, and cannot be left out"):
        whole.give_up(Block("train-000000"))


def test_what_is_taken_back_is_not_committed_any_more_and_the_rest_is(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    aside, mended, other = Block("a"), Block("b"), Block("c")
    stage(store).give_up(aside)
    stage(store).run(mended)
    stage(store).give_up(other)
    set_aside(store, [entry(stage(store), aside), entry(stage(store), mended), entry(stage(store, 2), other)])
    take_back(store)
    assert stage(store).committed(aside) is None
    assert stage(store).committed(mended) is not None
    assert stage(store).committed(other) is not None  # of another version
    assert read_set_aside(store) == frozenset()
