"""A list of URLs as a source: the pages are fetched and kept as response records of a WARC."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from corpusflow.decision import Failure
from corpusflow.errors import ConsentError, FetchError, StartError
from corpusflow.fetch.client import ClientSettings, Response
from corpusflow.fetch.fetcher import Transfer, shared_fetcher
from corpusflow.fetch.journaled import Facts, fetch_missing
from corpusflow.sources.file_listing import list_files, source_name
from corpusflow.sources.media_type import SNIFF_BYTES, kind_of
from corpusflow.sources.page import Part, Record, Skipped
from corpusflow.store.journal import Journal

Fetched = Record | Skipped | Failure | ConsentError

# The body is stored decoded, so these would be wrong.
_CODING_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})


def plan_urls(path: str, name: str, part_urls: int, earlier: Iterable[Part] = ()) -> list[Part]:
    """Parts of at most `part_urls` lines. path: a text file (or a directory or glob of `.txt` files) with one URL a
    line; empty lines and lines that begin with `#` are passed over, a line that came before too.

    earlier: the parts of an earlier run. Those whose lines are all still there stay as they are, so that only what is
    new in a list is fetched. A line that is no URL becomes a Failure when its part is fetched.
    Raises StartError when there is no such file, or no line in it.
    """
    root, files = list_files(path, (".txt",))
    parts: list[Part] = []
    for file in files:
        lines, source = _lines(file), source_name(file, root, name)
        for part in earlier:
            texts = [text for _, text in part.urls]
            if part.kind == "urls" and list_of(part) == source and all(text in lines for text in texts):
                parts.append(part)
                for text in texts:
                    del lines[text]
        left = [(number, text) for text, number in lines.items()]
        for start in range(0, len(left), part_urls):
            parts.append(_part(source, file, tuple(left[start : start + part_urls])))
    if not parts:
        raise StartError(f"{path}: nothing found; looked for lines with a URL")
    return parts


def first_urls(part: Part, number: int) -> Part:
    """A part of the first URLs of a part. It stays as it is when the rest of the list is fetched later."""
    return _part(list_of(part), part.paths[0], part.urls[:number])


def _part(source: str, file: str, urls: tuple[tuple[int, str], ...]) -> Part:
    digest = hashlib.sha256("\n".join(text for _, text in urls).encode()).hexdigest()[:16]
    return Part("urls", f"{source}:{digest}", (file,), digest, urls=urls)


def list_of(part: Part) -> str:
    """The list that a part is of, without what tells its parts apart."""
    return part.source.rpartition(":")[0]


def fetch_pages(
    part: Part, settings: ClientSettings, journal: Journal, out: BinaryIO, path: str
) -> Iterator[tuple[Fetched, Facts]]:
    """Fetches the URLs of a part and writes what came as response records, one gzip member each, into `out`.

    One item per line, with how its transfer went: in the order of the list, whatever finished first, but what a retry
    brought stands behind what was there before. A ConsentError where the site says no. A Record's URL is the one
    that answered after redirects; its position is 0, since lines move. journal: holds what came so far. path: where
    `out` will be found afterwards. Raises OutageError.
    """
    source = list_of(part)
    fetch_missing([url for _, url in part.urls], shared_fetcher(settings), journal, _keep)
    # Stable, and so in the order of the list within a round: pages that were there keep their place.
    for line, url in sorted(part.urls, key=lambda item: journal.round(item[1])):
        facts, record = journal.read(url)
        yield _item(facts, record, f"{source} line {line}", source, out, path), facts["transfer"]


def _keep(transfer: Transfer) -> tuple[Facts, bytes]:
    answer = transfer.answer
    if isinstance(answer, FetchError):
        return {"refused": isinstance(answer, ConsentError), "code": answer.code, "detail": answer.detail}, b""
    kind, mime = kind_of(answer.content_type, lambda: answer.body[:SNIFF_BYTES])
    if kind is None:
        return {"skipped": "not_html"}, b""
    fetched_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    record = io.BytesIO()
    _write(WARCWriter(record, gzip=True), answer, fetched_at)
    return {"kind": kind, "url": answer.final_url, "mime": mime, "fetched_at": fetched_at}, record.getvalue()


def _item(facts: Facts, record: bytes, where: str, source: str, out: BinaryIO, path: str) -> Fetched:
    url = facts["transfer"]["url"]
    if "skipped" in facts:
        return Skipped(facts["skipped"])
    if "code" in facts:
        if facts["refused"]:
            return ConsentError(facts["code"], url, facts["detail"])
        return Failure("load", facts["code"], f"{where}: {facts['detail']}", url)
    offset = out.tell()
    out.write(record)
    return Record(facts["kind"], facts["url"], source, 0, path, offset, len(record), facts["mime"], facts["fetched_at"])


def _lines(file: str) -> dict[str, int]:
    """The number of the line on which each text stands first, in the order of the list."""
    lines: dict[str, int] = {}
    with open(file, encoding="utf-8-sig", errors="replace") as texts:
        for number, line in enumerate(texts, start=1):
            text = line.strip()
            if text and not text.startswith("#"):
                lines.setdefault(text, number)
    return lines


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
