"""A file that is written, which tells by name and with the way out why it cannot be."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from corpusflow.errors import StorageError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
CLOSED = frozenset((errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST))


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Whatever the system says against writing to `path` becomes a StorageError; that a file is gone stays
    FileNotFoundError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        said = error.strerror or str(error).removeprefix(f"{path}: ")
        raise StorageError(f"{path} cannot be written: {said}; {_way_out(error.errno)}") from error


def open_output(path: str, name: str) -> BinaryIO:
    """A file to write, at `path`; errors tell `name`, which it gets in the end. Raises StorageError, also in writing
    and closing."""
    with writing(name):
        return io.BufferedWriter(_Output(path, name))


class _Output(io.FileIO):
    def __init__(self, path: str, told: str) -> None:
        super().__init__(path, "wb")
        self._told = told

    def write(self, data: ReadableBuffer, /) -> int:
        with writing(self._told):
            return super().write(data)


def _way_out(number: int | None) -> str:
    if number in FULL:
        return "make room and run again: it goes on with what is committed"
    if number in CLOSED:
        return "make the place writable and run again, or give another --output"
    return "mend the cause and run again: it goes on with what is committed"
