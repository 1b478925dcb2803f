"""Attempts of one block on an object store: killed at any step, and two at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpusflow.errors import StorageError
from corpusflow.store.commit import BlockWriter, Commit, committed
from corpusflow.store.paths import LocalStore, SharedStore, as_shared, open_store
from corpusflow.store.remote import RemoteStore

STEPS = ("publish", "write_new", "remove")  # whatever changes the store


class Killed(BaseException):
    pass


class _Watched(RemoteStore):
    """before: called with the number of each step that changes the store, before it is done."""

    def __init__(self, root: str, before: Callable[[int], None]) -> None:
        super().__init__(root)
        self.before, self.steps = before, 0

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name in STEPS:
            self.before(self.steps)
            self.steps += 1
        return found


def attempt(store: RemoteStore, text: bytes, key: str = "key") -> Commit:
    with BlockWriter(store, "some", "stages/some", "block", key) as out:
        out.blob("bin").write(text)
        out.blob("txt").write(b"same")
    return out.commit


def check(store: RemoteStore, texts: set[bytes], key: str = "key") -> None:
    """The block is committed with the files of one attempt."""
    commit = committed(store, "stages/some", "block", key)
    assert commit is not None
    assert store.read(commit.files["bin"].name) in texts
    store.sweep()
    named = {file.name for file in commit.files.values()}
    assert set(store.names("stages/some")) == named | {"stages/some/block.json"}


def test_files_of_a_block_are_named_by_their_content(bucket: str) -> None:
    store = RemoteStore(bucket)
    first, again = attempt(store, b"one"), attempt(store, b"one")
    assert first == again
    assert first.files["bin"].name == f"stages/some/block.{first.files['bin'].digest[:16]}.bin"
    check(store, {b"one"})


def test_the_files_of_an_old_commit_go(bucket: str) -> None:
    store = RemoteStore(bucket)
    attempt(store, b"old", "old key")
    attempt(store, b"new")
    assert len(list(store.names("stages/some"))) == 3
    check(store, {b"new"})


def test_a_block_killed_at_any_step_is_made_again(bucket: str) -> None:
    step, ended = 0, False
    while not ended:
        root = f"{bucket}/{step}"
        attempt(RemoteStore(root), b"old", "old key")

        def kill(number: int, last: int = step) -> None:
            if number >= last:
                raise Killed

        try:
            attempt(_Watched(root, kill), b"killed")
            ended = True
        except Killed:
            pass
        store = RemoteStore(root)
        if committed(store, "stages/some", "block", "key") is None:
            attempt(store, b"new")
        check(store, {b"killed", b"new"})
        step += 1
    assert step > 4


@pytest.mark.parametrize("before", ["", "old key"])
def test_of_two_attempts_at_once_one_is_the_commit_of_both(bucket: str, before: str) -> None:
    step, ended = 0, False
    while not ended:
        root = f"{bucket}/{step}"
        if before:
            attempt(RemoteStore(root), b"old", before)
        others: list[Commit] = []

        def other(number: int, root: str = root, at: int = step, others: list[Commit] = others) -> None:
            if number == at:
                there = RemoteStore(root)
                found = committed(there, "stages/some", "block", "key")
                others.append(found or attempt(there, b"other"))

        mine = attempt(_Watched(root, other), b"mine")
        store, ended = RemoteStore(root), not others
        # Whatever a runner takes of the two is there.
        found = committed(store, "stages/some", "block", "key")
        assert found == mine
        for commit in [mine, *others]:
            assert {store.read(file.name) for file in commit.files.values()} <= {b"mine", b"other", b"same"}
        check(store, {b"mine", b"other"})
        step += 1
    assert step > 3


def test_an_upload_that_fails_leaves_nothing(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(bucket)
    assert isinstance(store, RemoteStore)
    attempt(store, b"old", "old key")

    def broken(*args: Any, **options: Any) -> None:
        raise ConnectionResetError("the line is dead")

    system, _ = store._place("")
    monkeypatch.setattr(system, "put_file", broken)
    with pytest.raises(StorageError, match="the line is dead"):
        attempt(store, b"new")
    check(store, {b"old"}, "old key")


def test_attempts_at_once_on_a_shared_file_system_make_one_commit(tmp_path: Path) -> None:
    store = as_shared(LocalStore(str(tmp_path)))
    with BlockWriter(store, "some", "stages/some", "block", "key") as slow:
        slow.blob("bin").write(b"slow")
        with BlockWriter(SharedStore(str(tmp_path)), "some", "stages/some", "block", "key") as fast:
            fast.blob("txt").write(b"fast")
    assert slow.commit == fast.commit
    assert committed(LocalStore(str(tmp_path)), "stages/some", "block", "key") == fast.commit
    stray = tmp_path / f"stages/some/other.{'0' * 16}.bin"
    stray.write_bytes(b"of an attempt that was killed")
    store.sweep()
    assert set(store.names("stages/some")) == {fast.commit.files["txt"].name, "stages/some/block.json"}
