"""Models that users bring as files: found, and named by their content."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from corpusflow.errors import ModelError

DIGITS = 16  # of the sha256, in the names of scorers


def model_file(path: str, kind: str) -> Path:
    """The file, which is there. kind: what it should be, for the ModelError otherwise: `fastText model`."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise ModelError(f"there is no {kind} {str(file)!r}")
    return file


def model_digest(file: Path) -> str:
    """The first digits of a file's sha256. Read once per process, and again when the file is another one."""
    stat = file.stat()
    return _digest(file, stat.st_size, stat.st_mtime_ns)


@functools.cache
def _digest(file: Path, size: int, changed_ns: int) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()[:DIGITS]
