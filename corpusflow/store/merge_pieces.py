"""Many pieces of embeddings made one, a stretch of each in memory at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import numpy as np

from corpusflow.store.embedding_piece import DamagedPieceError, Piece, header_of
from corpusflow.store.paths import Store

STRETCH = 1024  # entries of each piece in memory


def merge_pieces(store: Store, folder: str, names: Sequence[str], maker: str) -> str:
    """Publishes the piece of all entries of some, each key once, and returns its name.

    names: at least one; they stay. All have the same name for the same pieces, so that two processes that do the same
    at once write the same. Raises DamagedPieceError, and FileNotFoundError where one of them is gone.
    """
    merged = f"{folder}/{hashlib.sha256(' '.join(sorted(names)).encode()).hexdigest()[:32]}"
    with ExitStack() as opened:
        pieces = [opened.enter_context(Piece(store, name, maker)) for name in names]
        for piece in pieces:
            if piece.dimension != pieces[0].dimension:
                text = f"its rows have {piece.dimension} numbers, those of others {pieces[0].dimension}"
                raise DamagedPieceError(piece.name, text, foreign=True)
        try:
            with store.create(merged) as out:
                out.write(header_of(maker, pieces[0].dimension, sum(len(step.take) for step in _steps(pieces))))
                # What stands together in the file is gone through together: keys four times, which are few bytes.
                for step in _steps(pieces):
                    out.write(step.keys.tobytes())
                for step in _steps(pieces):
                    out.write(step.checksums().tobytes())
                for step in _steps(pieces):
                    out.write(step.rows().tobytes())
        except BaseException:
            store.discard(merged)
            raise
    store.publish(merged)
    return merged


class _Step:
    """The next entries of the order: from each piece a stretch, less keys that came before.

    ends: positions in each piece; take: which entries of all stretches, one after the other, in the order of keys.
    """

    def __init__(self, pieces: Sequence[Piece], starts: Sequence[int], ends: Sequence[int], keys: np.ndarray) -> None:
        self._stretches = [stretch for stretch in zip(pieces, starts, ends, strict=True) if stretch[1] < stretch[2]]
        self.keys, self.take = np.unique(keys, return_index=True)

    def checksums(self) -> np.ndarray:
        return np.concatenate([piece.checksums(start, end) for piece, start, end in self._stretches])[self.take]

    def rows(self) -> np.ndarray:
        """Checked. Raises DamagedPieceError."""
        rows = [row for piece, start, end in self._stretches for _, row in piece.entries(start, end)]
        return np.stack(rows)[self.take]


def _steps(pieces: Sequence[Piece]) -> Iterator[_Step]:
    starts = [0] * len(pieces)
    while True:
        held = [_stretch(piece, start) for piece, start in zip(pieces, starts, strict=True)]
        if not any(map(len, held)):
            return
        # Beyond the last key of a piece that goes on, that piece may have the next one.
        limits = [
            keys[-1] for keys, piece, start in zip(held, pieces, starts, strict=True) if start + len(keys) < piece.count
        ]
        taken = [keys[: np.searchsorted(keys, min(limits), "right")] if limits else keys for keys in held]
        ends = [start + len(keys) for start, keys in zip(starts, taken, strict=True)]
        yield _Step(pieces, starts, ends, np.concatenate(taken))
        starts = ends


def _stretch(piece: Piece, start: int) -> np.ndarray:
    keys = piece.keys(start, min(start + STRETCH, piece.count))
    # Checksums are looked at last; out of order, a merge might never come to its end.
    if (keys[1:] <= keys[:-1]).any():
        raise DamagedPieceError(piece.name, "its keys are not in their order")
    return keys
