"""Whether the files of a source are still what they were when the run read them first."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from corpusflow.errors import SourceChangedError
from corpusflow.sources.page import Record
from corpusflow.store.address import is_address


def state_of(path: str) -> str:
    """What changes when a file on this machine is written: its size and time of change; empty for what is elsewhere,
    where asking costs a request each time, and for what is gone."""
    try:
        stat = os.stat(path)
    except OSError:
        return ""
    return f"{stat.st_size} {stat.st_mtime_ns}"


def unchanged(records: Iterable[tuple[Record, str]]) -> Iterator[Record]:
    """The records, each with the state that its file had when it was loaded.

    Looked at before the first record of a file and once all have been read: what is made of them is never of two
    contents. Raises SourceChangedError.
    """
    known: dict[str, str] = {}
    for record, state in records:
        if state and record.path not in known:
            known[record.path] = state
            _check(record.path, state)
        yield record
    for path, state in known.items():
        _check(path, state)


def check_there(path: str) -> None:
    """Raises SourceChangedError where a file is gone: its records did not fail, they may be there tomorrow."""
    if not is_address(path) and not os.path.exists(path):
        raise SourceChangedError(
            f"{path} is gone since it was loaded; put it back and run again, or run again without it: what is "
            "committed stays"
        )


def _check(path: str, state: str) -> None:
    if state_of(path) != state:
        check_there(path)
        raise SourceChangedError(f"{path} changed since it was loaded; run again to take it as it is now")
