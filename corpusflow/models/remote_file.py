"""Model files at an address (gs://, s3://, https:// or whatever else fsspec opens), copied to this machine.

A copy lies in the user's cache, `$XDG_CACHE_HOME/corpusflow/models` or `~/.cache/corpusflow/models`, under its digest.
What an address holds is asked for once per process, and downloaded when it is not the version of an earlier copy.
Where the server tells no version (an ETag, a date) that is once per run.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from corpusflow.errors import ModelError
from corpusflow.models.file_digest import model_digest
from corpusflow.remote_faults import remote_faults

CONNECT_S, SILENCE_S = 30, 60  # seconds until an https server must have answered, and between two of its bytes

# What the file systems call that which changes with a file's content.
_VERSIONS = ("ETag", "etag", "generation", "md5Hash", "Content-MD5", "Digest", "VersionId")
_DATES = ("Last-Modified", "LastModified", "last_modified", "mtime", "created")

# Digest by address: what this process holds an address to contain.
_held: dict[str, str] = {}


class RemoteFiles:
    """Base of models whose files may stand at an address.

    Pickled they take along what their addresses held: a worker gets the same content as the launcher, or says that it
    cannot.
    """

    def __getstate__(self) -> dict[str, Any]:
        addresses = {value for value in vars(self).values() if isinstance(value, str)} & _held.keys()
        return {"fields": dict(vars(self)), "held": {address: _held[address] for address in addresses}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state["fields"])
        _held.update(state["held"])


def look_again() -> None:
    """Forgets what addresses held: a process that starts several runs wants each to see what is there now."""
    _held.clear()


def remote_file(address: str, kind: str) -> Path:
    """The local copy of what stands at an address, with the name that it has there.

    kind: what it should be, for messages: `fastText model`. Raises ModelError when it cannot be had, or is no longer
    what the launcher saw.
    """
    held = _held.get(address)
    if held is None:
        held = _held[address] = _download(address, kind)
    file = _copy(address, held)
    if not _is_whole(file, held) and (found := _download(address, kind)) != held:
        raise ModelError(
            f"the {kind} {address} has changed since the run was started: its sha256 was {held}, now it is {found}; "
            "start the run again"
        )
    return file


def cache_folder() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(given) if os.path.isabs(given) else Path.home() / ".cache") / "corpusflow" / "models"


def _copy(address: str, digest: str) -> Path:
    path = unquote(urlsplit(address).path) if address.startswith(("http://", "https://")) else address
    name = path.rpartition("/")[2]
    if name in ("", ".", ".."):
        raise ModelError(f"{address} names no file")
    return cache_folder() / f"sha256-{digest}" / name


def _is_whole(file: Path, digest: str) -> bool:
    return file.is_file() and model_digest(file) == digest


def _download(address: str, kind: str) -> str:
    """Digest of what stands at the address now; a copy of it is here."""
    with _told(address, kind):
        system, path = _file_system(address)
        info = system.info(path)
        if info["type"] != "file":
            raise ModelError(f"the {kind} {address} is a folder")
        with _entry(address, info) as entry:
            digest = entry.read_text() if entry.exists() else ""
            if not (digest and _has_version(info) and _is_whole(_copy(address, digest), digest)):
                part = entry.with_suffix(".part")
                try:
                    digest = _fetched(system, path, info, part)
                    file = _copy(address, digest)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    part.replace(file)
                finally:
                    part.unlink(missing_ok=True)
                part.write_text(digest)
                part.replace(entry)
            return digest


def _fetched(system: Any, path: str, info: Mapping[str, Any], part: Path) -> str:
    """Digest of the file, which is now in `part`."""
    system.get_file(path, str(part))
    size, wanted = part.stat().st_size, info.get("size")
    if wanted is not None and size != wanted:
        raise OSError(f"{size} of {wanted} bytes came")
    return model_digest(part)


@contextlib.contextmanager
def _entry(address: str, info: Mapping[str, Any]) -> Iterator[Path]:
    """The file with the digest of one version of an address, for this process alone: others wait until it is there."""
    version = {key: str(info[key]) for key in (*_VERSIONS, *_DATES, "size") if info.get(key) is not None}
    key = hashlib.sha256(json.dumps([address, version]).encode()).hexdigest()
    folder = cache_folder() / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{key}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / key


def _has_version(info: Mapping[str, Any]) -> bool:
    return any(info.get(key) for key in (*_VERSIONS, *_DATES))


def _file_system(address: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError as error:
        raise ModelError(f"reading {address} needs the package fsspec: pip install fsspec") from error
    options = {}
    if address.startswith(("http://", "https://")):
        import aiohttp

        # By default a whole transfer may take five minutes, however large the file.
        options["client_kwargs"] = {
            "timeout": aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
        }
    try:
        system, path = fsspec.url_to_fs(address, **options)
    except ImportError as error:
        # Its text names the package: "Please install gcsfs to access Google Storage".
        raise ModelError(f"{address} cannot be read: {error}") from error
    return system, path


@contextlib.contextmanager
def _told(address: str, kind: str) -> Iterator[None]:
    try:
        yield
    except remote_faults() as error:
        # Of a server that refuses fsspec says only that the file was not found.
        said = " ".join(str(error.__cause__ or error).split()) or type(error).__name__
        raise ModelError(
            f"the {kind} {address} cannot be had: {said}; check the address and the rights, or copy the file to every "
            "worker and give its path"
        ) from error
