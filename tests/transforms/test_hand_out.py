from __future__ import annotations

import os
import time
from pathlib import Path

import apache_beam as beam
import pytest

from jobs.options import local_runner
from transforms.hand_out import TAKEN, TICKETS, HandOut, set_out, take

SLOW = 5  # of the first numbers; they take ten times as long


def done_by(number: int, folder: str) -> None:
    time.sleep(0.5 if number < SLOW else 0.05)
    Path(folder, f"{number}-{os.getpid()}").touch()


def test_what_was_set_out_is_taken_once_and_in_its_order(tmp_path: Path) -> None:
    folder = str(tmp_path / "work")
    tickets = {set_out(("some", word), folder) for word in ("b", "a", "c")}
    assert len(tickets) == 3
    first, second = take(folder), take(folder)
    assert next(first) == ("some", "b")
    assert next(second) == ("some", "a")
    assert list(second) == [("some", "c")]
    assert list(first) == []


def test_there_are_no_more_tickets_than_are_of_use(tmp_path: Path) -> None:
    assert len({set_out(number, str(tmp_path)) for number in range(3 * TICKETS)}) == TICKETS
    assert list(take(str(tmp_path))) == list(range(3 * TICKETS))


def test_what_another_process_is_just_taking_is_left_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    for word in ("a", "b"):
        set_out(word, str(folder))
    taken = min(folder.iterdir()).rename(min(folder.iterdir()).with_suffix(TAKEN))
    assert list(take(str(folder))) == ["b"]
    assert list(folder.iterdir()) == [taken]


def test_elsewhere_than_on_one_machine_elements_stay_where_they_are() -> None:
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        numbers = pipeline | beam.Create([1, 2])
        assert numbers | HandOut(None, "numbers") is numbers


@pytest.mark.skipif(os.name != "posix", reason="worker processes are started by a shell")
def test_a_process_that_is_free_takes_what_another_would_have_had_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    progress, done = tmp_path / "progress", tmp_path / "done"
    progress.mkdir()
    done.mkdir()
    runner, options = local_runner(2, str(tmp_path / "workers.log"), str(progress))
    with beam.Pipeline(runner=runner, options=options) as pipeline:
        # One group, which Beam would give to one process.
        grouped = pipeline | beam.Create([(None, number) for number in range(20)]) | beam.GroupByKey()
        numbers = grouped | "Numbers" >> beam.FlatMap(lambda group: sorted(group[1]))
        _ = numbers | HandOut(str(progress), "numbers") | "Work" >> beam.Map(done_by, str(done))
    files = [path.name.split("-") for path in done.iterdir()]
    assert sorted(int(number) for number, _ in files) == list(range(20))
    slow = {process for number, process in files if int(number) < SLOW}
    assert len(slow) == 2
    assert not list((progress / "work-numbers").iterdir())
    assert not list(progress.glob("*.worker"))  # they ended well
