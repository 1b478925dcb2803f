"""The nearest of many hashes of 64 or 256 bits, among those within a distance."""

from __future__ import annotations

import itertools
from functools import cached_property

import numpy as np

SCANNED = 20_000  # hashes of a list up to which looking at each takes less than a millisecond
_CHUNK_BITS = 16
_MAX_FLIPS = 2  # bits of a chunk; with more of them there are too many candidates, and a scan is as fast

_BITS_OF_BYTE = np.array([value.bit_count() for value in range(256)], np.uint8)


class HashIndex:
    """A hash that differs in d bits from one of n chunks differs in at most d // n bits in one of its chunks at least.
    So candidates are the hashes that have a chunk like that, and only these are compared.

    hashes: in hex digits, all of one length, a multiple of 16. Memory: some five times that of the bits.
    """

    def __init__(self, hashes: list[str]) -> None:
        length = len(hashes[0]) // 2 if hashes else 8
        self._rows = np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8).reshape(-1, length)

    def nearest(self, digits: str, within: int) -> int | None:
        """Bits by which the nearest hash differs; None where none is within that many bits."""
        given = np.frombuffer(bytes.fromhex(digits), np.uint8)
        flips = within // (len(given) * 8 // _CHUNK_BITS)
        rows = self._rows
        if len(rows) > SCANNED and flips <= _MAX_FLIPS:
            rows = rows[self._candidates(given, flips)]
        if not len(rows):
            return None
        distance = int(_distances(rows, given).min())
        return distance if distance <= within else None

    def _candidates(self, given: np.ndarray, flips: int) -> np.ndarray:
        found = []
        for chunk, (order, starts) in zip(given.view(">u2"), self._chunks, strict=True):
            values = int(chunk) ^ _flipped(flips)
            found += [order[starts[value] : starts[value + 1]] for value in values]
        candidates: np.ndarray = np.concatenate(found)
        return candidates

    @cached_property
    def _chunks(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """By chunk: the rows in the order of its values, and where each value begins in them."""
        chunks = []
        for column in self._rows.view(">u2").T:
            values = column.astype(np.uint16)
            order = np.argsort(values, kind="stable").astype(np.uint32)
            starts = np.zeros((1 << _CHUNK_BITS) + 1, np.int64)
            np.cumsum(np.bincount(values, minlength=1 << _CHUNK_BITS), out=starts[1:])
            chunks.append((order, starts))
        return chunks


def _distances(rows: np.ndarray, given: np.ndarray) -> np.ndarray:
    differing = rows.view(np.uint64) ^ given.view(np.uint64)
    fast = hasattr(np, "bitwise_count")  # since numpy 2.0
    counts = np.bitwise_count(differing) if fast else _BITS_OF_BYTE[differing.view(np.uint8)]
    distances: np.ndarray = counts.sum(axis=1, dtype=np.int32)
    return distances


def _flipped(flips: int) -> np.ndarray:
    """All numbers of 16 bits with at most so many ones."""
    ones = [0]
    for count in range(1, flips + 1):
        ones += [sum(1 << place for place in places) for places in itertools.combinations(range(_CHUNK_BITS), count)]
    return np.array(ones)
