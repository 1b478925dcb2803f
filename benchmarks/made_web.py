"""Input of any size for benchmarks: the demo's pages again and again, each time with other hosts and other text."""

from __future__ import annotations

import io
import re
from pathlib import Path

from jobs.demo_archive import captures

HOST = re.compile(rb"//([a-z]+)\.example")


def write_web(path: Path, copies: int) -> int:
    """Writes a WARC (gzip) of `copies` times the demo's pages and pictures. Returns the number of pages."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    pages = 0
    items = list(captures())
    with open(path, "wb") as file:
        writer = WARCWriter(file, gzip=True)
        for copy in range(copies):
            for url, content_type, body in items:
                if content_type.startswith("text/html"):
                    pages += 1
                    body = _rewritten(body, copy)
                http = StatusAndHeaders("200 OK", [("Content-Type", content_type)], protocol="HTTP/1.1")
                address = HOST.sub(rb"//\1-%d.example" % copy, url.encode()).decode()
                record = writer.create_warc_record(
                    address,
                    "response",
                    io.BytesIO(body),
                    length=len(body),
                    http_headers=http,
                    warc_headers_dict={"WARC-Date": "2026-01-02T03:04:05Z"},
                )
                writer.write_record(record)
    return pages


def _rewritten(body: bytes, copy: int) -> bytes:
    """The page on another host, every paragraph with a word of its own."""
    return HOST.sub(rb"//\1-%d.example" % copy, body).replace(b"</p>", b" Copy %d.</p>" % copy)
