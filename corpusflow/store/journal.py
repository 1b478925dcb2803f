"""A journal: what came of the items of a block so far, on disk, so that a run that was killed asks nothing twice."""

from __future__ import annotations

import json
import os
import struct
import threading
import zlib
from collections.abc import Mapping
from io import FileIO
from types import TracebackType
from typing import Any, NamedTuple

_HEAD = struct.Struct("<4sIII")  # mark, bytes of the facts, bytes of the data as stored, checksum of both
_PLAIN, _PACKED = b"cfj1", b"cfjz"  # marks of entries; the data of a packed one are compressed (RFC 1950)
_SAMPLE = 4096  # bytes that tell whether data get smaller
_WORTH = 0.75  # of its size, to which the sample has to come down
_SEAL = ""  # the key of the end of a round


class _Place(NamedTuple):
    """Where an entry stands, and how many bytes its facts and its stored data have."""

    start: int
    told: int
    stored: int
    packed: bool


def _packed(data: bytes) -> tuple[bytes, bytes]:
    """The mark of an entry, and what of the data is stored."""
    sample = data[:_SAMPLE]
    # Pictures get no smaller, and to find out must cost no time.
    if len(zlib.compress(sample, level=1)) <= _WORTH * len(sample):
        packed = zlib.compress(data, level=1)
        if len(packed) < len(data):
            return _PACKED, packed
    return _PLAIN, data


class Journal:
    """Facts and bytes by key, appended to a file as they come; of a key that was added twice the later counts.

    Bytes are compressed where that makes them smaller: pages may stay here long, beside the archive that holds them.

    A process that is killed leaves a torn tail at most; it is cut off when the file is opened again. What a machine
    loses that loses its power is not guarded against. Thread-safe. read_only: of a file that another may write to.
    """

    def __init__(self, path: str, read_only: bool = False) -> None:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        self._lock = threading.Lock()
        mode = "rb" if read_only else "a+b"
        self._file: FileIO = open(path, mode, buffering=0)  # type: ignore[assignment]  # noqa: SIM115
        self._places: dict[str, _Place] = {}
        self._rounds: dict[str, int] = {}
        self._round = 0
        self._end = self._scan()
        if not read_only:
            self._file.truncate(self._end)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, key: str, facts: Mapping[str, Any], data: bytes = b"") -> None:
        """facts: JSON-able."""
        told = json.dumps([key, facts]).encode()
        mark, stored = _packed(data)
        entry = _HEAD.pack(mark, len(told), len(stored), zlib.crc32(stored, zlib.crc32(told))) + told + stored
        with self._lock:
            written = 0
            while written < len(entry):
                written += self._file.write(entry[written:]) or 0
            self._know(key, _Place(self._end, len(told), len(stored), mark == _PACKED))
            self._end += len(entry)

    def seal(self) -> None:
        """Ends a round: what is added from here on belongs to the next one."""
        self.add(_SEAL, {})

    def round(self, key: str) -> int:
        """In which round the key was added last, counted from 0. Raises KeyError."""
        return self._rounds[key]

    def facts(self, key: str) -> dict[str, Any]:
        """Raises KeyError."""
        place = self._places[key]
        facts: dict[str, Any] = json.loads(self._read(place.start + _HEAD.size, place.told))[1]
        return facts

    def read(self, key: str) -> tuple[dict[str, Any], bytes]:
        """Facts and data of a key. Raises KeyError."""
        place = self._places[key]
        stored = self._read(place.start + _HEAD.size + place.told, place.stored)
        return self.facts(key), zlib.decompress(stored) if place.packed else stored

    def copy_to(self, other: Journal) -> None:
        """Adds all that it holds to an empty one, in the same rounds."""
        for number in range(self._round + 1):
            for key, round_ in self._rounds.items():
                if round_ == number:
                    other.add(key, *self.read(key))
            if number < self._round:
                other.seal()

    def close(self) -> None:
        self._file.close()

    def remove(self) -> None:
        """Closes the journal and removes it: nothing of it is wanted any more."""
        self.close()
        os.unlink(self._file.name)

    def _read(self, start: int, length: int) -> bytes:
        return os.pread(self._file.fileno(), length, start)

    def _know(self, key: str, place: _Place) -> None:
        if key == _SEAL:
            self._round += 1
        else:
            self._places[key] = place
            self._rounds[key] = self._round

    def _scan(self) -> int:
        """Finds the entries; returns where the last whole one ends."""
        start, size = 0, os.fstat(self._file.fileno()).st_size
        while start + _HEAD.size <= size:
            mark, told, length, checksum = _HEAD.unpack(self._read(start, _HEAD.size))
            end = start + _HEAD.size + told + length
            if mark not in (_PLAIN, _PACKED) or end > size:
                break
            text = self._read(start + _HEAD.size, told)
            if zlib.crc32(self._read(start + _HEAD.size + told, length), zlib.crc32(text)) != checksum:
                break
            self._know(json.loads(text)[0], _Place(start, told, length, mark == _PACKED))
            start = end
        return start
