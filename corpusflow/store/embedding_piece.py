"""A piece of known embeddings: one file of keys in their order, with a row for each, searched where it lies.

header      magic, digest of what the rows were made by, dimension, count, CRC-32 of all that
keys        16 bytes each, ascending
checksums   CRC-32 of key and row, 4 bytes each
rows        float16, little-endian

To open a piece costs its header and the length of the file, whatever it holds. A row is checked when it is read, by
its own checksum: so damage anywhere is seen before it is believed, and none of it costs a pass over the piece.
"""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType

import numpy as np

from corpusflow.store.paths import Store

MAGIC = b"cfembed1"
KEY = 16  # bytes of sha256: by chance two of a trillion are the same once in 10^14 stores
HEADER = struct.Struct("<8s16sIQ")
CHECKSUM = struct.Struct("<I")
START = HEADER.size + CHECKSUM.size  # of the keys


class DamagedPieceError(ValueError):
    """A file is no piece, one of something else, or was cut or changed.

    name: of the file; why: what is wrong; foreign: whether it is whole, and of something else.
    """

    def __init__(self, name: str, why: str, foreign: bool = False) -> None:
        super().__init__(name, why)
        self.name = name
        self.why = why
        self.foreign = foreign


class Piece:
    """An open piece. maker: what its rows were made by. Raises DamagedPieceError and FileNotFoundError.

    Open, it can be read to its end although its name is removed meanwhile.
    """

    def __init__(self, store: Store, name: str, maker: str) -> None:
        self.name = name
        self.maker = maker
        self._file = store.open(name)
        try:
            header = self._read(0, HEADER.size)
            (checksum,) = CHECKSUM.unpack(self._read(HEADER.size, CHECKSUM.size))
            magic, digest, dimension, count = HEADER.unpack(header)
            self.dimension, self.count = int(dimension), int(count)
            if magic != MAGIC or zlib.crc32(header) != checksum:
                raise DamagedPieceError(self.name, "its header is not that of a piece")
            if digest != maker_digest(maker):
                raise DamagedPieceError(self.name, f"it was not made by {maker}", foreign=True)
            if store.size(name) != self._rows + self.count * self._width:
                raise DamagedPieceError(self.name, "its length is not that of its rows")
        except BaseException:
            self._file.close()
            raise

    @property
    def _width(self) -> int:
        """Bytes of a row."""
        return 2 * self.dimension

    @property
    def _checksums(self) -> int:
        return START + self.count * KEY

    @property
    def _rows(self) -> int:
        return self._checksums + self.count * CHECKSUM.size

    def find(self, keys: Iterable[bytes]) -> Iterator[tuple[bytes, np.ndarray]]:
        """Those of the keys that are here, each with its (D,) float16 row. Raises DamagedPieceError."""
        for key in keys:
            position = self._position(key)
            if position is not None:
                ((_, row),) = self.entries(position, position + 1)
                yield key, row

    def keys(self, start: int, end: int) -> np.ndarray:
        """(end - start,) of 16 bytes."""
        return np.frombuffer(self._read(START + start * KEY, (end - start) * KEY), f"S{KEY}")

    def key_bytes(self, start: int, end: int) -> list[bytes]:
        data = self._read(START + start * KEY, (end - start) * KEY)
        return [data[at : at + KEY] for at in range(0, len(data), KEY)]

    def checksums(self, start: int, end: int) -> np.ndarray:
        offset = self._checksums + start * CHECKSUM.size
        return np.frombuffer(self._read(offset, (end - start) * CHECKSUM.size), "<u4")

    def rows(self, start: int, end: int) -> np.ndarray:
        """(end - start, D) float16, unchecked."""
        data = self._read(self._rows + start * self._width, (end - start) * self._width)
        return np.frombuffer(data, "<f2").reshape(-1, self.dimension)

    def entries(self, start: int, end: int) -> Iterator[tuple[bytes, np.ndarray]]:
        """Keys and rows, checked. Raises DamagedPieceError."""
        keys = self._read(START + start * KEY, (end - start) * KEY)
        checksums, rows = self.checksums(start, end), self.rows(start, end)
        for number, (checksum, row) in enumerate(zip(checksums, rows, strict=True)):
            key = keys[number * KEY : (number + 1) * KEY]
            if row_checksum(key, row) != checksum:
                raise DamagedPieceError(self.name, f"row {start + number} is not what was written")
            yield key, row

    def _position(self, key: bytes) -> int | None:
        """Keys are digests, spread evenly: where one must stand is known up to some times the square root of their
        number, so that one read of a few kilobytes finds it among millions."""
        expected = int.from_bytes(key[:8], "big") * self.count >> 64
        reach = math.isqrt(self.count) * 3 // 2 + 8
        while True:
            start, end = max(0, expected - reach), min(self.count, expected + reach)
            data = self._read(START + start * KEY, (end - start) * KEY)
            below = start > 0 and key < data[:KEY]
            above = end < self.count and key > data[-KEY:]
            if not below and not above:
                break
            reach *= 4
        at = bisect_left(range(end - start), key, key=lambda number: data[number * KEY : (number + 1) * KEY])
        return start + at if data[at * KEY : (at + 1) * KEY] == key else None

    def _read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(length)
        if len(data) != length:
            raise DamagedPieceError(self.name, "it ends too early")
        return data

    def __enter__(self) -> Piece:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def maker_digest(maker: str) -> bytes:
    return hashlib.sha256(maker.encode()).digest()[:16]


def row_checksum(key: bytes, row: np.ndarray) -> int:
    return zlib.crc32(row.tobytes(), zlib.crc32(key))


def header_of(maker: str, dimension: int, count: int) -> bytes:
    header = HEADER.pack(MAGIC, maker_digest(maker), dimension, count)
    return header + CHECKSUM.pack(zlib.crc32(header))


def piece_of(maker: str, rows: Mapping[bytes, np.ndarray]) -> bytes:
    """The bytes of a piece. rows: (D,) float16 by key, at least one."""
    ordered = sorted(rows)
    values = np.stack([rows[key] for key in ordered]).astype("<f2", copy=False)
    checksums = [row_checksum(key, row) for key, row in zip(ordered, values, strict=True)]
    parts = (header_of(maker, values.shape[1], len(ordered)), *ordered, np.array(checksums, "<u4").tobytes())
    return b"".join((*parts, values.tobytes()))
