"""Lists that users bring: read where they are needed, and the same on every worker."""

from __future__ import annotations

import functools
import gzip
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from corpusflow.errors import StartError
from corpusflow.store.address import is_file, is_folder, join, open_input

T = TypeVar("T")

# What a folder of the UT1 collection holds of a category.
FOLDER_FILES = ("domains", "urls")


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list by its path and the digest of its content: this much travels to the workers, and each reads it once. What
    ends in `.gz` is unpacked."""

    path: str
    digest: str

    def parsed(self, parse: Callable[[list[str]], T]) -> T:
        """What a module's function makes of the lines; made once per process.

        Raises ValueError, as `parse` does, and StartError where the file is not any more what it was.
        """
        found: T = _parsed(self.path, self.digest, parse)
        return found


def list_file(path: str) -> ListFile:
    """The list as it is now. Raises ValueError where it cannot be read."""
    return ListFile(path, file_digest(path))


def file_digest(path: str) -> str:
    """Of a file, or of the files of a folder. Raises ValueError where it cannot be read."""
    return hashlib.sha256(_content(path)).hexdigest()


def _content(path: str) -> bytes:
    pieces = []
    for name in _files(path):
        try:
            with open_input(name) as file:
                data = file.read()
            pieces.append(gzip.decompress(data) if name.endswith(".gz") else data)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{name}: the list is not sound gzip: {error}") from error
        except OSError as error:
            raise ValueError(f"{name}: the list cannot be read: {error.strerror or error}") from error
    return b"\n".join(pieces)


def _files(path: str) -> list[str]:
    """The path itself, or what a folder holds of a list."""
    try:
        if not is_folder(path):
            return [path]
        names = [name for name in (join(path, name) for name in FOLDER_FILES) if is_file(name)]
    except OSError as error:
        raise ValueError(f"{path}: the list cannot be read: {error.strerror or error}") from error
    if not names:
        raise ValueError(f"{path}: the folder has no file {' or '.join(FOLDER_FILES)}")
    return names


@functools.cache
def _parsed(path: str, digest: str, parse: Callable[[list[str]], Any]) -> Any:
    content = _content(path)
    if hashlib.sha256(content).hexdigest() != digest:
        raise StartError(f"{path}: the list was changed while the run went on; run again")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}:{line}: the list is not UTF-8") from error
    try:
        return parse(lines)
    except ValueError as error:
        raise ValueError(f"{path}:{error}") from error
