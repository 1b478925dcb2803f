"""Byte ranges of many stored files, read with the last few files kept open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import BinaryIO, Protocol

from corpusflow.store.remote import AT_ONCE, RemoteStore

OPEN_FILES = 16
WINDOW = 64 << 20  # bytes of ranges that are asked for together, at least one range

Range = tuple[str, int, int]  # name, offset, length


class Files(Protocol):
    """A Store, or whatever else opens files by their names."""

    def open(self, name: str) -> BinaryIO: ...


class RangeReader:
    """Reads ranges; a context manager that closes what it opened."""

    def __init__(self, store: Files) -> None:
        self._store = store
        self._open: dict[str, BinaryIO] = {}

    def read_all(self, ranges: Iterable[Range]) -> Iterator[bytes]:
        """Many ranges, in their order; of an object store many at once, which takes WINDOW of memory."""
        if not isinstance(self._store, RemoteStore):
            yield from (self.read(*one) for one in ranges)
            return
        for window in _windows(ranges):
            yield from self._store.read_ranges(window)

    def read(self, name: str, offset: int, length: int) -> bytes:
        if isinstance(self._store, RemoteStore):
            return self._store.read_ranges([(name, offset, length)])[0]
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


def _windows(ranges: Iterable[Range]) -> Iterator[list[Range]]:
    window: list[Range] = []
    for one in ranges:
        if window and (len(window) == AT_ONCE or sum(length for _, _, length in window) + one[2] > WINDOW):
            yield window
            window = []
        window.append(one)
    if window:
        yield window
