"""Small archives for tests, byte by byte."""

from __future__ import annotations

import gzip
from pathlib import Path

from corpusflow.decision import Failure
from corpusflow.sources.page import OutputFile, Part, Record, Skipped
from corpusflow.sources.record_reader import RecordReader
from corpusflow.sources.warc import plan_warc
from corpusflow.sources.warc_scan import scan_warc

TIME = "2024-05-06T07:08:09Z"


def record(
    url: str,
    block: bytes,
    kind: str = "response",
    content_type: str = "application/http; msgtype=response",
    length: int | None = None,
) -> bytes:
    """A WARC record. length: what Content-Length says, if it is to lie."""
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {url}",
        f"WARC-Date: {TIME}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(block) if length is None else length}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def http(body: bytes, content_type: str | None = "text/html", *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *([] if content_type is None else [f"Content-Type: {content_type}"]), *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def page(number: int, body: bytes = b"") -> bytes:
    """The response record of http://example.org/NUMBER."""
    return record(f"http://example.org/{number}", http(body or b"<html>page %d" % number))


def member(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def arc(*records: tuple[str, bytes]) -> list[bytes]:
    """The version block and records of (URL, HTTP message)."""
    about = b"1 1 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n"
    first = b"filedesc://a.arc 0.0.0.0 20080430204825 text/plain %d\n%s\n" % (len(about), about)
    line = "{} 1.2.3.4 20080430204826 text/html {}\n"
    return [first] + [line.format(url, len(block)).encode() + block + b"\n" for url, block in records]


class Scanned:
    """What a scan of these bytes gives, and what its records read."""

    def __init__(self, folder: Path, data: bytes, name: str = "a.warc.gz") -> None:
        self.path = folder / name
        self.path.write_bytes(data)
        self.repacked = folder / "repacked.warc.gz"
        (self.part,) = plan_warc(str(self.path), "")
        self.items = self.scan(self.part)

    def scan(self, part: Part) -> list[Record | Skipped | Failure]:
        return list(scan_warc(part, OutputFile(lambda: self.repacked.open("wb"), str(self.repacked))))

    @property
    def records(self) -> list[Record]:
        return [item for item in self.items if isinstance(item, Record)]

    @property
    def reasons(self) -> list[str]:
        return [item.reason for item in self.items if isinstance(item, Skipped)]

    @property
    def failures(self) -> list[Failure]:
        return [item for item in self.items if isinstance(item, Failure)]

    @property
    def codes(self) -> list[str]:
        return [failure.code for failure in self.failures]

    @property
    def numbers(self) -> list[int]:
        """The number of every page that `page` made, in the order of the scan."""
        return [int(record.url.rpartition("/")[2]) for record in self.records]

    def bodies(self) -> list[bytes]:
        with RecordReader() as reader:
            return [reader.read(record, 1_000_000).body for record in self.records]
