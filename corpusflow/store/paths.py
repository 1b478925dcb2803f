"""Where files live: the few operations that a run directory needs, for local paths and for object stores."""

from __future__ import annotations

import functools
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from corpusflow.store.attempts import STAGES, left_by_attempts
from corpusflow.store.output_file import open_output, writing
from corpusflow.store.remote import RemoteStore

TEMPORARY = ".tmp-"  # prefix of the name under which a file is written before it is committed


class Store(Protocol):
    """A tree of files under one root. Names are relative, with `/` between their parts.

    A file appears under its name in one step, whole, or not at all: `create` writes elsewhere and `publish` renames,
    or uploads. Picklable: workers get it as it is.

    renames: whether files are renamed, as on a disk. Where they are not, many machines share the store, two attempts of
    one block may run at once, and what a block's files are called says what is in them.
    """

    root: str
    renames: bool

    def path(self, name: str) -> str:
        """The address of a file for a person, and for libraries that open files themselves."""

    def exists(self, name: str) -> bool: ...

    def size(self, name: str) -> int:
        """Bytes. Raises FileNotFoundError."""

    def read(self, name: str) -> bytes: ...

    def open(self, name: str, size: int | None = None) -> BinaryIO:
        """A file that can be read and sought. size: its bytes where the caller knows; then a store is not asked."""

    def create(self, name: str) -> BinaryIO:
        """A file under the name's temporary form; whatever stood there is lost.

        Here, in writing to it and in `publish`, StorageError is raised where the place does not take it.
        """

    def publish(self, name: str, final: str = "") -> None:
        """Gives the temporary file its name, or another one, over whatever has it. Raises FileNotFoundError where it
        is gone."""

    def discard(self, name: str) -> None:
        """Removes the temporary file, if there is one."""

    def remove(self, name: str) -> None:
        """Removes a file or nothing."""

    def names(self, folder: str) -> Iterator[str]:
        """Names of the finished files in a folder, sorted, not deeper. None where there is no folder."""

    def tree(self, folder: str) -> Iterator[str]:
        """Names of all finished files below a folder, sorted. None where there is no folder."""

    def write(self, name: str, data: bytes) -> None:
        """Creates, writes and publishes."""

    def write_new(self, name: str, data: bytes) -> bool:
        """As write, of a file that is not there yet; False where one is. Of processes that try it at once one does."""

    def sweep(self) -> None:
        """Removes the temporary files that killed processes left. Only while no other run works here."""


class LocalStore:
    """Files under a local directory. Rename is atomic within a file system."""

    renames = True

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

    def open(self, name: str, size: int | None = None) -> BinaryIO:
        return open(self.path(name), "rb")

    def create(self, name: str) -> BinaryIO:
        temporary = self._temporary(name)
        with writing(self.path(name)):
            os.makedirs(os.path.dirname(temporary), exist_ok=True)
            return open_output(temporary, self.path(name))

    def publish(self, name: str, final: str = "") -> None:
        with writing(self.path(final or name)):
            os.replace(self._temporary(name), self.path(final or name))

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

    def tree(self, folder: str) -> Iterator[str]:
        root = Path(self.path(folder))
        files = (path for path in root.rglob("*") if not path.name.startswith(TEMPORARY) and path.is_file())
        yield from sorted(f"{folder}/{path.relative_to(root).as_posix()}" for path in files)

    def write(self, name: str, data: bytes) -> None:
        with self.create(name) as file:
            file.write(data)
        self.publish(name)

    def write_new(self, name: str, data: bytes) -> bool:
        with self.create(name) as file:
            file.write(data)
        try:
            with writing(self.path(name)), suppress(FileExistsError):
                os.link(self._temporary(name), self.path(name))
                return True
            return False
        finally:
            self.discard(name)

    def sweep(self) -> None:
        for path in Path(self.root).rglob(f"{TEMPORARY}*"):
            path.unlink(missing_ok=True)

    def _temporary(self, name: str) -> str:
        folder, _, last = name.rpartition("/")
        # Of one process: a worker that outlives its run must not write into the files of the next.
        temporary = f"{TEMPORARY}{_token(os.getpid())}-{last}"
        return self.path(f"{folder}/{temporary}" if folder else temporary)


class SharedStore(LocalStore):
    """Files of a file system that many machines share: with what is said of a store that does not rename."""

    renames = False

    def sweep(self) -> None:
        super().sweep()
        for name in left_by_attempts(list(self.tree(STAGES)), self.read):
            self.remove(name)


@functools.cache
def _token(process: int) -> str:
    """Names this process among those of all machines that share a file system: in containers each has the number 1."""
    return f"{process}-{secrets.token_hex(4)}"


def as_shared(store: Store) -> Store:
    """The same place for many machines, where two attempts of one block may run at once."""
    return SharedStore(store.root) if isinstance(store, LocalStore) else store


def open_store(address: str) -> Store:
    """The store behind a path or URL. Raises StartError for a scheme that is not known or lacks its package."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return LocalStore(address)
    if scheme == "file":
        return LocalStore(rest)
    return RemoteStore(address)
