from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.store import journals
from corpusflow.store.journals import journal_exists, journals_among, open_journal, remove_journal
from corpusflow.store.paths import Store, open_store

NAME = "stages/s/b.key.journal"


@pytest.fixture(params=["local", "gcs_bucket", "s3_bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "local":
        return open_store(str(tmp_path / "store"))
    return open_store(f"{request.getfixturevalue(request.param)}/run")


def test_a_journal_goes_on_where_it_was_closed(store: Store) -> None:
    assert not journal_exists(store, NAME)
    with open_journal(store, NAME) as journal:
        journal.add("a", {"n": 1}, b"one")
    with open_journal(store, NAME) as journal:
        assert journal.read("a") == ({"n": 1}, b"one")
        journal.seal()
        journal.add("a", {"n": 2}, b"two")
    with open_journal(store, NAME, read_only=True) as journal:
        assert (journal.read("a"), journal.round("a")) == (({"n": 2}, b"two"), 1)
    assert journal_exists(store, NAME)
    assert journals_among(store.names("stages/s")) == [NAME]


def test_reading_one_that_is_not_there_is_told(store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        open_journal(store, NAME, read_only=True)


def test_nothing_is_left_of_a_removed_journal(store: Store) -> None:
    for number in range(3):
        with open_journal(store, NAME) as journal:
            journal.add(str(number), {})
    with open_journal(store, f"{NAME}2.journal") as other:
        other.add("a", {})
    remove_journal(store, NAME)
    remove_journal(store, NAME)
    assert journals_among(store.names("stages/s")) == [f"{NAME}2.journal"]
    other = open_journal(store, f"{NAME}2.journal")
    other.add("b", {})
    other.remove()
    other.close()
    assert list(store.tree("stages")) == []


def test_a_killed_process_has_lost_what_came_since_the_last_segment(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(bucket)
    monkeypatch.setattr(journals, "SEGMENT_BYTES", 100)
    killed = open_journal(store, NAME)
    killed.add("a", {}, bytes(range(100)))
    killed.add("b", {}, b"short")
    with open_journal(store, NAME, read_only=True) as journal:
        assert ("a" in journal, "b" in journal) == (True, False)
    monkeypatch.setattr(journals, "SEGMENT_S", 0.0)
    killed.add("c", {})
    with open_journal(store, NAME, read_only=True) as journal:
        assert ("b" in journal, "c" in journal) == (True, True)
    killed.close()


def test_two_attempts_lose_nothing_of_each_other(bucket: str) -> None:
    store = open_store(bucket)
    first, second = open_journal(store, NAME), open_journal(store, NAME)
    first.add("a", {})
    second.add("b", {})
    first.close()
    second.close()
    with open_journal(store, NAME, read_only=True) as journal:
        assert ("a" in journal, "b" in journal) == (True, True)
