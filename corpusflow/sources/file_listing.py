"""Which files a source is made of, from a file, a folder or a glob, and what tells their version."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass

from corpusflow.errors import StartError
from corpusflow.store.address import (
    Found,
    files_below,
    files_like,
    find_file,
    folder_of,
    is_address,
    kind_of_path,
    parts_of,
    relative_name,
)


@dataclass(frozen=True)
class Listing:
    """root: what the files' names are relative to. files: sorted by path."""

    root: str
    files: tuple[Found, ...]

    @property
    def paths(self) -> list[str]:
        return [file.path for file in self.files]


def list_files(path: str, suffixes: tuple[str, ...]) -> Listing:
    """The files of a source.

    A folder is searched recursively for the suffixes (lower case); its root is itself. A glob takes the files that
    it matches whatever their names; its root is the fixed folder before the first wildcard. A file is taken as it
    is; its root is its folder. Raises StartError when nothing is found, or a store cannot be read.
    """
    try:
        return _listing(path, suffixes)
    except OSError as error:
        # Of a store: its message names the address, and lacks the way out.
        raise StartError(f"{error}; check the address and your rights there") from error


def source_name(path: str, root: str, name: str) -> str:
    """The path relative to the root with `/` between its parts, below `name` when that is not empty.

    Bytes that are not UTF-8 become U+FFFD, since the name goes into tables.
    """
    printable = os.fsencode(relative_name(path, root)).decode("utf-8", "replace")
    return f"{name}/{printable}" if name else printable


def files_version(files: Iterable[Found]) -> str:
    """Hex digest of the files' names, sizes and times of change (nanoseconds), or what a store has in their place."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(os.fsencode(file.path) + f"\0{file.size}\0{file.version}\n".encode())
    return digest.hexdigest()[:16]


def _listing(path: str, suffixes: tuple[str, ...]) -> Listing:
    kind = kind_of_path(path)
    if kind == "file":
        return Listing(folder_of(path), (find_file(path),))
    if kind == "folder":
        found = [file for file in files_below(path) if file.path.lower().endswith(suffixes)]
        return _found(path, found, path, " ".join(f"*{suffix}" for suffix in suffixes))
    if glob.has_magic(path):
        return _found(_fixed_prefix(path), list(files_like(path)), path, "files that match it")
    bucket = "; is the bucket's name right?" if is_address(path) else ""
    raise StartError(f"{path}: no such file or directory; looked for a file, a directory or a glob{bucket}")


def _found(root: str, files: list[Found], path: str, wanted: str) -> Listing:
    if not files:
        raise StartError(f"{path}: nothing found; looked for {wanted}")
    return Listing(root, tuple(sorted(files, key=lambda file: parts_of(file.path))))


def _fixed_prefix(pattern: str) -> str:
    parts = parts_of(pattern)
    fixed = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    between = "/" if is_address(pattern) else os.sep
    return between.join(parts[:fixed]) or (os.sep if pattern.startswith(os.sep) else "")
