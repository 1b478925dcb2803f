"""Byte ranges of many stored files, read with the last few files kept open."""

from __future__ import annotations

from types import TracebackType
from typing import BinaryIO, Protocol

OPEN_FILES = 16


class Files(Protocol):
    """A Store, or whatever else opens files by their names."""

    def open(self, name: str) -> BinaryIO: ...


class RangeReader:
    """Reads ranges; a context manager that closes what it opened."""

    def __init__(self, store: Files) -> None:
        self._store = store
        self._open: dict[str, BinaryIO] = {}

    def read(self, name: str, offset: int, length: int) -> bytes:
        file = self._open.pop(name, None) or self._store.open(name)
        self._open[name] = file  # the one used last stands last
        if len(self._open) > OPEN_FILES:
            self._open.pop(next(iter(self._open))).close()
        file.seek(offset)
        return file.read(length)

    def __enter__(self) -> RangeReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._open.values():
            file.close()
