"""A list of URLs as a source: the pages are fetched and kept as response records of a WARC."""

from __future__ import annotations

import hashlib
import io
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import BinaryIO

from corpusflow.decision import Failure
from corpusflow.errors import ConsentError, FetchError, StartError
from corpusflow.fetch.client import ClientSettings, parse_url, request_headers
from corpusflow.fetch.fetcher import Transfer, shared_fetcher
from corpusflow.fetch.journaled import Facts, fetch_missing
from corpusflow.sources.file_listing import list_files, source_name
from corpusflow.sources.known_parts import whole_parts
from corpusflow.sources.media_type import SNIFF_BYTES, kind_of
from corpusflow.sources.page import Part, Record, Skipped
from corpusflow.sources.warc_output import Exchange, WarcOutput
from corpusflow.store.address import open_input
from corpusflow.store.journal import Journal

Fetched = Record | Skipped | Failure | ConsentError


def plan_urls(path: str, name: str, part_urls: int, earlier: Iterable[Part] = ()) -> list[Part]:
    """Parts of at most `part_urls` lines, all lines of a host in one lane. path: a text file (or a directory or glob of
    `.txt` files) with one URL a line; empty lines and lines that begin with `#` are passed over, a line that came
    before too.

    earlier: the parts of an earlier run. Those whose lines are all still there stay as they are, so that only what is
    new in a list is fetched. A line that is no URL becomes a Failure when its part is fetched.
    Raises StartError when there is no such file, no line in it, or no text.
    """
    found = list_files(path, (".txt",))
    parts: list[Part] = []
    known = list(earlier)
    for file in found.paths:
        lines, source = _lines(file), source_name(file, found.root, name)
        of_list = [part for part in known if part.kind == "urls" and list_of(part) == source]
        parts += whole_parts(of_list, lines, texts_of)
        parts += _new_parts(source, file, lines, part_urls)
    if not parts:
        raise StartError(f"{path}: nothing found; looked for lines with a URL")
    return parts


def _new_parts(source: str, file: str, lines: Mapping[str, int], part_urls: int) -> Iterator[Part]:
    lanes: dict[int, list[tuple[int, str]]] = defaultdict(list)
    number_of_lanes = -(-len(lines) // part_urls)
    for text, number in lines.items():
        host = hashlib.sha256(_host_of(text).encode()).digest()
        lanes[int.from_bytes(host[:4], "big") % number_of_lanes].append((number, text))
    for lane, urls in sorted(lanes.items()):
        for start in range(0, len(urls), part_urls):
            yield _part(source, file, tuple(urls[start : start + part_urls]), f"{source} {lane} of {number_of_lanes}")


def _host_of(text: str) -> str:
    try:
        return parse_url(text).raw_host or ""
    except FetchError:
        return ""


def first_urls(part: Part, number: int) -> Part:
    """A part of the first URLs of a part. It stays as it is when the rest of the list is fetched later."""
    return _part(list_of(part), part.paths[0], part.urls[:number], part.lane)


def _part(source: str, file: str, urls: tuple[tuple[int, str], ...], lane: str) -> Part:
    digest = hashlib.sha256("\n".join(text for _, text in urls).encode()).hexdigest()[:16]
    return Part("urls", f"{source}:{digest}", (file,), digest, urls=urls, lane=lane)


def list_of(part: Part) -> str:
    """The list that a part is of, without what tells its parts apart."""
    return part.source.rpartition(":")[0]


def texts_of(part: Part) -> list[str]:
    return [text for _, text in part.urls]


def fetch_pages(
    part: Part, settings: ClientSettings, journal: Journal, out: BinaryIO, path: str
) -> Iterator[tuple[Fetched, Facts]]:
    """Fetches the URLs of a part and writes what came as records of an archive into `out`.

    One item per line, with how its transfer went: in the order of the list, whatever finished first, but what a retry
    brought stands behind what was there before. A ConsentError where the site says no. A Record's URL is the one
    that answered after redirects, and several lines may lead to one; its position is made of the line's text,
    since lines move. journal: holds what came so far. path: where `out` will be found afterwards. Raises OutageError.
    """
    fetch_missing([url for _, url in part.urls], shared_fetcher(settings), journal, _keep)
    stored = _Stored(list_of(part), settings, out, path)
    # Stable, and so in the order of the list within a round: pages that were there keep their place.
    for line, url in sorted(part.urls, key=lambda item: journal.round(item[1])):
        facts, body = journal.read(url)
        yield stored.item(line, url, facts, body), facts["transfer"]


def _keep(transfer: Transfer) -> tuple[Facts, bytes]:
    answer = transfer.answer
    if isinstance(answer, FetchError):
        return {"refused": isinstance(answer, ConsentError), "code": answer.code, "detail": answer.detail}, b""
    kind, mime = kind_of(answer.content_type, lambda: answer.body[:SNIFF_BYTES])
    if kind is None:
        return {"skipped": "not_html"}, b""
    fetched_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = {"kind": kind, "mime": mime, "fetched_at": fetched_at, "url": answer.final_url}
    return found | {"status": answer.status, "headers": answer.headers}, answer.body


class _Stored:
    """The archive of a part; there is none before the first page. path: where it will be found."""

    def __init__(self, source: str, settings: ClientSettings, out: BinaryIO, path: str) -> None:
        self._source = source
        self._settings = settings
        self._out = out
        self._path = path
        self._warc: WarcOutput | None = None

    def item(self, line: int, url: str, facts: Facts, body: bytes) -> Fetched:
        if "skipped" in facts:
            return Skipped(facts["skipped"])
        if "code" in facts:
            if facts["refused"]:
                return ConsentError(facts["code"], url, facts["detail"])
            return Failure("load", facts["code"], f"{self._source} line {line}: {facts['detail']}", url)
        asked = list(request_headers(self._settings).items())
        date, headers = facts["fetched_at"], [(name, value) for name, value in facts["headers"]]
        exchange = Exchange(facts["url"], date, asked, facts["status"], headers, body)
        if self._warc is None:
            self._warc = WarcOutput(self._out, os.path.basename(self._path), date, self._settings.contact)
        offset, length = self._warc.response(exchange)
        return Record(
            facts["kind"], facts["url"], self._source, position_of(url), self._path, offset, length, facts["mime"], date
        )


def position_of(text: str) -> int:
    """Names a line by what it says: negative, so that it is not taken for an offset."""
    return -1 - int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def _lines(file: str) -> dict[str, int]:
    """The number of the line on which each text stands first, in the order of the list."""
    lines: dict[str, int] = {}
    with io.TextIOWrapper(open_input(file), encoding="utf-8-sig", errors="replace") as texts:
        for number, line in enumerate(texts, start=1):
            text = line.strip()
            if "\0" in text:
                raise StartError(f"{file}: line {number} is no text; a list has one URL a line")
            if text and not text.startswith("#"):
                lines.setdefault(text, number)
    return lines
