from __future__ import annotations

import logging
from pathlib import Path

import pytest

from corpusflow.store.embedding_piece import START
from corpusflow.store.repair_piece import repair_piece
from tests.corpusflow.store.test_embeddings import found, key, known, pieces, rows


def hurt_row(path: Path, number: int) -> None:
    """Changes the last byte of a row of three numbers; the pieces' rows stand last."""
    content = bytearray(path.read_bytes())
    content[-1 - 6 * number] ^= 1
    path.write_bytes(content)


def test_one_damaged_row_costs_itself_alone_and_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    known(tmp_path).add(rows(range(3000)))
    (piece,) = pieces(tmp_path)
    hurt_row(piece, 4)
    with caplog.at_level(logging.WARNING):
        known(tmp_path).find(map(key, range(3000)))
    assert "2,999 of 3,000 embeddings are kept" in caplog.text
    assert pieces(tmp_path) != [piece]
    caplog.clear()
    assert len(found(known(tmp_path), range(3000))) == 2999
    assert caplog.text == ""


def test_a_piece_without_its_header_is_removed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    known(tmp_path).add(rows(range(5)))
    (piece,) = pieces(tmp_path)
    piece.write_bytes(piece.read_bytes()[: START - 1])
    assert found(known(tmp_path), range(5)) == set()
    assert "it is removed" in caplog.text
    assert pieces(tmp_path) == []


def test_a_piece_of_another_maker_stays_where_it_is(tmp_path: Path) -> None:
    known(tmp_path, "similarity_test-1").add(rows(range(5)))
    (piece,) = pieces(tmp_path)
    assert found(known(tmp_path), range(5)) == set()
    assert pieces(tmp_path) == [piece]


def test_a_row_whose_key_was_damaged_is_dropped_and_the_order_holds(tmp_path: Path) -> None:
    known(tmp_path).add(rows(range(50)))
    (piece,) = pieces(tmp_path)
    content = bytearray(piece.read_bytes())
    content[START + 16 * 10] ^= 0xFF
    piece.write_bytes(content)
    store = known(tmp_path)
    assert repair_piece(store.store, store.place, f"{store.place}/{piece.name}", store.maker) == (49, 50)
    assert len(found(store, range(50))) == 49
