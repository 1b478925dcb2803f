"""Journals of a store: a file where one can be appended to, elsewhere segments, numbered objects that make it up."""

from __future__ import annotations

import os
import re
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from corpusflow.store.journal import Journal
from corpusflow.store.paths import Store
from corpusflow.store.remote import scratch_folder

JOURNAL = "journal"  # suffix of a block's journal
SEGMENT_BYTES = 8 << 20  # added, after which they are uploaded
SEGMENT_S = 20.0  # seconds since the last upload, likewise

_ENDING = re.compile(rf"(.+\.{JOURNAL})(?:\.\d{{6}})?")


def open_journal(store: Store, name: str, read_only: bool = False) -> Journal:
    """The journal of that name, with what it holds. Raises FileNotFoundError where one that is to be read is not there.

    On an object store a killed process loses what it added since the last upload, SEGMENT_BYTES or SEGMENT_S at most.
    """
    if store.renames:
        return Journal(store.path(name), read_only)
    return _SegmentedJournal(store, name, read_only)


def journal_exists(store: Store, name: str) -> bool:
    return store.exists(name if store.renames else _segment(name, 0))


def remove_journal(store: Store, name: str) -> None:
    """Removes a journal, or nothing."""
    if store.renames:
        store.remove(name)
        return
    count = 0
    while store.exists(_segment(name, count)):
        count += 1
    # From its end: what is left of it if this process is killed is still found from its beginning.
    for number in reversed(range(count)):
        store.remove(_segment(name, number))


def journals_among(names: Iterable[str]) -> list[str]:
    """The journals that these files of a store make up, sorted."""
    return sorted({found[1] for name in names if (found := _ENDING.fullmatch(name))})


def _segment(name: str, number: int) -> str:
    return f"{name}.{number:06d}"


class _SegmentedJournal(Journal):
    """A journal in a local file, whose new entries are uploaded from time to time, whole ones only."""

    def __init__(self, store: Store, name: str, read_only: bool) -> None:
        self._store = store
        self._name = name
        self._read_only = read_only
        self._saving = threading.Lock()
        self._next = 0  # number of the next segment
        number, self._scratch = tempfile.mkstemp(dir=scratch_folder(os.getpid()))
        try:
            with os.fdopen(number, "wb") as file:
                for data in self._segments():
                    file.write(data)
            if read_only and not self._next:
                raise FileNotFoundError(store.path(name))
            super().__init__(self._scratch)
        except BaseException:
            os.unlink(self._scratch)
            raise
        self._saved = self._end
        self._saved_at = time.monotonic()

    def add(self, key: str, facts: Mapping[str, Any], data: bytes = b"") -> None:
        super().add(key, facts, data)
        if self._end - self._saved >= SEGMENT_BYTES or time.monotonic() - self._saved_at >= SEGMENT_S:
            self._save()

    def seal(self) -> None:
        super().seal()
        self._save()

    def close(self) -> None:
        if self._file.closed:
            return
        try:
            self._save()
        finally:
            self._drop()

    def remove(self) -> None:
        self._drop()
        remove_journal(self._store, self._name)

    def _segments(self) -> Iterator[bytes]:
        while True:
            try:
                data = self._store.read(_segment(self._name, self._next))
            except FileNotFoundError:
                return
            yield data
            self._next += 1

    def _save(self) -> None:
        with self._saving:
            end = self._end
            if self._read_only or end == self._saved:
                return
            data = self._read(self._saved, end - self._saved)
            # Another attempt of the block may write here, too: then both stay.
            while not self._store.write_new(_segment(self._name, self._next), data):
                self._next += 1
            self._next += 1
            self._saved, self._saved_at = end, time.monotonic()

    def _drop(self) -> None:
        super().close()
        if os.path.exists(self._scratch):
            os.unlink(self._scratch)
