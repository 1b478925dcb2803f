"""What a WARC record is to the pipeline: page, resource, or neither with the reason; and its URL, type and time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from corpusflow.errors import SourceError
from corpusflow.sources.http_body import decode_body
from corpusflow.sources.media_type import SNIFF_BYTES, kind_of
from corpusflow.sources.page import RecordKind, Skipped

_OTHER_TYPES = frozenset({"warcinfo", "request", "metadata", "revisit", "conversion", "continuation"})


@dataclass(frozen=True, slots=True)
class Description:
    kind: RecordKind
    url: str
    mime: str
    fetched_at: str


def open_archive(stream: Any, bare_line_feeds: bool) -> Iterator[WarcRecord]:
    """The records of a stream (it needs `read` and `tell`), HTTP headers not yet parsed.

    bare_line_feeds: take headers whose lines end without a carriage return, too; the price is that whatever stands
    between records is passed over in silence. The iterator raises OSError at damage.
    """
    return iter(ArchiveIterator(stream, parse_http=False, quirks_mode=bare_line_feeds))


def describe_record(record: WarcRecord) -> Description | Skipped:
    """What the pipeline needs to know; reads the HTTP headers, and the first bytes where no type is declared.

    Raises SourceError `http_headers_broken` and `record_without_url`.
    """
    if record.record_type == WarcRecordType.response:
        if not record.is_http:
            return Skipped("not_http")
        parse_http(record)
        if not _is_status_200(record):
            return Skipped("status_not_200")
        declared = record.http_headers.get("Content-Type")
    elif record.record_type == WarcRecordType.resource:
        declared = record.headers.get("Content-Type")
    else:
        name = (record.headers.get("WARC-Type") or "").strip().lower()
        return Skipped(f"record_{name}" if name in _OTHER_TYPES else "record_unknown")
    kind, mime = kind_of(declared, lambda: _first_bytes(record))
    if kind is None:
        return Skipped("not_html")
    url = target_url(record)
    if not url:
        raise SourceError("record_without_url", "", f"{mime} without WARC-Target-URI")
    return Description(kind, url, mime, _time(record))


def parse_http(record: WarcRecord) -> None:
    """Raises SourceError `http_headers_broken` where they have no end, or there are none."""
    try:
        record.parse_http(quirks_mode=True)
    except OSError as error:
        raise SourceError("http_headers_broken", target_url(record), str(error)) from error
    if record.http_headers is None:
        raise SourceError("http_headers_broken", target_url(record), "not an HTTP message")


def target_url(record: WarcRecord) -> str:
    """Without the angle brackets that some writers put around it; empty where there is none."""
    url: str = record.headers.get("WARC-Target-URI") or ""
    # A header line that ends without a carriage return brings the next line with it.
    return url.partition("\n")[0].strip().removeprefix("<").removesuffix(">")


def http_encodings(record: WarcRecord) -> tuple[str, str]:
    """Transfer-Encoding and Content-Encoding of a parsed HTTP record, each as one list; empty where there is none."""
    headers = record.http_headers
    return (
        ", ".join(headers.get_multiple("Transfer-Encoding")),
        ", ".join(headers.get_multiple("Content-Encoding")),
    )


def _is_status_200(record: WarcRecord) -> bool:
    headers = record.http_headers
    if headers.status_code is None:
        # A first line that is not quite HTTP's.
        return re.match(r"\S+\s+200\b", headers.status_line or "") is not None
    return bool(headers.status_code == 200)


def _first_bytes(record: WarcRecord) -> bytes:
    head: bytes = record.reader.read(SNIFF_BYTES)
    if record.record_type == WarcRecordType.response:
        # The head of a coded body decodes to the head of the body; that it breaks off is no news.
        head, _ = decode_body(head, *http_encodings(record), max_bytes=_MAX_DECODED_HEAD)
    return head


_MAX_DECODED_HEAD = SNIFF_BYTES * 1100  # no more than deflate can make of so many bytes


def _time(record: WarcRecord) -> str:
    """In UTC and whole seconds, so that times compare as text; empty where the record has none that can be read."""
    try:
        time = datetime.fromisoformat((record.headers.get("WARC-Date") or "").strip())
        return time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return ""
