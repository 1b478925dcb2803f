from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from corpusflow.errors import StorageError
from corpusflow.store.output_file import open_output, writing


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_is_told_when_the_file_is_closed_at_the_latest() -> None:
    file = open_output("/dev/full", "stages/a.parquet")
    file.write(b"a few bytes wait in the buffer")
    with pytest.raises(StorageError, match=r"stages/a.parquet cannot be written: No space left on device; make room"):
        file.close()
    assert file.closed


def test_what_is_written_stands_in_the_file(tmp_path: Path) -> None:
    with open_output(str(tmp_path / "a"), "a") as file:
        assert file.write(b"one") == 3
    assert (tmp_path / "a").read_bytes() == b"one"


@pytest.mark.parametrize(
    ("number", "way_out"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EDQUOT, "make room"),
        (errno.EROFS, "another --output"),
        (errno.EACCES, "another --output"),
        (errno.EIO, "mend the cause"),
    ],
)
def test_each_fault_has_its_way_out(number: int, way_out: str) -> None:
    with pytest.raises(StorageError, match=way_out), writing("a"):
        raise OSError(number, "what the system says")


def test_a_file_that_is_gone_is_no_fault_of_the_place() -> None:
    with pytest.raises(FileNotFoundError), writing("a"):
        raise FileNotFoundError(errno.ENOENT, "gone")
