"""One page as a person names it: a file, standard input or a URL; compressed by gzip or not."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass

from corpusflow.errors import SourceError
from corpusflow.sources.html_files import file_url
from corpusflow.sources.http_body import decode_body
from corpusflow.sources.media_type import SNIFF_BYTES, bare_type, kind_of
from corpusflow.store.address import read_head

STDIN = "-"
# Stands for the place of a file whose URL is not known. The name leads nowhere by its standard: RFC 6761.
STAND_IN = "https://page.invalid/"
MAX_BYTES = 20_000_000  # of a page, as stored and as decompressed

_WEB_URL = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)
_GZIP = b"\x1f\x8b"  # no text begins with it


@dataclass(frozen=True, slots=True)
class SinglePage:
    """source: as it was named, less bytes that are no text. url: where the page stands; after redirects where it was
    fetched. content_type: the HTTP header, None where there is none."""

    source: str
    url: str
    body: bytes
    content_type: str | None = None


def is_web_url(name: str) -> bool:
    return _WEB_URL.match(name) is not None


def open_page(name: str, url: str | None = None, *, allow_loopback: bool = False) -> SinglePage:
    """The page of a name: an http(s) URL, a path, or `-` for standard input.

    url: of a page that is not fetched; None stands for its path below STAND_IN. Raises FetchError as `fetch` does,
    and SourceError: file_unreadable, too_large, gzip_broken, not_html (an answer of another type).
    """
    if is_web_url(name):
        return _fetched(name, allow_loopback)
    return SinglePage(
        source=os.fsencode(name).decode("utf-8", "replace"),
        url=url or (STAND_IN if name == STDIN else file_url(name, "", STAND_IN)),
        body=_plain(name, _stored(name)),
    )


def _stored(name: str) -> bytes:
    try:
        if name == STDIN:
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        return read_head(name, MAX_BYTES + 1)
    except OSError as error:
        raise SourceError("file_unreadable", name, error.strerror or str(error)) from error


def _plain(name: str, stored: bytes) -> bytes:
    if len(stored) > MAX_BYTES:
        raise SourceError("too_large", name, f"more than {MAX_BYTES} bytes")
    if not stored.startswith(_GZIP):
        return stored
    try:
        body, notes = decode_body(stored, "", "gzip", MAX_BYTES)
    except SourceError as error:
        raise SourceError("too_large", name, f"decompressed {error.detail}") from error
    if notes:
        raise SourceError("gzip_broken", name, f"breaks off after {len(body)} bytes")
    return body


def _fetched(url: str, allow_loopback: bool) -> SinglePage:
    # Imported where it is used: the client takes longer to import than a page takes to read.
    from corpusflow.fetch.client import ClientSettings
    from corpusflow.fetch.fetcher import fetch_one

    answer = fetch_one(url, ClientSettings(max_bytes=MAX_BYTES, allow_loopback=allow_loopback))
    kind, _ = kind_of(answer.content_type, lambda: answer.body[:SNIFF_BYTES])
    if kind != "page":
        raise SourceError("not_html", url, bare_type(answer.content_type) or "no type is declared")
    return SinglePage(url, answer.final_url, answer.body, answer.content_type)
