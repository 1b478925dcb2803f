"""Which files a source is made of, from a file, a directory or a glob, and what tells their version."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterable

from corpusflow.errors import StartError


def list_files(path: str, suffixes: tuple[str, ...]) -> tuple[str, list[str]]:
    """The root and the sorted paths of a source's files.

    A directory is searched recursively for the suffixes (lower case); its root is itself. A glob takes the files that
    it matches whatever their names; its root is the fixed directory before the first wildcard. A file is taken as it
    is; its root is its directory. Raises StartError when nothing is found.
    """
    if os.path.isfile(path):
        return os.path.dirname(path), [path]
    if os.path.isdir(path):
        found = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
        found = [file for file in found if file.lower().endswith(suffixes) and os.path.isfile(file)]
        return path, _found(found, path, " ".join(f"*{suffix}" for suffix in suffixes))
    if glob.has_magic(path):
        found = [file for file in glob.glob(path, recursive=True, include_hidden=True) if os.path.isfile(file)]
        return _fixed_prefix(path), _found(found, path, "files that match it")
    raise StartError(f"{path}: no such file or directory; looked for a file, a directory or a glob")


def source_name(path: str, root: str, name: str) -> str:
    """The path relative to the root with `/` between its parts, below `name` when that is not empty.

    Bytes that are not UTF-8 become U+FFFD, since the name goes into tables.
    """
    relative = os.path.relpath(path, root or os.curdir).replace(os.sep, "/")
    printable = os.fsencode(relative).decode("utf-8", "replace")
    return f"{name}/{printable}" if name else printable


def files_version(paths: Iterable[str]) -> str:
    """Hex digest of the files' names, sizes and times of change (nanoseconds)."""
    digest = hashlib.sha256()
    for path in paths:
        stat = os.stat(path)
        digest.update(os.fsencode(path) + f"\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _found(files: list[str], path: str, wanted: str) -> list[str]:
    if not files:
        raise StartError(f"{path}: nothing found; looked for {wanted}")
    return sorted(files, key=lambda file: file.split(os.sep))


def _fixed_prefix(pattern: str) -> str:
    parts = pattern.split(os.sep)
    fixed = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    return os.sep.join(parts[:fixed]) or (os.sep if pattern.startswith(os.sep) else "")
