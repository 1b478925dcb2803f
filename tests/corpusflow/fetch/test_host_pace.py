from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from corpusflow.errors import FetchError
from corpusflow.fetch.host_pace import GIVE_UP_AFTER, LEFT_ALONE_S, HostPace


class Clock:
    """Goes on only while somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self._yield = asyncio.sleep
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await self._yield(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


async def starts(pace: HostPace, clock: Clock, count: int, pause_s: float) -> list[float]:
    times = []
    for _ in range(count):
        async with pace.turn("u", pause_s):
            times.append(clock() - 100)
    return times


def test_requests_to_a_host_begin_a_pause_apart(clock: Clock) -> None:
    assert run(starts(HostPace(2, 60, clock), clock, 3, 1.5)) == [0, 1.5, 3]


def test_a_busy_host_is_waited_for_up_to_the_longest_wait(clock: Clock) -> None:
    pace = HostPace(2, 60, clock)
    pace.busy(60)
    assert run(starts(pace, clock, 2, 0)) == [60, 60]


def test_a_host_that_wants_more_patience_is_not_asked_till_then(clock: Clock) -> None:
    pace = HostPace(2, 60, clock)
    pace.busy(61)
    with pytest.raises(FetchError, match="host_busy"):
        run(starts(pace, clock, 1, 0))
    clock.now += 61
    assert run(starts(pace, clock, 1, 0)) == [61]


def test_a_host_that_is_silent_again_and_again_is_left_alone(clock: Clock) -> None:
    pace = HostPace(2, 60, clock)
    for _ in range(GIVE_UP_AFTER - 1):
        pace.silent("timeout")
    assert run(starts(pace, clock, 1, 0)) == [0]
    pace.silent("timeout")
    with pytest.raises(FetchError, match=r"host_given_up.*5 times in a row, the last: timeout"):
        run(starts(pace, clock, 1, 0))
    clock.now += LEFT_ALONE_S
    assert run(starts(pace, clock, 1, 0)) == [LEFT_ALONE_S]


def test_an_answer_between_keeps_a_host_in_use(clock: Clock) -> None:
    pace = HostPace(2, 60, clock)
    for _ in range(3):
        for _ in range(GIVE_UP_AFTER - 1):
            pace.silent("timeout")
        pace.answered()
    assert run(starts(pace, clock, 1, 0)) == [0]
