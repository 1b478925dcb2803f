"""What is whole of a damaged piece of embeddings, in a piece of its own: a flipped bit must not cost all others."""

from __future__ import annotations

import hashlib

import numpy as np

from corpusflow.store.embedding_piece import DamagedPieceError, Piece, header_of, row_checksum
from corpusflow.store.merge_pieces import STRETCH
from corpusflow.store.paths import Store


def repair_piece(store: Store, folder: str, name: str, maker: str) -> tuple[int, int]:
    """Puts a piece of the whole rows in the place of a damaged one. Returns how many are kept, of how many; (0, 0)
    where header or length are damaged: then it is removed.

    Memory: a byte a row, and a stretch of rows. Raises FileNotFoundError where another process did it.
    """
    try:
        with Piece(store, name, maker) as piece:
            whole = _whole_rows(piece)
            kept, count = int(whole.sum()), piece.count
            if kept:
                _write(store, f"{folder}/{hashlib.sha256(f'{name} repaired'.encode()).hexdigest()[:32]}", piece, whole)
    except DamagedPieceError:
        kept = count = 0
    store.remove(name)
    return kept, count


def _stretches(piece: Piece) -> list[tuple[int, int]]:
    return [(start, min(start + STRETCH, piece.count)) for start in range(0, piece.count, STRETCH)]


def _whole_rows(piece: Piece) -> np.ndarray:
    """(count,) bool: rows with their checksum, and with keys in their order."""
    whole = np.zeros(piece.count, bool)
    last = b""
    for start, end in _stretches(piece):
        # As bytes: numpy takes a zero at the end of a key away.
        keys = piece.key_bytes(start, end)
        for number, (key, row) in enumerate(zip(keys, piece.rows(start, end), strict=True), start):
            checksum = piece.checksums(number, number + 1)[0]
            whole[number] = key > last and row_checksum(key, row) == checksum
            last = key if whole[number] else last
    return whole


def _write(store: Store, name: str, piece: Piece, whole: np.ndarray) -> None:
    header = header_of(piece.maker, piece.dimension, int(whole.sum()))
    try:
        with store.create(name) as out:
            out.write(header)
            for start, end in _stretches(piece):
                keys = piece.key_bytes(start, end)
                out.write(b"".join(key for key, good in zip(keys, whole[start:end], strict=True) if good))
            for start, end in _stretches(piece):
                out.write(piece.checksums(start, end)[whole[start:end]].tobytes())
            for start, end in _stretches(piece):
                out.write(piece.rows(start, end)[whole[start:end]].tobytes())
    except BaseException:
        store.discard(name)
        raise
    store.publish(name)
