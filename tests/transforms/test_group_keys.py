from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.errors import StorageError
from corpusflow.store.paths import TEMPORARY, LocalStore
from transforms import group_keys
from transforms.group_keys import PARTS, GroupKeys, JoinKeys, WriteSections, groups, joined, part_of


class SharedStore(LocalStore):
    """As an object store: no disk of one machine."""

    renames = False


def in_order(found: Any) -> list[tuple[Any, list[Any]]]:
    return sorted((key, sorted(values)) for key, values in found)


def grouped(pairs: list[tuple[Any, Any]], store: LocalStore) -> None:
    expected: dict[Any, list[Any]] = {}
    for key, value in pairs:
        expected.setdefault(key, []).append(value)

    def check(found: list[Any]) -> None:
        assert in_order(found) == in_order(expected.items())

    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        assert_that(pipeline | beam.Create(pairs) | GroupKeys(store), check)


def sections(pairs: list[tuple[Any, Any]], store: LocalStore, side: str = "") -> list[tuple[int, Any]]:
    writer = WriteSections(store, side)
    writer.start_bundle()
    found = [section for pair in pairs for section in writer.process(pair)]
    return found + [section.value for section in writer.finish_bundle()]


PAIRS = [("a", 1), ("b", 2), ("a", 3), ("ü", 4), ("", 5)]


def test_values_meet_under_their_key(tmp_path: Path) -> None:
    grouped(PAIRS, LocalStore(str(tmp_path)))


def test_a_store_that_machines_share_leaves_grouping_to_the_runner(tmp_path: Path) -> None:
    grouped(PAIRS, SharedStore(str(tmp_path)))
    assert not list(tmp_path.iterdir())


def test_nothing_is_grouped_to_nothing_and_writes_nothing(tmp_path: Path) -> None:
    grouped([], LocalStore(str(tmp_path)))
    assert not list(tmp_path.iterdir())


def test_files_are_temporary_ones_that_a_sweep_removes(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    grouped(PAIRS, store)
    assert list(tmp_path.iterdir())
    assert all(path.name.startswith(TEMPORARY) for path in tmp_path.iterdir())
    store.sweep()
    assert not list(tmp_path.iterdir())


def test_what_goes_on_to_the_runner_is_references(tmp_path: Path) -> None:
    found = sections([("key", "x" * 100_000)], LocalStore(str(tmp_path)))
    assert len(found) == 1
    assert len(pickle.dumps(found)) < 1_000


def test_a_bundle_is_written_in_pieces_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_keys, "HELD", 1_000)
    pairs = [(str(number), "x" * 90) for number in range(100)]
    found = sections(pairs, LocalStore(str(tmp_path)))
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) > 1
    assert max(sizes) < 1_200
    parts: dict[int, list[Any]] = {}
    for part, section in found:
        parts.setdefault(part, []).append(section)
    assert in_order(group for item in parts.items() for group in groups(item)) == in_order(
        (key, [value]) for key, value in pairs
    )


@given(st.one_of(st.text(), st.integers(), st.tuples(st.text(), st.integers())))
def test_every_key_is_of_one_part(key: Any) -> None:
    assert 0 <= part_of(key) < PARTS


def test_the_part_of_a_key_is_the_same_everywhere() -> None:
    assert [part_of(key) for key in ("page", 7, ("en", 1))] == [part_of(key) for key in ("page", 7, ("en", 1))]
    assert part_of("page") == 168


def test_keys_spread_over_the_parts() -> None:
    assert len({part_of(f"https://site.example/{number}.jpg") for number in range(5_000)}) == PARTS


def test_a_bundle_that_is_run_twice_is_read_once(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    sections(PAIRS, store)
    again = sections(PAIRS, store)
    found = [group for part, section in again for group in groups((part, [section]))]
    assert in_order(found) == [("", [5]), ("a", [1, 3]), ("b", [2]), ("ü", [4])]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be written"):
        sections(PAIRS, LocalStore(str(tmp_path / "file")))


def test_sides_are_joined_and_one_may_lack(tmp_path: Path) -> None:
    def check(found: list[Any]) -> None:
        assert sorted(found) == [("a", {"left": [1], "right": [2]}), ("b", {"left": [], "right": [3]})]

    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        sides = {
            "left": pipeline | "Left" >> beam.Create([("a", 1)]),
            "right": pipeline | "Right" >> beam.Create([("a", 2), ("b", 3)]),
        }
        assert_that(sides | JoinKeys(LocalStore(str(tmp_path))), check)


def test_values_of_one_side_stay_apart_from_the_other(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    (part, left), (_, right) = (*sections([("k", 1), ("k", 3)], store, "b"), *sections([("k", 2)], store, "a"))
    assert list(joined((part, [left, right]), ("a", "b", "c"))) == [("k", {"a": [2], "b": [1, 3], "c": []})]
