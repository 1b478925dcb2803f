"""A list of URLs as a source: the pages are fetched and kept as response records of a WARC."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime
from typing import BinaryIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from corpusflow.decision import Failure
from corpusflow.errors import ConsentError, FetchError, StartError
from corpusflow.fetch.client import ClientSettings, Response, fetch_in_order
from corpusflow.sources.file_listing import list_files, source_name
from corpusflow.sources.media_type import SNIFF_BYTES, kind_of
from corpusflow.sources.page import Part, Record, Skipped

# The body is stored decoded, so these would be wrong.
Fetched = Record | Skipped | Failure | ConsentError

_CODING_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})


def plan_urls(path: str, name: str, part_urls: int) -> list[Part]:
    """Slices of at most `part_urls` lines. path: a text file (or a directory or glob of `.txt` files) with one URL a
    line; empty lines and lines that begin with `#` are passed over.

    A slice keeps its lines as they are: what is no URL becomes a Failure when the slice is fetched.
    Raises StartError when there is no such file, or no line in it.
    """
    root, files = list_files(path, (".txt",))
    parts = []
    for file in files:
        lines, source = _lines(file), source_name(file, root, name)
        for start in range(0, len(lines), part_urls):
            urls = tuple(lines[start : start + part_urls])
            digest = hashlib.sha256("\n".join(f"{line} {url}" for line, url in urls).encode()).hexdigest()[:16]
            parts.append(Part("urls", f"{source}:{urls[0][0]}", (file,), digest, urls=urls))
    if not parts:
        raise StartError(f"{path}: nothing found; looked for lines with a URL")
    return parts


def fetch_pages(part: Part, settings: ClientSettings, out: BinaryIO, path: str) -> list[Fetched]:
    """Fetches the URLs of a part and writes what came as response records, one gzip member each, into `out`.

    One item per line, in the order of the list, whatever finished first; a ConsentError where the site says no. A
    Record's URL is the one that answered after redirects; its position is the line. path: where `out` will be found
    afterwards. No more than `settings.concurrency` bodies are held in memory.
    """
    source = part.source.rpartition(":")[0]
    writer = WARCWriter(out, gzip=True)
    items: list[Fetched] = []

    def receive(number: int, answer: Response | FetchError) -> None:
        line, url = part.urls[number]
        if isinstance(answer, ConsentError):
            items.append(answer)
            return
        if isinstance(answer, FetchError):
            items.append(Failure("load", answer.code, f"{source} line {line}: {answer.detail}", url))
            return
        body = answer.body
        kind, mime = kind_of(answer.content_type, lambda: body[:SNIFF_BYTES])
        if kind is None:
            items.append(Skipped("not_html"))
            return
        fetched_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        offset = out.tell()
        _write(writer, answer, fetched_at)
        items.append(Record(kind, answer.final_url, source, line, path, offset, out.tell() - offset, mime, fetched_at))

    fetch_in_order([url for _, url in part.urls], settings, receive)
    return items


def _lines(file: str) -> list[tuple[int, str]]:
    with open(file, encoding="utf-8-sig", errors="replace") as text:
        stripped = ((number, line.strip()) for number, line in enumerate(text, start=1))
        return [(number, line) for number, line in stripped if line and not line.startswith("#")]


def _write(writer: WARCWriter, response: Response, fetched_at: str) -> None:
    headers = [(key, value) for key, value in response.headers if key.lower() not in _CODING_HEADERS]
    headers.append(("Content-Length", str(len(response.body))))
    record = writer.create_warc_record(
        response.final_url,
        "response",
        payload=io.BytesIO(response.body),
        http_headers=StatusAndHeaders(f"{response.status} OK", headers, protocol="HTTP/1.1"),
        warc_headers_dict={"WARC-Date": fetched_at},
    )
    writer.write_record(record)
    # The writer has put a temporary file there, and leaves it open.
    record.raw_stream.close()
