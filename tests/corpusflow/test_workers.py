from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from corpusflow.progress_folder import OWNER, PREFIX, progress_folder, sweep
from corpusflow.store.set_aside import BlockAtWork
from corpusflow.workers import (
    at_work,
    dead_workers,
    ended_well,
    name_suspects,
    read_suspects,
    stop_workers,
    workers,
    working_on,
)

SOME = BlockAtWork("extract", "b1", "stages/extract-1", "k")
OTHER = BlockAtWork("fetch", "web-01", "stages/fetch-1", "k")


def test_what_a_thread_is_at_is_told_until_it_is_done(tmp_path: Path) -> None:
    with working_on(str(tmp_path), SOME):
        with working_on(str(tmp_path), OTHER):
            assert at_work(str(tmp_path)) == {os.getpid(): [SOME, OTHER]}
        assert at_work(str(tmp_path)) == {os.getpid(): [SOME]}
    assert at_work(str(tmp_path)) == {}


def test_a_stage_that_fails_leaves_no_note(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broken"), working_on(str(tmp_path), SOME):
        raise ValueError("broken")
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_nothing_is_noted() -> None:
    with working_on(None, SOME):
        pass


def test_a_worker_that_is_gone_without_its_end_is_dead(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        for number in (process.pid, os.getpid()):
            (tmp_path / f"{number}.worker").touch()
        assert workers(str(tmp_path)) == sorted([process.pid, os.getpid()])
        assert dead_workers(str(tmp_path)) == []
        ended_well(str(tmp_path))
        stop_workers(str(tmp_path))
        assert process.wait() == -signal.SIGKILL
    assert dead_workers(str(tmp_path)) == [process.pid]


def test_suspects_are_told_to_the_next_workers(tmp_path: Path) -> None:
    assert read_suspects(str(tmp_path)) == frozenset()
    name_suspects(str(tmp_path), [OTHER, SOME])
    assert read_suspects(str(tmp_path)) == {SOME, OTHER}


def test_folders_of_dead_runs_are_swept_and_those_of_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead, young = tmp_path / f"{PREFIX}dead", tmp_path / f"{PREFIX}young"
    dead.mkdir()
    (dead / OWNER).touch()
    young.mkdir()
    with progress_folder() as folder:
        assert not dead.exists()
        sweep()
        assert Path(folder).exists()
        assert young.exists()  # its run may be about to lock it
    assert list(tmp_path.iterdir()) == [young]
