"""Arrays for another process of the same machine, in memory that both see instead of through a socket. Linux only."""

from __future__ import annotations

import contextlib
import math
import mmap
import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Address:
    """Where another process of the same user finds the memory: a descriptor of its owner, and what that leads to."""

    process: int
    descriptor: int
    status: os.stat_result


@dataclass(frozen=True)
class Form:
    """What lies in the memory."""

    shape: tuple[int, ...]
    dtype: str


class SharedMemory:
    """Memory for one array at a time, which grows to the largest and stays so. For one thread at a time.

    Not multiprocessing's: this is a file without a name, so that there is nothing to unlink, or to unlink twice. The
    kernel frees it when the last process that has it open ends, be it killed, and it takes nothing of /dev/shm, which
    containers often bound to 64 MB.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def new(cls) -> SharedMemory:
        memory = cls(os.memfd_create("corpusflow"))
        weakref.finalize(memory, os.close, memory._descriptor)
        return memory

    @property
    def address(self) -> Address:
        return Address(os.getpid(), self._descriptor, os.fstat(self._descriptor))

    def put(self, array: np.ndarray) -> Form:
        """array: not empty, and not a view of this memory. Raises OSError when it cannot be had."""
        form = Form(array.shape, array.dtype.str)
        if os.fstat(self._descriptor).st_size < array.nbytes:
            # Not ftruncate: where memory is wanting, writing to it would kill the process.
            os.posix_fallocate(self._descriptor, 0, array.nbytes)
        np.copyto(self.view(form), array)
        return form

    def view(self, form: Form) -> np.ndarray:
        """The array that lies there: no copy, so it is gone when the next one is put."""
        size = np.dtype(form.dtype).itemsize * math.prod(form.shape)
        # Mapped anew each time, since what is kept mapped is not freed with its owner; and populated, since a fault
        # for each page makes writing three times as long.
        mapped = mmap.mmap(self._descriptor, size, mmap.MAP_SHARED | mmap.MAP_POPULATE)
        return np.ndarray(form.shape, form.dtype, mapped)


@contextlib.contextmanager
def opened(address: Address) -> Iterator[SharedMemory]:
    """The memory of another process. Raises OSError when it cannot be reached from here."""
    path = f"/proc/{address.process}/fd/{address.descriptor}"
    with open(path, "r+b", buffering=0) as file:
        # Seen from another container the number is that of somebody else's process.
        if not os.path.samestat(os.fstat(file.fileno()), address.status):
            raise FileNotFoundError(f"{path} is not the file that was meant")
        yield SharedMemory(file.fileno())
