"""The lock of a run directory on an object store."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import pytest

from corpusflow.errors import RunError, StartError
from corpusflow.store.paths import Store, open_store
from jobs import lease
from jobs.lease import Held, held
from jobs.lock import holding_job, locked, release


@pytest.fixture
def store(bucket: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(lease, "BEAT_S", 0.2)
    return open_store(f"{bucket}/run")


def wait_until(done: Callable[[], bool]) -> None:
    for _ in range(500):
        if done():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come")


def test_the_lock_is_there_and_beats_until_it_is_given_back(store: Store) -> None:
    with locked(store):
        first = held(store)
        assert first is not None
        assert first.holder.startswith("process ")
        wait_until(lambda: (held(store) or first).beat >= first.beat + 2)
    assert not store.exists("run.lock")


def test_a_run_beside_one_that_lives_is_refused_by_name(store: Store) -> None:
    with locked(store), pytest.raises(StartError, match=r"another run works here .process"), locked(store):
        pass
    with locked(store):
        pass


def test_the_lock_of_a_killed_run_is_taken_over(store: Store) -> None:
    store.write("run.lock", Held("process 1 on another", "0", 41).to_bytes())
    with locked(store):
        assert (held(store) or Held("", "")).token != "0"
    assert not store.exists("run.lock")


def test_a_lock_that_makes_no_sense_is_taken_over(store: Store) -> None:
    store.write("run.lock", b"123")
    with locked(store):
        pass


def test_a_holder_that_finds_another_one_stops_and_leaves_the_lock_to_it(store: Store) -> None:
    other = Held("process 2 on another", "1").to_bytes()

    # It is interrupted wherever it is; a loop of short sleeps stands for the loop of a run.
    def work() -> None:
        with locked(store):
            store.write("run.lock", other)
            wait_until(lambda: False)

    with pytest.raises(RunError, match="process 2 on another took this run for gone"):
        work()
    assert store.read("run.lock") == other


def test_of_two_runs_that_start_at_once_one_has_the_lock(store: Store) -> None:
    told: list[str] = []
    met = threading.Barrier(2)

    def start() -> None:
        met.wait()
        try:
            with locked(store):
                told.append("had it")
                wait_until(lambda: len(told) == 2)
        except StartError:
            told.append("refused")

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["had it", "refused"]


def test_a_job_holds_the_lock_until_it_is_released(store: Store) -> None:
    with locked(store) as lock:
        lock.leave_to("job-7")
    assert holding_job(store) == "job-7"
    with pytest.raises(StartError, match=r"job-7 works here.*remove .*run/run\.lock"), locked(store):
        pass
    release(store, "job-8")
    assert json.loads(store.read("run.lock"))["holder"] == "job-7"
    release(store, "job-7")
    release(store, "job-7")
    assert holding_job(store) is None
    with locked(store):
        assert holding_job(store) is None


def test_a_bucket_that_is_not_there_is_told(gcs_bucket: str) -> None:
    with pytest.raises(StartError, match="there is no such bucket"), locked(open_store(f"{gcs_bucket}-none/run")):
        pass
