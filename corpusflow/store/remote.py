"""RemoteStore: files on an object store, where a file appears whole or not at all and nothing is renamed."""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from corpusflow.store.address import open_input
from corpusflow.store.attempts import STAGES, left_by_attempts
from corpusflow.store.file_system import file_system, told
from corpusflow.store.output_file import open_output, writing

AT_ONCE = 64  # requests in flight


class RemoteStore:
    """Files under an address of an object store: gs://bucket/folder, s3://bucket/folder.

    `create` gives a local file, which `publish` uploads: an object is there once all of it is, and a reader sees the
    old one or the new one. Nothing temporary stands on the store; what a killed process leaves is on its own disk.
    Raises StartError where the packages that it needs are not installed.
    """

    renames = False  # what a block's files are called is in attempts.py

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/")
        file_system(self.root)

    def path(self, name: str) -> str:
        return f"{self.root}/{name}" if name else self.root

    def exists(self, name: str) -> bool:
        try:
            return bool(self._info(name)["type"] == "file")
        except FileNotFoundError:
            return False

    def size(self, name: str) -> int:
        info = self._info(name)
        if info["type"] != "file":
            raise FileNotFoundError(self.path(name))
        return int(info["size"])

    def read(self, name: str) -> bytes:
        system, path = self._place(name)
        with told(self.path(name)):
            # In one request: s3fs asks for the size first, to split what is large, where more are allowed.
            return cast(bytes, system.cat_file(path, max_concurrency=1))

    def read_ranges(self, ranges: Sequence[tuple[str, int, int]]) -> list[bytes]:
        """Of files (name, offset, length) these bytes, in their order; asked for at once."""
        wanted = [(self._place(name)[1], offset, offset + length) for name, offset, length in ranges if length]
        found: Iterator[bytes] = iter(())
        if wanted:
            system, _ = self._place("")
            with told(self.root):
                paths, starts, ends = zip(*wanted, strict=True)
                got = system.cat_ranges(list(paths), list(starts), list(ends), batch_size=AT_ONCE, on_error="raise")
                found = iter(got)
        return [next(found) if length else b"" for _, _, length in ranges]

    def open(self, name: str, size: int | None = None) -> BinaryIO:
        return open_input(self.path(name), size)

    def create(self, name: str) -> BinaryIO:
        return open_output(str(self._spooled(name)), self.path(name))

    def publish(self, name: str, final: str = "") -> None:
        system, path = self._place(final or name)
        spooled = self._spooled(name)
        try:
            with writing(self.path(final or name)), told(self.path(final or name)):
                system.put_file(str(spooled), path)
        finally:
            spooled.unlink(missing_ok=True)

    def discard(self, name: str) -> None:
        self._spooled(name).unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        system, path = self._place(name)
        with writing(self.path(name)), told(self.path(name)), suppress(FileNotFoundError):
            system.rm_file(path)

    def names(self, folder: str) -> Iterator[str]:
        yield from (f"{folder}/{last}" if folder else last for last, kind in self._listed(folder) if kind == "file")

    def entries(self, folder: str) -> Iterator[str]:
        """The last parts of the names of what is in a folder, files and folders."""
        yield from (last for last, _ in self._listed(folder))

    def tree(self, folder: str) -> Iterator[str]:
        system, path = self._place(folder)
        with told(self.path(folder)):
            files = sorted(file.lstrip("/") for file in system.find(path))
        yield from (f"{folder}/{file[len(path) + 1 :]}" for file in files if file.startswith(f"{path}/"))

    def write(self, name: str, data: bytes) -> None:
        system, path = self._place(name)
        with writing(self.path(name)), told(self.path(name)):
            system.pipe_file(path, data)

    def write_new(self, name: str, data: bytes) -> bool:
        system, path = self._place(name)
        with writing(self.path(name)):
            try:
                with told(self.path(name)):
                    system.pipe_file(path, data, mode="create")
            except FileExistsError:
                # A request of our own, whose answer was lost and which was made again, finds what it wrote.
                return self._holds(name, data)
        return True

    def sweep(self) -> None:
        """Removes files of blocks in `stages/` that killed attempts left: all of a block without a sidecar, and of a
        block with several files of one kind those that its sidecar does not name. Asks for the names, and for the
        sidecars of the latter."""
        for name in left_by_attempts(list(self.tree(STAGES)), self.read):
            self.remove(name)

    def _listed(self, folder: str) -> list[tuple[str, str]]:
        """The last part and the kind of what is in a folder, sorted; nothing where there is none."""
        system, path = self._place(folder)
        try:
            with told(self.path(folder)):
                entries = system.ls(path, detail=True)
        except FileNotFoundError:
            return []
        found = ((entry["name"].strip("/"), entry["type"]) for entry in entries)
        # An object of the folder's own name may be listed too, or one that stands for an empty folder.
        return sorted((name[len(path) + 1 :], kind) for name, kind in found if name.startswith(f"{path}/"))

    def _holds(self, name: str, data: bytes) -> bool:
        try:
            return self.read(name) == data
        except FileNotFoundError:
            return False

    def _info(self, name: str) -> dict[str, Any]:
        system, path = self._place(name)
        with told(self.path(name)):
            return cast(dict[str, Any], system.info(path))

    def _place(self, name: str) -> tuple[Any, str]:
        system, path = file_system(self.root)
        return system, f"{path}/{name}" if name else path

    def _spooled(self, name: str) -> Path:
        # Of this store alone: in one process, too, an attempt may come before the end of one that was given up.
        return scratch_folder(os.getpid()) / hashlib.sha256(f"{id(self)} {self.path(name)}".encode()).hexdigest()


@functools.cache
def scratch_folder(process: int) -> Path:
    """A local folder of this process, removed at its end. process: its number; a fork has another one."""
    folder = tempfile.mkdtemp(prefix="corpusflow-")
    atexit.register(_remove_own, folder, process)
    return Path(folder)


def _remove_own(folder: str, process: int) -> None:
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
