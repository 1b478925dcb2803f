from __future__ import annotations

import pytest

from corpusflow.progress import COUNTERS, STAGES
from corpusflow.work_done import Memory, WorkDone, work_done


def boards(**stages: dict[str, int]) -> dict[str, dict[str, int]]:
    return {stage: dict.fromkeys(COUNTERS, 0) | stages.get(stage, {}) for stage in STAGES}


def test_blocks_are_counted_by_stage_in_the_order_of_the_data() -> None:
    some = boards(shard={"done": 1}, judge={"done": 4, "reused": 2}, load={"reused": 3})
    work = work_done(some, 0)
    assert list(work.made.items()) == [("judge", 4), ("shard", 1)]
    assert list(work.reused.items()) == [("load", 3), ("judge", 2)]
    blocks = {"made": {"judge": 4, "shard": 1}, "reused": {"load": 3, "judge": 2}, "set_aside": {}}
    assert work.to_json() == {"blocks": blocks, "pictures": {}, "memory": None}


def test_pictures_are_told_where_only_known_ones_were_shown_too() -> None:
    some = boards(embed={"done": 2, "known": 16}, judge={"done": 1})
    work = work_done(some, 0)
    assert str(work) == "blocks made: embed 2, judge 1\npictures: embedded 0, known 16"
    assert work.to_json()["pictures"] == {"embedded": 0, "known": 16}
    assert work_done(boards(embed={"done": 2}), 0).pictures == {}


def test_parts_that_were_loaded_before_count_as_made() -> None:
    assert work_done(boards(load={"reused": 3}), 2) == WorkDone({"load": 2}, {"load": 1})


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (
            WorkDone({"judge": 4, "shard": 1}, {"load": 1200}),
            "blocks made: judge 4, shard 1; taken as they were: load 1,200",
        ),
        (WorkDone({"load": 1}, {}), "blocks made: load 1"),
        (WorkDone({}, {"load": 1}), "nothing was made again: everything was there"),
    ],
)
def test_the_line_tells_what_was_made_and_what_was_there(work: WorkDone, told: str) -> None:
    assert str(work) == told


def test_what_was_set_aside_is_told_in_any_run_that_goes_without_it() -> None:
    work = work_done(boards(judge={"reused": 4, "set_aside": 1}), 0)
    assert work.set_aside == {"judge": 1}
    assert str(work).splitlines()[1].startswith("blocks set aside, since they killed their workers: judge 1;")


def test_memory_is_told_of_workers_and_of_the_launcher() -> None:
    assert str(Memory(2, 411_600_000, 280_000_000)) == "memory: 2 workers, at most 412 MB each, launcher 280 MB"
    assert str(Memory(1, 280_000_000, 280_000_000)) == "memory: at most 280 MB"
