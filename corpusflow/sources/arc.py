"""ARC, the format before WARC: reads it from start to end and hands every record over to be re-packed as WARC."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from corpusflow.decision import Failure
from corpusflow.errors import SourceError
from corpusflow.sources.archive_damage import find
from corpusflow.sources.page import Record, Skipped
from corpusflow.sources.repack import Repacker, check_block_length

# URL, IP address, date, content type, five more fields in version 2, length.
_LINE = re.compile(rb"([a-zA-Z][\w+.-]*:[^\r\n]*?) (\S+) (\S+) (\S+)(?: \S+ \S+ \S+ \S+ \S+)? (\d{1,15})\r?\n")
_LONGEST_LINE = 1 << 14
_GZIP = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")


def is_arc(file: BinaryIO) -> bool:
    """Every ARC file begins with a record about itself."""
    file.seek(0)
    head = file.read(1024)
    if _GZIP.match(head):
        try:
            head = zlib.decompressobj(31).decompress(head, 64)
        except zlib.error:
            return False
    return head.startswith(b"filedesc:")


def scan_arc(file: BinaryIO, source: str, pack: Repacker) -> Iterator[Record | Skipped | Failure]:
    """Every record of the file, past damage. Failures: `arc_corrupt`, `arc_truncated`, and those of a record."""
    start: int | None = 0
    while start is not None:
        plain = _PlainBytes(file, start)
        try:
            yield from _records(plain, source, pack)
            return
        except (_NoRecordLineError, zlib.error) as error:
            damaged = plain.damaged_at
            start = _next_line(file, max(damaged, start) + 1)
            message = "no record line" if isinstance(error, _NoRecordLineError) else str(error)
            going_on = "no record behind it" if start is None else f"next record at {start}"
            yield _failure("arc_corrupt", source, damaged, f"{message}; {going_on}")


class _NoRecordLineError(Exception):
    """Where a record must begin there is something else."""


def _records(plain: _PlainBytes, source: str, pack: Repacker) -> Iterator[Record | Skipped | Failure]:
    while (position := plain.next_record()) is not None:
        line = _LINE.fullmatch(plain.readline())
        if line is None:
            raise _NoRecordLineError
        url, length = line[1].decode("utf-8", "replace"), int(line[5])
        try:
            check_block_length(length, url)
        except SourceError as error:
            yield _failure(error.code, source, position, error.detail, url)
            plain.skip(length)
            continue
        block = plain.read(length)
        yield _record(pack, source, position, url, line[3], block)
        if len(block) < length:
            yield _failure("arc_truncated", source, position, f"{len(block)} of {length} bytes", url, lost=False)


def _record(
    pack: Repacker, source: str, position: int, url: str, date: bytes, block: bytes
) -> Record | Skipped | Failure:
    if url.startswith("filedesc:"):
        return Skipped("record_warcinfo")
    if not url.lower().startswith(("http:", "https:")):
        return Skipped("not_http")
    try:
        return pack.put(position, "response", url, _iso_date(date), "application/http; msgtype=response", block)
    except SourceError as error:
        return _failure(error.code, source, position, error.detail, url)


def _iso_date(date: bytes) -> str:
    """YYYYMMDDhhmmss as ISO 8601; empty for anything else."""
    if not re.fullmatch(rb"\d{14}", date):
        return ""
    text = date.decode()
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:]}Z"


def _next_line(file: BinaryIO, start: int) -> int | None:
    """Offset of the next record line, or of the next gzip member that begins with one."""
    file.seek(0)
    if not _GZIP.match(file.read(4)):
        return find(file, re.compile(rb"(?<=\n)" + _LINE.pattern), start - 1, _LONGEST_LINE)
    while (found := find(file, _GZIP, start)) is not None:
        plain = _PlainBytes(file, found)
        try:
            if plain.next_record() is not None and _LINE.fullmatch(plain.readline()):
                return found
        except zlib.error:
            pass
        start = found + 1
    return None


def _failure(code: str, source: str, position: int, message: str, what: str = "", lost: bool = True) -> Failure:
    place = f"{source} at {position}"
    return Failure("load", code, f"{place}: {message}", what or place, lost)


class _PlainBytes:
    """The bytes of a file from `start` on, decompressed where they are gzip members."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        file.seek(start)
        self._file = file
        self._behind = start  # offset in the file behind what was read of it
        self._coded = b""
        self._decoder: zlib._Decompress | None = None
        self._member = start
        self._given = 0  # bytes of the member that were put into the buffer
        self._buffer = b""
        self._read_coded()
        self._gzipped = _GZIP.match(self._coded) is not None

    @property
    def damaged_at(self) -> int:
        """Offset in the file from which on another record may be sought: of the member, or of the bytes to come."""
        return self._member if self._gzipped else self._position()

    def next_record(self) -> int | None:
        """Passes empty lines. Where the next record begins: the member's offset plus the offset inside the member;
        None at the end."""
        while self._fill():
            stripped = self._buffer.lstrip(b"\r\n")
            self._buffer = stripped
            if stripped:
                return self._position()
        return None

    def readline(self) -> bytes:
        """Up to and with the line feed, or as much as a record line may have."""
        line = b""
        while len(line) < _LONGEST_LINE and not line.endswith(b"\n") and self._fill():
            end = self._buffer.find(b"\n") + 1 or len(self._buffer)
            line, self._buffer = line + self._buffer[:end], self._buffer[end:]
        return line

    def read(self, length: int) -> bytes:
        """Fewer bytes only at the end of the file."""
        return b"".join(self._pieces(length))

    def skip(self, length: int) -> None:
        for _ in self._pieces(length):
            pass

    def _pieces(self, length: int) -> Iterator[bytes]:
        while length and self._fill():
            piece, self._buffer = self._buffer[:length], self._buffer[length:]
            length -= len(piece)
            yield piece

    def _position(self) -> int:
        return self._member + self._given - len(self._buffer)

    def _read_coded(self) -> bool:
        self._coded = self._file.read(1 << 14)
        self._behind += len(self._coded)
        return bool(self._coded)

    def _fill(self) -> bool:
        while not self._buffer:
            if not self._coded and not self._read_coded() and not self._gzipped:
                return False
            coded_before = len(self._coded)
            self._buffer = self._inflate() if self._gzipped else self._take()
            self._given += len(self._buffer)
            if not self._buffer and not coded_before:
                return False
        return True

    def _take(self) -> bytes:
        taken, self._coded = self._coded, b""
        return taken

    def _inflate(self) -> bytes:
        if self._decoder is None or (self._decoder.eof and self._coded):
            self._decoder = zlib.decompressobj(31)
            self._member, self._given = self._behind - len(self._coded), 0
        elif self._decoder.eof:
            return b""
        piece = self._decoder.decompress(self._coded, 1 << 18)
        self._coded = self._decoder.unused_data if self._decoder.eof else self._decoder.unconsumed_tail
        return piece
