"""The bytes of a record: seeks, reads, undoes what HTTP did to the body, within a limit."""

from __future__ import annotations

import io
from types import TracebackType
from typing import BinaryIO

from fastwarc.warc import WarcRecord, WarcRecordType

from corpusflow.errors import SourceError
from corpusflow.sources.http_body import decode_body
from corpusflow.sources.page import CONSENT_HEADERS, Payload, Record
from corpusflow.sources.warc_record import http_encodings, open_archive, parse_http, target_url
from corpusflow.store.address import open_input, read_head

_HEADER_BYTES = 1 << 17  # what WARC and HTTP headers may add to a body, and a compressed member to its content
_PIECE = 1 << 16


def read_record(record: Record, max_bytes: int) -> Payload:
    """The decoded bytes of one record.

    max_bytes: limit of the body, as stored and decoded alike. Raises SourceError: `record_unreadable` (file gone,
    changed or damaged), `body_too_large`, `http_headers_broken`.
    """
    with RecordReader() as reader:
        return reader.read(record, max_bytes)


class RecordReader:
    """Reads records and keeps the last archive open: the records of a block stand in a few files, in their order."""

    def __init__(self) -> None:
        self._path = ""
        self._file: BinaryIO | None = None

    def __enter__(self) -> RecordReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._path, self._file = "", None

    def read(self, record: Record, max_bytes: int) -> Payload:
        """As `read_record`."""
        try:
            if record.offset < 0:
                return _read_file(record, max_bytes)
            return _read_archived(self._stored(record, max_bytes), record, max_bytes)
        except OSError as error:
            raise SourceError("record_unreadable", record.url, f"{_place(record)}: {error}") from error

    def _stored(self, record: Record, max_bytes: int) -> BinaryIO:
        if self._file is None or self._path != record.path:
            self.close()
            self._file, self._path = open_input(record.path), record.path
        self._file.seek(record.offset)
        if record.length < 0:
            return self._file
        if record.length > max_bytes + _HEADER_BYTES:
            raise _too_large(record, f"{record.length} bytes stored, limit {max_bytes}")
        # No more than the record's own bytes: a length that lies must not bring in the next record.
        return io.BytesIO(self._file.read(record.length))


def _find(stored: BinaryIO, record: Record) -> WarcRecord:
    begin = stored.tell()
    for bare_line_feeds in (False, True):
        stored.seek(begin)
        found = next(open_archive(stored, bare_line_feeds), None)
        if found is not None and target_url(found) == record.url:
            return found
    raise SourceError("record_unreadable", record.url, f"{_place(record)}: another record stands there")


def _read_archived(stored: BinaryIO, record: Record, max_bytes: int) -> Payload:
    found = _find(stored, record)
    if found.record_type == WarcRecordType.resource:
        return Payload(record.url, _read_bounded(found, record, max_bytes), found.headers.get("Content-Type"))
    parse_http(found)
    raw = _read_bounded(found, record, max_bytes)
    try:
        body, notes = decode_body(raw, *http_encodings(found), max_bytes)
    except SourceError as error:
        raise _too_large(record, error.detail) from error
    declared = (found.http_headers.get("Content-Length") or "").strip()
    if declared.isdecimal() and int(declared[:20]) != len(raw):
        notes.append("content_length_wrong")
    headers = found.http_headers
    consent = tuple((name, value) for name in CONSENT_HEADERS for value in headers.get_multiple(name))
    return Payload(record.url, body, headers.get("Content-Type"), tuple(notes), consent)


def _read_bounded(found: WarcRecord, record: Record, max_bytes: int) -> bytes:
    raw = bytearray()
    while piece := found.reader.read(_PIECE):
        raw += piece
        if len(raw) > max_bytes:
            raise _too_large(record, f"more than {max_bytes} bytes")
    return bytes(raw)


def _read_file(record: Record, max_bytes: int) -> Payload:
    body = read_head(record.path, max_bytes + 1)
    if len(body) > max_bytes:
        raise _too_large(record, f"more than {max_bytes} bytes")
    return Payload(record.url, body, record.mime or None)


def _too_large(record: Record, detail: str) -> SourceError:
    return SourceError("body_too_large", record.url, f"{_place(record)}: {detail}")


def _place(record: Record) -> str:
    return record.source if record.offset < 0 else f"{record.source} at {record.position}"
