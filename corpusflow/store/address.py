"""Files and folders that are read by path: on this machine, or in a store at an address such as gs:// or s3://.

A path is whatever has no scheme. Below an address `/` parts the names, and a folder is what has an object below it.
Everything here raises OSError (FileNotFoundError, where nothing is there) with a sentence for a person, and StartError
for an address that no installed package opens.
"""

from __future__ import annotations

import contextlib
import functools
import glob
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, NamedTuple, cast

from corpusflow.store.file_system import file_system, told
from corpusflow.store.keys import KEY_LENGTH
from corpusflow.store.object_file import ObjectFile

AT_ONCE = 16  # questions about objects that are asked together
BUFFER = 1 << 16  # bytes

# What stores tell that names an object's content. GCS gives a composed object no MD5; its ETag changes with a label.
_CONTENT = ("md5Hash", "crc32c", "ETag")
_CHANGE = ("generation", "VersionId", "LastModified", "last_modified", "updated", "mtime", "created")


class Found(NamedTuple):
    """version: changes whenever the file is written. size: bytes."""

    path: str
    size: int
    version: str


def is_address(path: str) -> bool:
    return "://" in path


def join(folder: str, name: str) -> str:
    """name: with `/` between its parts."""
    return f"{folder.rstrip('/')}/{name}" if is_address(folder) else os.path.join(folder, name)


def relative_name(path: str, root: str) -> str:
    """The path below the root with `/` between its parts; the same for a folder and for its copy in a store."""
    if is_address(path):
        return path.removeprefix(root.rstrip("/")).lstrip("/")
    return os.path.relpath(path, root or os.curdir).replace(os.sep, "/")


def parts_of(path: str) -> list[str]:
    """By which files are sorted: a folder's files stand together."""
    return path.split("/" if is_address(path) else os.sep)


def kind_of_path(path: str) -> str:
    """`file`, `folder`, or nothing where nothing is there."""
    if not is_address(path):
        return "file" if os.path.isfile(path) else "folder" if os.path.isdir(path) else ""
    try:
        info = _info(path)
    except FileNotFoundError:
        return ""
    return "file" if info["type"] == "file" else "folder"


def is_file(path: str) -> bool:
    return kind_of_path(path) == "file"


def is_folder(path: str) -> bool:
    return kind_of_path(path) == "folder"


def folder_of(path: str) -> str:
    return path.rpartition("/")[0] if is_address(path) else os.path.dirname(path)


def last_name(path: str) -> str:
    """Of a file or a folder; the bucket's where the address has no more."""
    return path.rstrip("/").rpartition("/")[2] if is_address(path) else os.path.basename(os.path.abspath(path))


def whole_path(path: str) -> str:
    """For a person, or another program: from the root of this machine, or the address."""
    return path.rstrip("/") if is_address(path) else os.path.abspath(path)


def is_inside(path: str, folder: str) -> bool:
    """Whether it is the folder, or below it; of places here after links."""
    if is_address(path) or is_address(folder):
        return f"{path.rstrip('/')}/".startswith(f"{folder.rstrip('/')}/")
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return os.path.commonpath((path, folder)) == folder


def entries(folder: str) -> list[str]:
    """Names of the files and folders in a folder, not deeper, sorted; none where there is no folder."""
    if not is_address(folder):
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    system, path = file_system(folder)
    try:
        with told(folder):
            found = system.ls(path, detail=False)
    except FileNotFoundError:
        return []
    # An object that has the folder's own name may be listed, too.
    return sorted(each.strip("/").removeprefix(f"{path}/") for each in found if each.strip("/") != path)


def files_below(folder: str) -> Iterator[Found]:
    """All files, however deep."""
    if is_address(folder):
        system, root = file_system(folder)
        with told(folder):
            found = system.find(root, detail=True)
        yield from _objects(folder, found)
        return
    for place, _, names in os.walk(folder):
        for path in (os.path.join(place, name) for name in names):
            if os.path.isfile(path):
                yield _local(path)


def files_like(pattern: str) -> Iterator[Found]:
    """The files that a glob matches; `**` stands for any number of folders."""
    if is_address(pattern):
        system, below = file_system(pattern)
        with told(pattern):
            found = system.glob(below, detail=True)
        yield from _objects(pattern, found)
        return
    for path in glob.glob(pattern, recursive=True, include_hidden=True):
        if os.path.isfile(path):
            yield _local(path)


def find_file(path: str) -> Found:
    """One file."""
    if not is_address(path):
        if not os.path.isfile(path):
            raise FileNotFoundError(f"{path} is no file")
        return _local(path)
    found = next(_objects(path, {path: _info(path)}), None)
    if found is None:
        raise FileNotFoundError(f"{path} is a folder")
    return found


def find_files(paths: Iterable[str]) -> list[Found]:
    """Each of the files that are there, in their order."""

    def found(path: str) -> Found | None:
        with contextlib.suppress(FileNotFoundError):
            return find_file(path)
        return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [one for one in pool.map(found, paths) if one]


def content_version(path: str) -> str:
    """Names a file's content: the same for a copy of it beside, and after it was only touched, where the store tells
    that; an object is not read for it."""
    if is_address(path):
        return _version(_info(path))
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:KEY_LENGTH]


def content_versions(paths: Iterable[str]) -> dict[str, str]:
    """By path; of objects, which are asked for together: one by one each costs the way to the store."""
    known = [path for path in paths if is_address(path)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(known, pool.map(content_version, known), strict=True))


def open_input(path: str, size: int | None = None) -> BinaryIO:
    """A file to be read and sought; for an object see ObjectFile. size: bytes of an object, where they are known: then
    the first read tells that it is gone."""
    if not is_address(path):
        return open(path, "rb")
    if size is None:
        info = _info(path)
        if info["type"] != "file":
            raise IsADirectoryError(f"{path} is a folder")
        size = int(info["size"])
    return cast(BinaryIO, io.BufferedReader(ObjectFile(path, size, functools.partial(_range, path)), BUFFER))


def read_head(path: str, size: int) -> bytes:
    """The first bytes of a file; of an object by one request."""
    if not is_address(path):
        with open(path, "rb") as file:
            return file.read(size)
    try:
        return _range(path, 0, size)
    except FileNotFoundError:
        raise
    except OSError:
        # Of an empty object no range can be had.
        if find_file(path).size == 0:
            return b""
        raise


def _range(address: str, start: int, end: int) -> bytes:
    system, path = file_system(address)
    with told(address):
        data: bytes = system.cat_file(path, start=start, end=end)
    return data


def _info(address: str) -> Mapping[str, Any]:
    system, path = file_system(address)
    with told(address):
        info: Mapping[str, Any] = system.info(path)
    return info


def _objects(address: str, found: Mapping[str, Mapping[str, Any]]) -> Iterator[Found]:
    scheme = address.partition("://")[0]
    for info in found.values():
        if info["type"] == "file":
            yield Found(f"{scheme}://{info['name'].lstrip('/')}", info["size"], _version(info))


def _version(info: Mapping[str, Any]) -> str:
    names = next(([name] for name in _CONTENT if info.get(name)), _CHANGE)
    known = [f"{name}={info[name]}" for name in names if info.get(name)]
    if not known:
        raise OSError(f"{info['name']}: the store tells neither a checksum nor a time; copy it to one that does")
    return hashlib.sha256("\n".join([*known, str(info["size"])]).encode()).hexdigest()[:KEY_LENGTH]


def _local(path: str) -> Found:
    stat = os.stat(path)
    return Found(path, stat.st_size, str(stat.st_mtime_ns))
