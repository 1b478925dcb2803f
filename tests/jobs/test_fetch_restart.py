"""Runs that are killed while they fetch: what the web had answered is not asked for again, and nothing is lost."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.fetch_restart import CONCURRENCY, kill_twice
from transforms.fetch import AT_ONCE

URLS = 400

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="takes all of 127.0.0.0/8")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_is_killed_twice_asks_for_nothing_again_that_was_answered(tmp_path: Path, workers: int) -> None:
    came = kill_twice(tmp_path, URLS, hosts=40, workers=workers)
    assert came.again == 0
    assert came.lost == 0
    assert came.stored == URLS
    assert 0 < came.recorded[0] < came.recorded[1] < URLS, "killed in the middle"
    # Under way or waiting, and one more for each block that is decoding what it took.
    most = workers * (CONCURRENCY + AT_ONCE)
    assert max(came.in_flight) <= most
    assert came.twice <= sum(came.in_flight)
    assert came.requests == URLS + came.twice
