from __future__ import annotations

import random
from pathlib import Path

import pytest

from corpusflow.store.journal import Journal


def test_what_was_added_is_there_when_the_journal_is_opened_again(tmp_path: Path) -> None:
    path = str(tmp_path / "deep" / "a.journal")
    with Journal(path) as journal:
        journal.add("a", {"status": 200}, b"picture")
        journal.add("b", {"code": "timeout"})
        assert journal.read("a") == ({"status": 200}, b"picture")
    with Journal(path) as journal:
        assert "a" in journal
        assert "c" not in journal
        assert journal.read("a") == ({"status": 200}, b"picture")
        assert journal.read("b") == ({"code": "timeout"}, b"")
        with pytest.raises(KeyError):
            journal.facts("c")


def test_of_a_key_that_was_added_twice_the_later_counts(tmp_path: Path) -> None:
    path = str(tmp_path / "a.journal")
    with Journal(path) as journal:
        journal.add("a", {"try": 1})
        journal.add("a", {"try": 2}, b"x")
        assert journal.read("a") == ({"try": 2}, b"x")
    with Journal(path) as journal:
        assert journal.read("a") == ({"try": 2}, b"x")


def test_wherever_a_journal_breaks_off_the_whole_entries_before_it_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    with Journal(str(path)) as journal:
        journal.add("a", {}, b"first")
        end = path.stat().st_size
        journal.add("b", {}, b"second")
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        with Journal(str(path)) as journal:
            assert ("a" in journal, "b" in journal) == (cut >= end, False)
            journal.add("c", {}, b"third")
        with Journal(str(path)) as journal:
            assert journal.read("c") == ({}, b"third")


def test_an_entry_whose_bytes_changed_ends_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    with Journal(str(path)) as journal:
        journal.add("a", {}, b"first")
        journal.add("b", {}, b"second")
    path.write_bytes(path.read_bytes().replace(b"second", b"sEcond"))
    with Journal(str(path)) as journal:
        assert "a" in journal
        assert "b" not in journal


def test_a_journal_that_is_only_read_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    with Journal(str(path)) as journal:
        journal.add("a", {}, b"first")
    torn = path.read_bytes() + b"cfj1 torn"
    path.write_bytes(torn)
    with Journal(str(path), read_only=True) as journal:
        assert journal.read("a") == ({}, b"first")
    assert path.read_bytes() == torn


def test_rounds_are_counted_from_seal_to_seal(tmp_path: Path) -> None:
    path = str(tmp_path / "a.journal")
    with Journal(path) as journal:
        journal.add("a", {})
        journal.add("b", {})
        journal.seal()
        journal.add("b", {})
    with Journal(path) as journal:
        journal.add("c", {})
        assert [journal.round(key) for key in "abc"] == [0, 1, 1]


@pytest.mark.parametrize("packable", [True, False])
def test_data_are_compressed_where_they_get_smaller(tmp_path: Path, packable: bool) -> None:
    data = b"<p>the same again</p>" * 5000 if packable else random.Random(1).randbytes(100_000)
    path = tmp_path / "a.journal"
    with Journal(str(path)) as journal:
        journal.add("a", {"status": 200}, data)
        journal.add("b", {}, b"last")
        assert journal.read("a") == ({"status": 200}, data)
    assert (path.stat().st_size < len(data) / 10) == packable
    assert path.stat().st_size < len(data) + 200
    with Journal(str(path)) as journal:
        assert journal.read("a") == ({"status": 200}, data)
        assert journal.read("b") == ({}, b"last")
