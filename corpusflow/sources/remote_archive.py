"""A whole archive on the web: fetched into a file that outlives a killed process, then scanned as a local one is."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Generator
from contextlib import closing

from corpusflow.decision import Failure
from corpusflow.errors import FetchError
from corpusflow.fetch.client import ClientSettings
from corpusflow.fetch.ranges import fetch_file
from corpusflow.sources.page import OutputFile, Part, Record, Skipped
from corpusflow.sources.warc_scan import scan_warc

# What came so far is of another file than the one that the server has now.
_ANOTHER_FILE = frozenset({"file_changed", "http_416", "range_wrong"})


def load_archive(
    part: Part, settings: ClientSettings, partial: str, stored: OutputFile, repack: OutputFile
) -> Generator[Record | Skipped | Failure, None, bool]:
    """Everything the archive holds, as `scan_warc` tells it; its bytes go to `stored`. Returns whether it came whole.

    partial: path of the file for what came so far; it is continued, and of use until the archive is committed. repack:
    as of `scan_warc`. Failures besides: those of `fetch_file`, for the archive.
    """
    try:
        download(part.paths[0], partial, settings)
    except FetchError as error:
        yield Failure("load", error.code, error.detail, part.paths[0])
        return False
    for item in scan_warc(dataclasses.replace(part, kind="warc", paths=(partial,)), repack):
        if isinstance(item, Record) and item.path == partial:
            item = dataclasses.replace(item, path=stored.path)
        yield item
    with open(partial, "rb") as came, closing(stored.create()) as out:
        shutil.copyfileobj(came, out, 1 << 20)
    return True


def download(url: str, path: str, settings: ClientSettings) -> None:
    """The whole file; goes on behind what stands at `path`, unless that turns out to be of another file: then it begins
    anew, once. Raises FetchError."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    try:
        _go_on(url, path, settings)
    except FetchError as error:
        if error.code not in _ANOTHER_FILE:
            raise
        os.remove(path)
        _go_on(url, path, settings)


def _go_on(url: str, path: str, settings: ClientSettings) -> None:
    with open(path, "ab") as file:
        # The last byte is asked for again: of a file that is there already the server has no range to give.
        start = max(0, file.tell() - 1)
        file.truncate(start)
        for piece in fetch_file(url, settings, start):
            file.write(piece)
