"""How far a record reaches, and where a damaged archive can be read again."""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass
from typing import BinaryIO, Literal

from corpusflow.sources.gzip_member import GzipMember, member_end
from corpusflow.sources.warc_record import open_archive

# What a record or the compressed member around it begins with: a WARC version line, gzip, lz4, zstd.
_BEGINNINGS = [
    re.compile(beginning)
    for beginning in (
        rb"WARC/[01]\.\d{1,2}\r{0,2}\n",
        rb"\x1f\x8b\x08[\x00-\x1f]",
        rb"\x04\x22\x4d\x18",
        rb"\x28\xb5\x2f\xfd",
    )
]
_ANY_BEGINNING = re.compile(b"|".join(beginning.pattern for beginning in _BEGINNINGS))
_LONGEST_BEGINNING = 12
_PIECE = 1 << 20
_WINDOW = 1 << 14  # bytes in which a record that is there shows its first line
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_RECORD_END = re.compile(rb"\r?\n\r?\n|\s*\Z")
_PADDING = re.compile(rb"[\0\s]*")


@dataclass(frozen=True, slots=True)
class Extent:
    """What one record, or the member that holds it, takes of the file.

    state: `whole` up to `end`; `truncated`, the file ends inside; `corrupt`, the member does not decompress;
    `doubtful`, its length cannot be told, or is not what its header says (`end`, or the end of the file).
    """

    state: Literal["whole", "truncated", "corrupt", "doubtful"]
    end: int


def beginning(head: bytes) -> re.Pattern[bytes]:
    """What a record of an archive with such a head begins with; any of the known beginnings where it has none."""
    return next((pattern for pattern in _BEGINNINGS if pattern.match(head)), _ANY_BEGINNING)


def next_record(file: BinaryIO, start: int) -> int | None:
    """Offset of the first record, or member that holds one, at or after `start`; None where there is none.

    Looks for what the file itself begins with: a compressed member may show the text of a record as it is.
    """
    file.seek(0)
    pattern = beginning(file.read(_LONGEST_BEGINNING))
    while (found := find(file, pattern, start)) is not None:
        if begins_record(file, found):
            return found
        start = found + 1
    return None


def find(file: BinaryIO, pattern: re.Pattern[bytes], start: int, longest: int = _LONGEST_BEGINNING) -> int | None:
    """Offset of the first match at or after `start`. longest: bytes that a match may have."""
    kept = b""
    while True:
        file.seek(start + len(kept))
        piece = file.read(_PIECE)
        window = kept + piece
        if match := pattern.search(window):
            return start + match.start()
        if not piece:
            return None
        kept = window[-(longest - 1) :]
        start += len(window) - len(kept)


def bytes_at(file: BinaryIO, start: int, length: int) -> bytes:
    """Leaves the file where it is, for whoever reads it in order."""
    position = file.tell()
    file.seek(start)
    found = file.read(length)
    file.seek(position)
    return found


def begins_record(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    try:
        return next(open_archive(io.BytesIO(file.read(_WINDOW)), bare_line_feeds=False), None) is not None
    except OSError:
        return False


def has_bare_line_feeds(file: BinaryIO, offset: int) -> bool:
    """True where the first line of the record at `offset` ends without a carriage return, as tools that mend line
    ends leave it."""
    file.seek(offset)
    head = file.read(64)
    if _BEGINNINGS[1].match(head):
        try:
            head = GzipMember(file, offset).read(64)
        except OSError:
            return False
    return re.match(rb"WARC/[\d.]+\n", head) is not None


def extent(file: BinaryIO, offset: int, block_length: int) -> Extent:
    """How far the record at `offset` reaches. block_length: its Content-Length."""
    size = file.seek(0, os.SEEK_END)
    file.seek(offset)
    head = file.read(1 << 16)
    if head.startswith(b"\x1f\x8b"):
        try:
            end = member_end(file, offset)
        except OSError:
            return Extent("corrupt", size)
        return Extent("truncated", size) if end is None else Extent("whole", end)
    header = _HEADER_END.search(head)
    if not head.startswith(b"WARC/") or header is None:
        return Extent("doubtful", size)
    end = offset + header.end() + block_length
    file.seek(min(end, size))
    closing = _RECORD_END.match(file.read(4)) if end <= size else None
    return Extent("whole", end + closing.end()) if closing else Extent("doubtful", min(end, size))


def only_padding(file: BinaryIO, start: int, end: int | None = None) -> bool:
    """True when nothing but white space and zeros stands there; end None means the end of the file."""
    file.seek(start)
    while piece := file.read(_PIECE if end is None else min(_PIECE, end - start)):
        if not _PADDING.fullmatch(piece):
            return False
        start += len(piece)
    return True
