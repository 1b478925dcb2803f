from __future__ import annotations

import hashlib
import logging
import multiprocessing
import random
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from corpusflow.store import merge_pieces
from corpusflow.store.embedding_piece import START, Piece, piece_of
from corpusflow.store.embeddings import AT_ONCE, KnownEmbeddings, picture_key, text_key
from corpusflow.store.paths import LocalStore

MODEL = "similarity/test-1"


def known(folder: Path, model: str = MODEL, kind: str = "images") -> KnownEmbeddings:
    return KnownEmbeddings(LocalStore(str(folder)), "", model, kind)  # type: ignore[arg-type]


def key(number: int) -> bytes:
    return text_key(str(number))


def row(number: int) -> np.ndarray:
    return np.array([number % 1000, number // 1000, -1], np.float16)


def rows(numbers: Iterable[int]) -> dict[bytes, np.ndarray]:
    return {key(number): row(number) for number in numbers}


def pieces(folder: Path) -> list[Path]:
    return sorted((folder / "similarity_test-1" / "images").iterdir())


def found(store: KnownEmbeddings, numbers: Iterable[int]) -> set[int]:
    """Those of the numbers that are known, each with its own row."""
    numbers = list(numbers)
    answer = store.find(map(key, numbers))
    for number in numbers:
        if key(number) in answer:
            np.testing.assert_array_equal(answer[key(number)], row(number))
            assert answer[key(number)].dtype == np.float16
    return {number for number in numbers if key(number) in answer}


def test_keys_are_digests_of_the_content() -> None:
    digest = hashlib.sha256("né".encode())
    assert text_key("né") == digest.digest()[:16] == picture_key(digest.hexdigest())


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_what_was_added_is_found_in_any_number_of_pieces(tmp_path: Path, count: int) -> None:
    for number in range(count):
        known(tmp_path).add(rows(range(10 * number, 10 * number + 5)))
    have = {10 * number + each for number in range(count) for each in range(5)}
    assert found(known(tmp_path), range(-5, 10 * count + 5)) == have
    assert known(tmp_path).find([]) == {}


@pytest.mark.parametrize("count", [1, 2, 3, 1000])
def test_every_key_of_a_piece_is_found_and_none_beside_them(tmp_path: Path, count: int) -> None:
    known(tmp_path).add(rows(range(count)))
    assert found(known(tmp_path), range(count)) == set(range(count))
    ordered = sorted(rows(range(count)))
    low, high = bytes(16), b"\xff" * 16
    assert known(tmp_path).find([ordered[0], low, high, ordered[-1]]).keys() == {ordered[0], ordered[-1]}


def test_keys_that_are_not_spread_evenly_are_found_too(tmp_path: Path) -> None:
    low = {number.to_bytes(16, "big"): row(number) for number in range(500)}
    high = {b"\xff" * 8 + number.to_bytes(8, "big"): row(number) for number in range(500)}
    for stored in (low, high):
        known(tmp_path).add(stored)
    assert {each: list(value) for each, value in known(tmp_path).find([*low, *high]).items()} == {
        each: list(value) for each, value in (low | high).items()
    }


def test_another_model_and_another_kind_know_nothing_of_it(tmp_path: Path) -> None:
    known(tmp_path).add(rows([1]))
    for other in (known(tmp_path, "similarity/test-2"), known(tmp_path, kind="texts")):
        assert not other.find([key(1)])


def test_equal_rows_are_one_file_whatever_their_order(tmp_path: Path) -> None:
    known(tmp_path).add(rows([1, 2, 3]))
    before = [(path, path.read_bytes()) for path in pieces(tmp_path)]
    known(tmp_path).add(rows([3, 1, 2]))
    assert [(path, path.read_bytes()) for path in pieces(tmp_path)] == before
    known(tmp_path).add({})
    assert len(pieces(tmp_path)) == 1


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: b"", "ends too early"),
        (lambda data: b"PAR1" + bytes(100), "header"),
        (lambda data: data[:10] + b"\0\1\2" + data[13:], "header"),
        (lambda data: data[:-1], "length"),
        (lambda data: data + b"\0", "length"),
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "row"),
        (lambda data: piece_of("similarity/other images", rows(range(20))), "not made by"),
    ],
)
def test_a_damaged_or_foreign_piece_is_named_once_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: object, said: str
) -> None:
    known(tmp_path).add(rows(range(20)))
    (path,) = pieces(tmp_path)
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    known(tmp_path).add(rows(range(30, 40)))
    store = known(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert found(store, range(30, 40)) == set(range(30, 40))
        assert len(found(store, range(20))) < 20
        assert len(found(store, range(20))) < 20
    (warning,) = caplog.messages
    assert str(path) in warning
    assert said in warning
    # It neither stops a merge nor gets into what it makes, and what is made again takes its place.
    known(tmp_path).add(rows(range(40, 50)))
    known(tmp_path).merge()
    assert found(known(tmp_path), range(30, 50)) == set(range(30, 50))
    known(tmp_path).add(rows(range(20)))
    assert found(known(tmp_path), range(20)) == set(range(20))


def test_a_damaged_key_is_not_found_under_another_name(tmp_path: Path) -> None:
    known(tmp_path).add(rows([1]))
    (path,) = pieces(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[:START] + key(2) + data[START + 16 :])
    assert not known(tmp_path).find([key(1), key(2)])


def test_a_piece_whose_last_key_is_damaged_does_not_hold_up_a_merge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(merge_pieces, "STRETCH", 10)
    known(tmp_path).add(rows(range(20)))
    (path,) = pieces(tmp_path)
    data = path.read_bytes()
    last = START + 9 * 16
    path.write_bytes(data[:last] + bytes(16) + data[last + 16 :])
    known(tmp_path).add(rows(range(30, 50)))
    known(tmp_path).merge()
    assert "not in their order" in caplog.text
    assert found(known(tmp_path), range(30, 50)) == set(range(30, 50))


@pytest.mark.parametrize("stretch", [1, 3, 1024])
def test_a_merge_keeps_every_row_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stretch: int) -> None:
    monkeypatch.setattr(merge_pieces, "STRETCH", stretch)
    rng = random.Random(5)
    for _ in range(6):
        known(tmp_path).add(rows(rng.sample(range(100), 30)))
    before = found(known(tmp_path), range(100))
    known(tmp_path).merge()
    (path,) = pieces(tmp_path)
    assert found(known(tmp_path), range(100)) == before
    with Piece(LocalStore(str(tmp_path)), f"similarity_test-1/images/{path.name}", known(tmp_path).maker) as piece:
        assert piece.count == len(before)
        assert [each for each, _ in piece.entries(0, piece.count)] == sorted(map(key, before))


def test_more_pieces_than_are_merged_at_once_become_one(tmp_path: Path) -> None:
    count = 2 * AT_ONCE + 3
    for number in range(count):
        known(tmp_path).add(rows([number]))
    known(tmp_path).merge()
    assert len(pieces(tmp_path)) == 1
    assert found(known(tmp_path), range(count)) == set(range(count))


def test_a_large_piece_is_not_copied_for_a_few_small_ones(tmp_path: Path) -> None:
    known(tmp_path).add(rows(range(1000)))
    (large,) = pieces(tmp_path)
    for number in (1, 2, 3):
        known(tmp_path).add(rows([1000 + number]))
        known(tmp_path).merge()
        assert large in pieces(tmp_path)
        assert len(pieces(tmp_path)) <= 3
    known(tmp_path).add(rows(range(2000, 3000)))
    known(tmp_path).merge()
    assert len(pieces(tmp_path)) == 1


def test_a_piece_that_another_run_merged_away_is_found_in_the_merged_one(tmp_path: Path) -> None:
    reader = known(tmp_path)
    for number in range(3):
        known(tmp_path).add(rows([number]))
    assert found(reader, range(3)) == {0, 1, 2}
    known(tmp_path).merge()
    assert found(reader, range(3)) == {0, 1, 2}


def test_an_open_piece_can_be_read_after_it_was_merged_away(tmp_path: Path) -> None:
    for number in range(2):
        known(tmp_path).add(rows([number]))
    store = LocalStore(str(tmp_path))
    names = [f"similarity_test-1/images/{path.name}" for path in pieces(tmp_path)]
    with Piece(store, names[0], known(tmp_path).maker) as one, Piece(store, names[1], known(tmp_path).maker) as two:
        known(tmp_path).merge()
        assert not store.exists(names[0])
        assert {each for piece in (one, two) for each, _ in piece.entries(0, 1)} == {key(0), key(1)}


def test_a_piece_whose_temporary_file_another_run_swept_away_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publish = LocalStore.publish

    def swept(self: LocalStore, name: str) -> None:
        LocalStore(str(tmp_path)).sweep()
        publish(self, name)

    monkeypatch.setattr(LocalStore, "publish", swept)
    known(tmp_path).add(rows([1]))
    assert "was removed while it was written" in caplog.text
    assert not known(tmp_path).find([key(1)])


def _work(folder: str, first: int, rounds: int) -> None:
    for number in range(rounds):
        store = known(Path(folder))
        mine = range(first, first + 5 * (number + 1))
        store.add(rows(mine[-5:]))
        if number % 3 == 2:
            store.merge()
        assert found(known(Path(folder)), mine) <= set(mine)


def test_two_processes_that_add_find_and_merge_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_work, args=(str(tmp_path), 1000 * number, 40)) for number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0]
    known(tmp_path).merge()
    everything = {1000 * number + each for number in range(2) for each in range(200)}
    assert found(known(tmp_path), everything) == everything
    sizes = sorted(path.stat().st_size for path in pieces(tmp_path))
    assert all(size > sum(sizes[:number]) for number, size in enumerate(sizes))
