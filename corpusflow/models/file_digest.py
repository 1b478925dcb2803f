"""The name of a model file's content."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

DIGITS = 16  # of the sha256, in the names of scorers


def model_digest(file: Path) -> str:
    """The first digits of a file's sha256. Read once per process, and again when the file is another one."""
    stat = file.stat()
    return _digest(file, stat.st_size, stat.st_mtime_ns)


@functools.cache
def _digest(file: Path, size: int, changed_ns: int) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()[:DIGITS]
