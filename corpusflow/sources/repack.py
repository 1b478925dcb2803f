"""Records that cannot be reached by an offset of their own, written again as a clean WARC, one gzip member each."""

from __future__ import annotations

import gzip
import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from corpusflow.errors import SourceError
from corpusflow.sources.page import OutputFile, Record, Skipped
from corpusflow.sources.warc_record import describe_record, open_archive

MAX_BLOCK_BYTES = 1 << 26  # what a record to be written again may have; it is held in memory


class Repacker:
    """Writes pages and resources into one file, which is made when the first of them comes."""

    def __init__(self, source: str, target: OutputFile) -> None:
        self._source = source
        self._target = target
        self._file: BinaryIO | None = None
        self._offset = 0

    def put(
        self, position: int, warc_type: str, url: str, date: str, content_type: str, block: bytes
    ) -> Record | Skipped:
        """Raises SourceError as `describe_record` does."""
        plain = _warc_record(f"{self._source} {position}", warc_type, url, date, content_type, block)
        description = describe_record(next(open_archive(io.BytesIO(plain), bare_line_feeds=False)))
        if isinstance(description, Skipped):
            return description
        if self._file is None:
            self._file = self._target.create()
        member = gzip.compress(plain, mtime=0)
        self._file.write(member)
        offset, self._offset = self._offset, self._offset + len(member)
        return Record(
            kind=description.kind,
            url=description.url,
            source=self._source,
            position=position,
            path=self._target.path,
            offset=offset,
            length=len(member),
            mime=description.mime,
            fetched_at=description.fetched_at,
        )

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


@contextmanager
def repacker(source: str, target: OutputFile) -> Iterator[Repacker]:
    pack = Repacker(source, target)
    try:
        yield pack
    finally:
        pack.close()


def check_block_length(length: int, url: str) -> None:
    """Raises SourceError `record_too_large` for what would not fit into memory."""
    if length > MAX_BLOCK_BYTES:
        raise SourceError("record_too_large", url, f"{length} bytes, limit {MAX_BLOCK_BYTES} for one to be re-packed")


def _warc_record(name: str, warc_type: str, url: str, date: str, content_type: str, block: bytes) -> bytes:
    identity = uuid.uuid5(uuid.NAMESPACE_URL, name.encode("utf-8", "replace").decode())
    headers = (
        ("WARC-Type", warc_type),
        ("WARC-Record-ID", f"<urn:uuid:{identity}>"),
        ("WARC-Target-URI", url),
        ("WARC-Date", date),
        ("Content-Type", content_type),
        ("Content-Length", str(len(block))),
    )
    lines = "".join(f"{key}: {' '.join(value.split())}\r\n" for key, value in headers if value)
    return b"WARC/1.0\r\n" + lines.encode("utf-8", "replace") + b"\r\n" + block + b"\r\n\r\n"
