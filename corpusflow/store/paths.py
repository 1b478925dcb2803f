"""Where files live: the few operations that a run directory needs, for local paths and later for object stores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from corpusflow.errors import StartError

TEMPORARY = ".tmp-"  # prefix of the name under which a file is written before it is committed


class Store(Protocol):
    """A tree of files under one root. Names are relative, with `/` between their parts.

    A file appears under its name in one step, whole, or not at all: `create` writes under a temporary name and
    `publish` renames. Picklable: workers get it as it is.
    """

    root: str

    def path(self, name: str) -> str:
        """The address of a file for a person, and for libraries that open files themselves."""

    def exists(self, name: str) -> bool: ...

    def size(self, name: str) -> int:
        """Bytes. Raises FileNotFoundError."""

    def read(self, name: str) -> bytes: ...

    def open(self, name: str) -> BinaryIO:
        """A file that can be read and sought."""

    def create(self, name: str) -> BinaryIO:
        """A file under the name's temporary form; whatever stood there is lost."""

    def publish(self, name: str) -> None:
        """Gives the temporary file its name, over whatever has it."""

    def discard(self, name: str) -> None:
        """Removes the temporary file, if there is one."""

    def remove(self, name: str) -> None:
        """Removes a file or nothing."""

    def names(self, folder: str) -> Iterator[str]:
        """Names of the finished files in a folder, sorted, not deeper. None where there is no folder."""

    def write(self, name: str, data: bytes) -> None:
        """Creates, writes and publishes."""

    def sweep(self) -> None:
        """Removes the temporary files that killed processes left. Only while no other run works here."""


class LocalStore:
    """Files under a local directory. Rename is atomic within a file system."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)

    def path(self, name: str) -> str:
        return os.path.join(self.root, *name.split("/")) if name else self.root

    def exists(self, name: str) -> bool:
        return os.path.exists(self.path(name))

    def size(self, name: str) -> int:
        return os.path.getsize(self.path(name))

    def read(self, name: str) -> bytes:
        with open(self.path(name), "rb") as file:
            return file.read()

    def open(self, name: str) -> BinaryIO:
        return open(self.path(name), "rb")

    def create(self, name: str) -> BinaryIO:
        temporary = self._temporary(name)
        os.makedirs(os.path.dirname(temporary), exist_ok=True)
        return open(temporary, "wb")

    def publish(self, name: str) -> None:
        os.replace(self._temporary(name), self.path(name))

    def discard(self, name: str) -> None:
        Path(self._temporary(name)).unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        Path(self.path(name)).unlink(missing_ok=True)

    def names(self, folder: str) -> Iterator[str]:
        path = self.path(folder)
        if not os.path.isdir(path):
            return
        for entry in sorted(os.listdir(path)):
            if not entry.startswith(TEMPORARY) and os.path.isfile(os.path.join(path, entry)):
                yield f"{folder}/{entry}" if folder else entry

    def write(self, name: str, data: bytes) -> None:
        with self.create(name) as file:
            file.write(data)
        self.publish(name)

    def sweep(self) -> None:
        for path in Path(self.root).rglob(f"{TEMPORARY}*"):
            path.unlink(missing_ok=True)

    def _temporary(self, name: str) -> str:
        folder, _, last = name.rpartition("/")
        # Of one process: a worker that outlives its run must not write into the files of the next.
        temporary = f"{TEMPORARY}{os.getpid()}-{last}"
        return self.path(f"{folder}/{temporary}" if folder else temporary)


def open_store(address: str) -> Store:
    """The store behind a path or URL. Raises StartError for a scheme that is not served."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return LocalStore(address)
    if scheme == "file":
        return LocalStore(rest)
    raise StartError(f"{address}: {scheme}:// is not served yet; give a local directory")
