from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from corpusflow.errors import RunError
from jobs import submitted
from jobs.submitted import Boards, counters, waited_for


class Result:
    """A job as Beam gives it, that ends when it is told to, or is cancelled."""

    def __init__(self, counts: dict[str, int], error: str = "") -> None:
        self.state = "RUNNING"
        self.ended = threading.Event()
        self.counts = counts
        self.error = error

    def wait_until_finish(self) -> None:
        self.ended.wait(30)
        if self.error:
            raise RuntimeError(self.error)

    def cancel(self) -> None:
        self.state = "CANCELLED"
        self.ended.set()

    def metrics(self) -> Any:
        found = [
            SimpleNamespace(key=SimpleNamespace(metric=SimpleNamespace(name=name)), result=value)
            for name, value in self.counts.items()
        ]
        return SimpleNamespace(query=lambda wanted: {"counters": found})


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submitted, "LOOK_S", 0.01)


def test_the_counters_of_a_job_are_told_while_it_runs() -> None:
    result = Result({"load_planned": 2, "load_done": 1, "load_set_aside": 1, "other": 5})
    seen: list[Boards] = []

    def tick(boards: Boards) -> None:
        seen.append(boards)
        result.ended.set()

    waited_for(result, tick)
    assert (seen[0]["load"]["planned"], seen[0]["load"]["done"], seen[0]["embed"]["done"]) == (2, 1, 0)


def test_an_engine_without_counters_tells_none() -> None:
    assert counters(Result({})) is None


def test_a_job_that_fails_is_told_in_one_line() -> None:
    result = Result({}, "Traceback\n  File\ncorpusflow.errors.RunError: too much failed [while running 'Finish run']\n")
    result.ended.set()
    with pytest.raises(RunError, match=r"^the job failed: too much failed$"):
        waited_for(result, lambda boards: None)


def test_an_interrupt_cancels_the_job_and_says_how_far_that_came(caplog: pytest.LogCaptureFixture) -> None:
    result = Result({"load_planned": 2})

    def interrupt(boards: Boards) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        waited_for(result, interrupt)
    assert result.state == "CANCELLED"
    assert "the engine says of the job: CANCELLED" in caplog.text
