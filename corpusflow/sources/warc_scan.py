"""Lists what an archive holds, in its order, past damage: pages, images, what is neither, and what is broken."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from fastwarc.warc import WarcRecord, WarcRecordType

from corpusflow.decision import Failure
from corpusflow.errors import SourceError
from corpusflow.sources.arc import is_arc, scan_arc
from corpusflow.sources.archive_damage import bytes_at, extent, has_bare_line_feeds, next_record, only_padding
from corpusflow.sources.gzip_member import GzipMember
from corpusflow.sources.page import OutputFile, Part, Record, Skipped
from corpusflow.sources.repack import Repacker, check_block_length, repacker
from corpusflow.sources.warc_record import Description, describe_record, open_archive, target_url
from corpusflow.store.address import open_input

_GZIP = b"\x1f\x8b\x08"
_MAGIC = (_GZIP, b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd")  # lz4, zstd

Item = Record | Skipped | Failure
# Yields items and returns the offset at which reading goes on, None at the end of the archive.
Run = Generator[Item, None, int | None]


def scan_warc(part: Part, repack: OutputFile) -> Iterator[Item]:
    """Everything the archive holds, in the order of the file. Ends, and raises nothing, whatever the bytes are.

    A Record can be read at its offset. Where the archive allows no such thing (several records in one compressed
    member, ARC) the records are written to `repack` first and point there; `position` stays that of the original.
    Failures: `archive_unreadable`, `archive_empty`, `not_an_archive`, `warc_truncated`, `warc_corrupt` (something was
    skipped up to the next record), `record_length_wrong`, `record_without_length`, `record_without_url`,
    `record_too_large`, `http_headers_broken`.
    """
    try:
        file = open_input(part.paths[0])
    except OSError as error:
        yield Failure("load", "archive_unreadable", error.strerror or str(error), part.source)
        return
    with file, repacker(part.source, repack) as pack:
        if is_arc(file):
            yield from scan_arc(file, part.source, pack)
        else:
            yield from _Scan(file, part, pack).items()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A record that was read through. short: the archive ended before its block did."""

    offset: int
    block_length: int
    item: Description | Skipped | Failure
    short: bool


class _Scan:
    def __init__(self, file: BinaryIO, part: Part, pack: Repacker) -> None:
        self._file = file
        self._path = part.paths[0]
        self._source = part.source
        self._pack = pack
        self._size = file.seek(0, os.SEEK_END)
        self._records = 0
        self._magic = b""  # what a member begins with; empty where records are not compressed
        self._bare_line_feeds = False

    def items(self) -> Iterator[Item]:
        start: int | None = 0 if self._size else None
        if start == 0 and next_record(self._file, 0) is None and not self._is_blank_archive():
            yield self._failure("not_an_archive", 0, "no WARC or ARC record in it")
            return
        while start is not None:
            start = yield from self._run(start)
        if not self._records:
            yield self._failure("archive_empty", 0, "no record in it")

    def _is_blank_archive(self) -> bool:
        self._file.seek(0)
        try:
            return next(open_archive(self._file, bare_line_feeds=False), None) is None
        except OSError:
            return False

    def _run(self, start: int) -> Run:
        """Records from `start` to the end of the archive or to the first damage."""
        head = bytes_at(self._file, start, 4)
        self._magic = next((magic for magic in _MAGIC if head.startswith(magic)), b"")
        self._bare_line_feeds = has_bare_line_feeds(self._file, start)
        self._file.seek(start)
        archive = open_archive(self._file, self._bare_line_feeds)
        held: _Seen | None = None  # a record is told when it is known where the next one begins
        told: int | None = None
        offset = start
        while True:
            try:
                if (record := next(archive, None)) is None:
                    return (yield from self._finish(held, "")) if held else None
                offset = record.stream_pos
                if held and self._shares_member(held.offset, offset):
                    # Only the first record of a run, and those that were told, surely stand where they say.
                    if told is None:
                        yield from self._tell(held, None)
                    return (yield from self._run_repacking(held.offset if told is None else told))
                if held:
                    yield from self._tell(held, offset)
                    told, held = held.offset, None
                held = self._look(record)
            except OSError as error:
                if held:
                    return (yield from self._finish(held, str(error)))
                return (yield from self._skip(offset, offset + 1, str(error)))

    def _shares_member(self, before: int, offset: int) -> bool:
        """Whether one of two neighbours is not the first record of its compressed member. The offset of such a one is
        just the place up to which the file was read, which may be the beginning of the next member, too."""
        if not self._magic:
            return False
        return before == offset or bytes_at(self._file, offset, len(self._magic)) != self._magic

    def _look(self, record: WarcRecord) -> _Seen:
        self._records += 1
        offset, block_length = record.stream_pos, record.content_length
        item: Description | Skipped | Failure
        try:
            item = describe_record(record)
        except SourceError as error:
            item = self._failure(error.code, offset, error.detail, error.what)
            record.consume()
            return _Seen(offset, block_length, item, short=False)
        if record.headers.get("Content-Length") is None:
            item = self._failure("record_without_length", offset, "no Content-Length", target_url(record))
        left = record.content_length
        return _Seen(offset, block_length, item, short=record.consume() < left)

    def _tell(self, seen: _Seen, end: int | None) -> Iterator[Item]:
        """end: where its stored bytes end, None where that is not known."""
        item = seen.item
        if not isinstance(item, Description):
            yield item
            return
        yield Record(
            kind=item.kind,
            url=item.url,
            source=self._source,
            position=seen.offset,
            path=self._path,
            offset=seen.offset,
            length=-1 if end is None else end - seen.offset,
            mime=item.mime,
            fetched_at=item.fetched_at,
        )

    def _finish(self, seen: _Seen, damage: str) -> Run:
        """Tells the last record before the end (damage empty) or before damage, and finds where to go on."""
        reach = extent(self._file, seen.offset, seen.block_length)
        if reach.state == "corrupt":
            return (yield from self._skip(seen.offset, seen.offset + 1, damage or "does not decompress"))
        if reach.state == "truncated":
            yield from self._tell_truncated(seen)
            return None
        if reach.state == "whole":
            yield from self._tell(seen, reach.end)
            if only_padding(self._file, reach.end):
                return None
            return (yield from self._skip(reach.end, reach.end, damage or "the archive ends inside a record"))
        following = next_record(self._file, seen.offset + 1) if damage or seen.short else None
        if following is None:
            yield from self._tell_truncated(seen) if seen.short else self._tell(seen, self._size)
            if damage:
                yield self._failure("warc_corrupt", seen.offset, damage)
            return None
        yield from self._tell(seen, following)
        swallowed = following < reach.end
        message = "the next record begins inside it" if swallowed else f"{damage or 'broken off'}; next at {following}"
        code = "record_length_wrong" if swallowed else "warc_corrupt"
        yield self._failure(code, seen.offset, message, lost=not swallowed)
        return following

    def _tell_truncated(self, seen: _Seen) -> Iterator[Item]:
        """What is there of a page is read, as of pages that the crawler cut; of anything else nothing is known."""
        kept = isinstance(seen.item, Description)
        if kept:
            yield from self._tell(seen, self._size)
        yield self._failure("warc_truncated", seen.offset, f"the archive ends at {self._size}", lost=not kept)

    def _skip(self, damaged: int, search_from: int, message: str) -> Run:
        """Goes on at the next record, and tells what was skipped on the way there, if anything."""
        following = next_record(self._file, search_from)
        if following is None:
            code = "warc_corrupt" if damaged + 16 < self._size else "warc_truncated"
            yield self._failure(code, damaged, f"{message}; no record behind it")
        elif following > damaged and not only_padding(self._file, damaged, following):
            yield self._failure("warc_corrupt", damaged, f"{message}; next record at {following}")
        return following

    def _run_repacking(self, start: int) -> Run:
        """The other records of the member that begins at `start`, each written again; the first was told."""
        member = GzipMember(self._file, start) if self._magic == _GZIP else None
        self._file.seek(start)
        archive = open_archive(member or self._file, self._bare_line_feeds)
        position = start
        try:
            next(archive)
            for ordinal, record in enumerate(archive, start=1):
                position = start + (record.stream_pos if member else ordinal)
                yield from self._repack(record, position)
        except OSError as error:
            return (yield from self._skip(start, start + 1, f"{error} behind the record at {position}"))
        if member is None or member.end is None or only_padding(self._file, member.end):
            return None
        return (yield from self._skip(member.end, member.end, "not a record"))

    def _repack(self, record: WarcRecord, position: int) -> Iterator[Item]:
        url, length, headers = target_url(record), record.content_length, record.headers
        warc_type = headers.get("WARC-Type") or ""
        self._records += 1
        try:
            if record.record_type not in (WarcRecordType.response, WarcRecordType.resource):
                skipped = describe_record(record)
                assert isinstance(skipped, Skipped)
                yield skipped
                return
            check_block_length(length, url)
            block = record.reader.read(length)
            content_type = headers.get("Content-Type") or ""
            yield self._pack.put(position, warc_type, url, headers.get("WARC-Date") or "", content_type, block)
        except SourceError as error:
            yield self._failure(error.code, position, error.detail, error.what)
            return
        if len(block) < length:
            yield self._failure("warc_truncated", position, f"{len(block)} of {length} bytes", lost=False)

    def _failure(self, code: str, offset: int, message: str, what: str = "", lost: bool = True) -> Failure:
        place = f"{self._source} at {offset}"
        return Failure("load", code, f"{place}: {message}", what or place, lost)
