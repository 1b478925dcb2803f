"""Sitemaps (https://www.sitemaps.org/protocol.html): the pages that a site lists, and further lists of them."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from xml.parsers import expat

from corpusflow.errors import SourceError

MAX_BYTES = 50 * 2**20  # of a sitemap, decompressed; this and the next are of the protocol
MAX_ENTRIES = 50_000
MAX_LOCATION = 2_048  # characters; the protocol's limit

_GZIP = b"\x1f\x8b"
_ROOT = re.compile(rb"<(?:[a-z]+:)?(?:urlset|sitemapindex)[\s>]")
_HEAD = 4_096  # bytes in which the first element stands
_ROBOTS_LINE = re.compile(rb"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The locations, as they are written: of pages, and of other sitemaps."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def looks_like_sitemap(body: bytes) -> bool:
    """Whether a body, perhaps gzipped, is a sitemap or an index of them in XML."""
    if body.startswith(_GZIP):
        body = _unzipped_head(body)
    return _ROOT.search(body[:_HEAD]) is not None


def read_sitemap(body: bytes, what: str) -> Sitemap:
    """The entries of a sitemap or index in XML, or of a list of URLs in plain text; gzipped or not.

    No more than MAX_ENTRIES. Raises SourceError: `sitemap_too_large`, `sitemap_broken` (not XML, or XML with a
    document type, in which entities can be declared that grow without bound or name files).
    """
    body = _unzipped(body, what)
    if len(body) > MAX_BYTES:
        raise SourceError("sitemap_too_large", what, f"{len(body)} bytes, limit {MAX_BYTES}")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"http://", b"https://")):
        lines = body.decode("utf-8-sig", "replace").split()
        return Sitemap(tuple(line for line in lines if len(line) <= MAX_LOCATION)[:MAX_ENTRIES])
    found = _Locations()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, _DoctypeError, LookupError, ValueError) as error:  # the last two: its encoding is none
        raise SourceError("sitemap_broken", what, str(error)) from error
    return Sitemap(tuple(found.pages), tuple(found.sitemaps))


def sitemaps_of_robots(body: bytes) -> tuple[str, ...]:
    """What the `Sitemap:` lines of a robots.txt name."""
    return tuple(found[1].decode("utf-8", "replace") for found in _ROBOTS_LINE.finditer(body))


class _DoctypeError(Exception):
    """The XML declares a document type."""


def _refuse_doctype(*_: object) -> None:
    raise _DoctypeError("it has a document type, which a sitemap does not need")


@dataclass
class _Locations:
    """Collects the <loc> right below <url> and <sitemap>; those of pictures and videos lie deeper."""

    pages: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)
    _text: str = ""

    def start(self, name: str, _: object) -> None:
        self._path.append(name.rpartition(" ")[2])
        self._text = ""

    def text(self, text: str) -> None:
        if self._path[-1] == "loc" and len(self._text) <= MAX_LOCATION:
            self._text += text

    def end(self, _: str) -> None:
        place = self._path[-2:]
        self._path.pop()
        location = self._text.strip()
        if not location or len(location) > MAX_LOCATION:
            return
        if place == ["url", "loc"] and len(self.pages) < MAX_ENTRIES:
            self.pages.append(location)
        elif place == ["sitemap", "loc"] and len(self.sitemaps) < MAX_ENTRIES:
            self.sitemaps.append(location)


def _unzipped_head(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(body, _HEAD)
    except zlib.error:
        return b""


def _unzipped(body: bytes, what: str) -> bytes:
    if not body.startswith(_GZIP):
        return body
    decoder = zlib.decompressobj(31)
    try:
        unzipped = decoder.decompress(body, MAX_BYTES + 1)
    except zlib.error as error:
        raise SourceError("sitemap_broken", what, str(error)) from error
    if len(unzipped) <= MAX_BYTES and not decoder.eof:
        raise SourceError("sitemap_broken", what, "the gzip stream breaks off")
    return unzipped
