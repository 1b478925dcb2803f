from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest

from corpusflow import watch
from corpusflow.progress import COUNTERS, STAGES, Board, read_boards
from corpusflow.watch import GROUPS, Watch, current_group, line, total_items


def boards(**stages: dict[str, int]) -> dict[str, dict[str, int]]:
    return {stage: dict.fromkeys(COUNTERS, 0) | stages.get(stage, {}) for stage in STAGES}


def test_every_stage_is_in_one_group_in_its_order() -> None:
    assert tuple(stage for group in GROUPS for stage in group) == STAGES


def test_before_anything_is_planned_no_stage_runs() -> None:
    assert current_group(boards()) is None


def test_the_last_group_that_has_begun_is_the_one_that_runs() -> None:
    some = boards(load={"planned": 1}, extract={"planned": 2}, fetch={"planned": 1, "items": 3})
    assert current_group(some) == ("fetch", "pdq", "faces", "embed")


def test_what_was_dropped_before_does_not_come_in() -> None:
    some = boards(load={"items": 9}, screen={"items": 8, "dropped": 2}, select={"items": 6, "dropped": 1, "images": 20})
    assert [total_items(some, group[0]) for group in GROUPS] == [0, 9, 6, 20, 5, 0, 5, 0]


def test_a_line_tells_counts_rate_losses_and_time_left() -> None:
    some = boards(load={"items": 1000}, extract={"failed": 3}, screen={"items": 400, "dropped": 50, "done": 1})
    told = line(some, ("extract", "screen"), 10.0)
    assert told == "extract, screen · 400 of 1,000 documents · 10/s · dropped 50 · failed 3 · 1:00 left"


@pytest.mark.parametrize(
    ("items", "blocks", "told"),
    [
        (49, {"done": 2}, False),
        (50, {"done": 1}, True),
        (10, {"done": 2, "reused": 1}, True),
        (900, {"reused": 9}, False),
    ],
)
def test_the_time_left_is_told_once_something_is_known(items: int, blocks: dict[str, int], told: bool) -> None:
    some = boards(load={"items": 1000}, screen={"items": items} | blocks)
    assert (" left" in line(some, ("extract", "screen"), 10.0)) == told


def test_a_line_without_a_total_tells_no_time() -> None:
    assert line(boards(load={"items": 5}), ("load",), 2.0) == "load · 5 documents · 2/s"


def test_boards_of_all_processes_are_summed_and_torn_ones_passed_over(tmp_path: Path) -> None:
    board = Board(str(tmp_path))
    board.add("extract", "items", 3)
    board.add("extract", "items")
    (tmp_path / "other.counts").write_bytes((tmp_path / f"{os.getpid()}.counts").read_bytes())
    (tmp_path / "torn.counts").write_bytes(b"123")
    assert read_boards(str(tmp_path))["extract"]["items"] == 8


def test_elsewhere_than_on_a_terminal_a_line_comes_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PLAIN_S", 0.05)
    board = Board(str(tmp_path))
    out = io.StringIO()
    look = Watch(out)
    look(str(tmp_path))
    assert out.getvalue() == ""
    time.sleep(0.06)
    look(str(tmp_path))
    assert out.getvalue() == "starting workers\n"
    time.sleep(0.06)
    look(str(tmp_path))
    assert out.getvalue() == "starting workers\n"
    monkeypatch.setattr(watch, "STARTING_S", 0.05)
    time.sleep(0.06)
    look(str(tmp_path))
    assert out.getvalue().splitlines()[1:] == ["starting workers for 0 s"]
    board.add("load", "planned")
    board.add("load", "items", 7)
    time.sleep(0.06)
    look(str(tmp_path))
    assert out.getvalue().splitlines()[2].startswith("load · 7 documents · ")


@pytest.mark.parametrize(("busy", "told"), [("12", "1 of 2 workers"), ("launcher", "")])
def test_workers_that_wait_for_the_launcher_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, busy: str, told: str
) -> None:
    monkeypatch.setattr(watch, "PLAIN_S", 0.0)
    Board(str(tmp_path)).add("load", "planned")
    for process in (11, 12):
        (tmp_path / f"{process}.worker").touch()
    process = os.getpid() if busy == "launcher" else int(busy)
    (tmp_path / f"{process}-0.at").write_text('["load", "a", "stages/load", "key"]')
    out = io.StringIO()
    Watch(out)(str(tmp_path))
    assert out.getvalue().removeprefix("load · 0 documents").strip("· \n") == told
