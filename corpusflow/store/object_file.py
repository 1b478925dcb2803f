"""An object of a store as a file that is read and sought: much at once where it is read in order, little elsewhere."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FIRST = 1 << 18  # bytes of a request after a jump: a page with its neighbours
MOST = 1 << 23  # bytes of a request of a file that is read in order; two such are held in memory
GROWTH = 4

Fetch = Callable[[int, int], bytes]


class ObjectFile(io.RawIOBase):
    """Bytes of an object by ranges. A request brings FIRST bytes after a jump, and each that follows on the last one
    four times as many, up to MOST: 1 GB in order takes some 130 requests, single records one each.

    The last two answers are kept: whoever reads a record looks back at where it began. A gap that is smaller than the
    last answer counts as following on. fetch: the bytes from a start to an end (exclusive). It raises OSError, as
    reading does then.
    """

    def __init__(self, name: str, size: int, fetch: Fetch) -> None:
        super().__init__()
        self.name = name
        self._size = size
        self._fetch = fetch
        self._position = 0
        self._ahead = FIRST
        self._held: list[tuple[int, bytes]] = []  # by time, the start and the bytes of each answer

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if begin + offset < 0:
            raise OSError(f"{self.name}: no byte stands at {begin + offset}")
        self._position = begin + offset
        return self._position

    def readinto(self, into: WriteableBuffer, /) -> int:
        view = memoryview(into).cast("B")
        if self._position >= self._size or not len(view):
            return 0
        start, data = self._answer(len(view))
        begin = self._position - start
        count = min(len(view), len(data) - begin)
        view[:count] = data[begin : begin + count]
        self._position += count
        return count

    def _answer(self, wanted: int) -> tuple[int, bytes]:
        """What was fetched and has the byte at the position."""
        for start, data in self._held:
            if start <= self._position < start + len(data):
                return start, data
        start = self._position
        if self._held:
            last, data = self._held[-1]
            follows = 0 <= start - (last + len(data)) <= len(data)
            self._ahead = min(self._ahead * GROWTH, MOST) if follows else FIRST
        end = min(self._size, start + max(self._ahead, wanted))
        data = self._fetch(start, end)
        if len(data) != end - start:
            raise OSError(f"{self.name}: {len(data)} of {end - start} bytes came; it has changed")
        self._held = [*self._held[-1:], (start, data)]
        return start, data
