"""The files of a block while they are written: bytes with their length and digest, and tables in row groups."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 512  # rows that a table writer holds before it writes a row group
HELD = 32 << 20  # bytes, as they tell it, of such rows


class HashedFile:
    """A write-only file that knows the length and digest of what went through it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.length = 0

    def write(self, data: bytes | memoryview) -> int:
        view = memoryview(data)
        self._hash.update(view)
        self.length += view.nbytes
        return self._file.write(view)

    def tell(self) -> int:
        return self.length

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    @property
    def closed(self) -> bool:
        return self._file.closed

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


class Table:
    """Rows of one schema, written as Parquet in row groups of bounded size."""

    def __init__(self, file: HashedFile, schema: pa.Schema) -> None:
        self._schema = schema
        # Compression level and dictionary pages are fixed, so that equal rows are equal bytes.
        self._writer = pq.ParquetWriter(file, schema, compression="zstd", compression_level=1)
        self._rows: list[Mapping[str, Any]] = []
        self._held = 0

    def add(self, row: Mapping[str, Any], held: int = 0) -> None:
        """held: bytes that the row takes, told of rows that may be large; 0 for others."""
        self._rows.append(row)
        self._held += held
        if len(self._rows) >= ROWS or self._held >= HELD:
            self._flush()

    def extend(self, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in rows:
            self.add(row)

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
            self._rows, self._held = [], 0
