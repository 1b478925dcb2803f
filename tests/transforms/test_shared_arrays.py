from __future__ import annotations

import dataclasses
import os
import resource
import weakref

import numpy as np
import pytest

from transforms.shared_arrays import SharedMemory, opened


@pytest.mark.parametrize("shape", [(1,), (2, 3, 5, 7), (64, 3, 100, 100)])
@pytest.mark.parametrize("dtype", ["f4", "i8"])
def test_what_is_put_there_is_seen_by_who_has_the_address(shape: tuple[int, ...], dtype: str) -> None:
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    memory = SharedMemory.new()
    form = memory.put(array)
    with opened(memory.address) as other:
        seen = other.view(form)
        assert seen.dtype == array.dtype
        np.testing.assert_array_equal(seen, array)


def test_the_next_array_may_be_larger_or_smaller() -> None:
    memory = SharedMemory.new()
    for size in (1000, 10, 100_000, 1):
        form = memory.put(np.full(size, size, np.float32))
        np.testing.assert_array_equal(memory.view(form), np.full(size, size, np.float32))


def test_an_answer_may_be_larger_than_the_question() -> None:
    memory = SharedMemory.new()
    form = memory.put(np.ones(1, np.int64))
    with opened(memory.address) as other:
        form = other.put(other.view(form) + np.arange(100_000, dtype=np.float32))
    np.testing.assert_array_equal(memory.view(form), np.arange(1, 100_001))


def test_an_array_that_is_not_contiguous_arrives_in_its_order() -> None:
    memory = SharedMemory.new()
    array = np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1)
    np.testing.assert_array_equal(memory.view(memory.put(array)), array)


def test_memory_that_cannot_be_had_is_an_error_and_not_the_end_of_the_process() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    memory = SharedMemory.new()
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        memory.put(np.ones(4096, np.uint8))
        with pytest.raises(OSError, match="too large"):
            memory.put(np.ones(4097, np.uint8))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_address_of_something_else_is_refused() -> None:
    memory, another = SharedMemory.new(), SharedMemory.new()
    wrong = dataclasses.replace(memory.address, descriptor=another.address.descriptor)
    with pytest.raises(FileNotFoundError, match="not the file that was meant"), opened(wrong):
        pass


def test_memory_that_nobody_has_any_more_is_closed() -> None:
    memory = SharedMemory.new()
    address, gone = memory.address, weakref.ref(memory)
    del memory
    assert gone() is None
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(address.descriptor)


def test_no_folder_names_the_memory_so_that_it_goes_with_its_last_owner() -> None:
    memory = SharedMemory.new()
    memory.put(np.ones(10))
    with opened(memory.address):
        status = os.stat(f"/proc/self/fd/{memory.address.descriptor}")
    assert (status.st_nlink, status.st_size) == (0, 80)
