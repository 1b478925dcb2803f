"""The file system behind an address such as gs://bucket/folder, through fsspec, and its faults as OSErrors."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from corpusflow.errors import StartError
from corpusflow.remote_faults import remote_faults

CONNECT_S = 10.0  # seconds until a connection stands
SILENCE_S = 60.0  # seconds without a byte, after which a request is made anew
EXTRA = "remote"  # of pip, with the packages of these file systems


def file_system(address: str) -> tuple[Any, str]:
    """The file system of an address, one a process, and the path in it. Raises StartError where none can be had.

    Listings are not kept: another process may have written since. Passing faults are tried again by the libraries.
    """
    scheme, _, path = address.partition("://")
    if scheme in ("http", "https"):
        raise StartError(f"{address} is an address of the web: a source of kind urls or commoncrawl fetches from there")
    if not path.strip("/"):
        raise StartError(f"{address} names no bucket")
    try:
        return _of_scheme(scheme, os.getpid()), path.strip("/")
    except ImportError as error:
        raise StartError(
            f"{address}: {scheme}:// needs a package: pip install 'corpusflow[{EXTRA}]'; {error}"
        ) from error
    except remote_faults() as error:
        raise StartError(f"{address} cannot be opened: {error}") from error


def forget_file_systems() -> None:
    """The next look at an address reads the settings of its service anew."""
    _of_scheme.cache_clear()


@contextmanager
def told(address: str) -> Iterator[None]:
    """Raises what a service or its library raises as an OSError that names the address."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{address} is not there") from error
    except remote_faults() as error:
        said = " ".join(str(error).split()) or type(error).__name__
        kind = next((kind for kind in (FileExistsError, PermissionError) if isinstance(error, kind)), OSError)
        raise kind(f"{address}: {said}") from error


@functools.cache
def _of_scheme(scheme: str, process: int) -> Any:
    """process: what runs in the threads of a file system is not there after a fork."""
    import fsspec

    options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
    if scheme in ("gs", "gcs"):
        import aiohttp

        # Not the class that fsspec names: that one asks by gRPC, before any request, of what kind a bucket is.
        core = importlib.import_module("gcsfs.core")
        limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
        return core.GCSFileSystem(requests_timeout=limits, **options)
    if scheme == "s3":
        config = {"connect_timeout": CONNECT_S, "read_timeout": SILENCE_S, "max_pool_connections": 64}
        return fsspec.filesystem(scheme, config_kwargs=config, **options)
    return fsspec.filesystem(scheme, **options)
