"""The records that an index names: fetched as byte ranges or read from a copy, kept as they came in one WARC."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from corpusflow.decision import Failure
from corpusflow.errors import FetchError, RecordError, SourceError
from corpusflow.fetch.client import ClientSettings
from corpusflow.fetch.ranges import PIECE, ByteRange, fetch_ranges
from corpusflow.sources.common_crawl import archive_url
from corpusflow.sources.gzip_member import GzipMember
from corpusflow.sources.page import Capture, Part, Record, Skipped
from corpusflow.sources.warc_record import Description, describe_record, open_archive, target_url
from corpusflow.store.address import join, open_input
from corpusflow.store.journal import Journal
from corpusflow.store.ranges import RangeReader

MAX_GAP = 1 << 16  # bytes between two records that are cheaper to fetch with them than to ask twice
HEADER_BYTES = 1 << 17  # what the headers of a record, and compression at its worst, may add to a page

Answer = tuple[Capture, bytes | RecordError]


def load_captures(
    part: Part, settings: ClientSettings, journal: Journal, out: BinaryIO, path: str
) -> Iterator[Record | Skipped | Failure]:
    """Writes the records of a part into `out` and gives one item per capture: in their order, but what a retry brought
    stands behind what was there before.

    journal: what was fetched before is taken from there, what is fetched goes there. path: where `out` will be found
    afterwards.
    Failures: those of `fetch_ranges`, `archive_unreadable` (in a copy), `too_large`, `record_truncated`,
    `record_corrupt`, `not_a_record`, `another_record` (its URL is not the one that the index tells), and those of
    `describe_record`.
    """
    offset = 0
    for capture, answer in _from_copy(part, settings) if part.root else _from_web(part, settings, journal):
        try:
            if isinstance(answer, RecordError):
                raise answer
            member, found = _member(answer, capture, settings.max_bytes)
        except RecordError as error:
            place = f"{capture.archive} at {capture.offset}"
            yield Failure("load", error.code, f"{place}: {error.detail}", capture.url)
            continue
        if isinstance(found, Skipped):
            yield found
            continue
        out.write(member)
        source = f"{part.name}/{capture.archive}" if part.name else capture.archive
        yield Record(
            kind=found.kind,
            url=found.url,
            source=source,
            position=capture.offset,
            path=path,
            offset=offset,
            length=len(member),
            mime=found.mime,
            fetched_at=found.fetched_at,
        )
        offset += len(member)


def spans(captures: Iterable[Capture]) -> Iterator[tuple[Capture, ...]]:
    """Captures that are fetched by one range: neighbours in an archive, not much between them, not too much in all.

    captures: by archive and offset.
    """
    held: list[Capture] = []
    for capture in captures:
        if held:
            end = max(one.offset + one.length for one in held)
            far = capture.archive != held[0].archive or capture.offset > end + MAX_GAP
            if far or capture.offset + capture.length - held[0].offset > PIECE:
                yield tuple(held)
                held = []
        held.append(capture)
    if held:
        yield tuple(held)


def _from_web(part: Part, settings: ClientSettings, journal: Journal) -> Iterator[Answer]:
    faults: dict[Capture, RecordError] = {}
    wanted: list[Capture] = []
    for capture in part.captures:
        if fault := _too_large(capture, settings):
            faults[capture] = fault
        elif capture_key(capture) not in journal:
            wanted.append(capture)
    faults |= _fetch(part.base_url, wanted, settings, journal)
    came = (capture for capture in part.captures if capture not in faults)
    # Stable, and so in their order within a round: records that were there keep their place.
    for capture in sorted(came, key=lambda capture: journal.round(capture_key(capture))):
        yield capture, journal.read(capture_key(capture))[1]
    yield from faults.items()


def _fetch(
    base_url: str, wanted: Iterable[Capture], settings: ClientSettings, journal: Journal
) -> dict[Capture, FetchError]:
    """Puts into the journal what can be had, and returns the rest."""
    together = list(spans(wanted))
    ranges = [_range(base_url, span) for span in together]
    failed: dict[Capture, FetchError] = {}
    with closing(fetch_ranges(ranges, settings)) as answers:
        for span, asked, answer in zip(together, ranges, answers, strict=True):
            if isinstance(answer, FetchError):
                failed |= dict.fromkeys(span, answer)
                continue
            for capture in span:
                begin = capture.offset - asked.start
                journal.add(capture_key(capture), {}, answer.data[begin : begin + capture.length])
    return failed


def _range(base_url: str, span: tuple[Capture, ...]) -> ByteRange:
    start, end = span[0].offset, max(capture.offset + capture.length for capture in span)
    return ByteRange(archive_url(base_url, span[0].archive), start, end - start)


def capture_key(capture: Capture) -> str:
    """Under which the journal has it."""
    return f"{capture.archive} {capture.offset} {capture.length}"


@dataclass(frozen=True)
class _Copy:
    root: str

    def open(self, name: str) -> BinaryIO:
        return open_input(join(self.root, name))


def _from_copy(part: Part, settings: ClientSettings) -> Iterator[Answer]:
    with RangeReader(_Copy(part.root)) as reader:
        for capture in part.captures:
            yield capture, _too_large(capture, settings) or _read(reader, capture)


def _read(reader: RangeReader, capture: Capture) -> bytes | RecordError:
    try:
        return reader.read(capture.archive, capture.offset, capture.length)
    except OSError as error:
        return SourceError("archive_unreadable", capture.url, error.strerror or str(error))


def _too_large(capture: Capture, settings: ClientSettings) -> SourceError | None:
    limit = settings.max_bytes + HEADER_BYTES
    if capture.length <= limit:
        return None
    return SourceError("too_large", capture.url, f"{capture.length} bytes stored, limit {limit}")


def _member(data: bytes, capture: Capture, max_bytes: int) -> tuple[bytes, Description | Skipped]:
    """The bytes of the record's gzip member, and what the record is. Raises SourceError."""
    member = GzipMember(io.BytesIO(data), 0)
    plain = bytearray()
    try:
        while piece := member.read(1 << 16):
            plain += piece
            if len(plain) > max_bytes + HEADER_BYTES:
                raise SourceError("too_large", capture.url, f"decompressed more than {max_bytes + HEADER_BYTES} bytes")
    except OSError as error:
        raise SourceError("record_corrupt", capture.url, str(error)) from error
    if member.end is None:
        raise SourceError("record_truncated", capture.url, f"its gzip member has no end in {len(data)} bytes")
    return data[: member.end], _described(bytes(plain), capture)


def _described(plain: bytes, capture: Capture) -> Description | Skipped:
    try:
        record = next(open_archive(io.BytesIO(plain), bare_line_feeds=False), None)
    except OSError as error:
        raise SourceError("not_a_record", capture.url, str(error)) from error
    if record is None:
        raise SourceError("not_a_record", capture.url, "no WARC record in its gzip member")
    url = target_url(record)
    if url != capture.url:
        raise SourceError("another_record", capture.url, f"the record of {url[:200]!r} stands there")
    return describe_record(record)
