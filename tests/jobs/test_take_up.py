"""What is done about a death of a worker, and when there is no hope."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.errors import RunError
from corpusflow.progress import COUNTERS, STAGES
from corpusflow.store.paths import LocalStore
from corpusflow.store.set_aside import BlockAtWork, read_set_aside
from jobs.take_up import MOST_IN_VAIN, MOST_STARTS, Deaths, with_earlier


def block(name: str, stage: str = "extract") -> BlockAtWork:
    return BlockAtWork(stage, name, f"stages/{stage}-1", f"key-{name}")


@pytest.fixture
def deaths(tmp_path: Path) -> Deaths:
    return Deaths(LocalStore(str(tmp_path)), str(tmp_path / "workers.log"))


def test_a_block_is_set_aside_at_the_second_death_and_not_at_the_first(deaths: Deaths) -> None:
    deaths.note([block("a"), block("b")], made=0, began=True)
    assert read_set_aside(deaths.store) == frozenset()
    deaths.note([block("b")], made=0, began=True)
    assert read_set_aside(deaths.store) == {block("b")}


def test_a_block_that_kills_where_it_is_left_out_ends_the_run(deaths: Deaths) -> None:
    for _ in range(2):
        deaths.note([block("a")], made=1, began=True)
    with pytest.raises(RunError, match="block a of stage extract kills its worker even where it is left out"):
        deaths.note([block("a")], made=1, began=True)


@pytest.mark.parametrize("stage", ["negatives", "shard"])
def test_what_is_of_the_whole_corpus_ends_the_run_at_its_second_death(stage: str, deaths: Deaths) -> None:
    deaths.note([block("a", stage)], made=0, began=True)
    with pytest.raises(RunError, match=f"block a of stage {stage} killed its worker twice.*cannot be left out"):
        deaths.note([block("a", stage)], made=1, began=True)


def test_deaths_in_vain_end_the_run_and_a_commit_in_between_does_not_count_them_on(deaths: Deaths) -> None:
    for number in range(MOST_IN_VAIN - 1):
        deaths.note([block(f"a{number}")], made=0, began=True)
    deaths.note([block("b")], made=1, began=True)
    for number in range(MOST_IN_VAIN - 1):
        deaths.note([block(f"c{number}")], made=0, began=True)
    with pytest.raises(RunError, match=f"died {MOST_IN_VAIN} times in a row while nothing was committed.*block d of"):
        deaths.note([block("d")], made=0, began=True)


def test_workers_that_cannot_start_end_the_run_with_what_they_said(deaths: Deaths) -> None:
    Path(deaths.workers_log).write_text("Traceback\nModuleNotFoundError: No module named 'mine'\n", encoding="utf-8")
    for _ in range(MOST_STARTS - 1):
        deaths.note([], made=0, began=False)
    with pytest.raises(RunError, match=r"cannot start; .*workers.log says why: ModuleNotFoundError.*'mine'"):
        deaths.note([], made=0, began=False)


def test_what_was_made_before_a_death_counts_as_made_once() -> None:
    def boards(**counts: int) -> dict[str, dict[str, int]]:
        return {stage: dict.fromkeys(COUNTERS, 0) | (counts if stage == "embed" else {}) for stage in STAGES}

    first = boards(done=3, reused=1, items=8, embedded=6)
    second = with_earlier(boards(done=2, reused=4, items=12, embedded=4), first)
    assert second["embed"] == boards(done=5, reused=1, items=12, embedded=10)["embed"]
    assert with_earlier(first, None) == first
