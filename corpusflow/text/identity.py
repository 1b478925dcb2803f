"""Keys under which two pages, or parts of pages, count as the same: URL, text, a paragraph of a host, the images."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from corpusflow.document import Document

_SPACE = re.compile(r"\s+")


def url_key(url: str) -> str:
    """The URL without scheme, `www.`, fragment and trailing slash, the host in lower case: archives and pages often
    differ in these and mean one thing."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.") + (f":{parts.port}" if parts.port else "")
    except ValueError:  # not a URL that can be split: only itself is the same
        return url
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"


def text_key(document: Document) -> str:
    """Digest of all text, white space and case apart; empty for a document without text, which is like no other."""
    words = plain(" ".join(segment.text for segment in document.texts))
    return hashlib.sha256(words.encode()).hexdigest()[:32] if words else ""


def plain(text: str) -> str:
    """The text with white space and case apart."""
    return _SPACE.sub(" ", text).strip().casefold()


def paragraph_key(url: str, text: str) -> str:
    """Digest of a paragraph and of the host of its page, 24 hex digits: the same paragraph elsewhere has another."""
    host = url_key(url).partition("/")[0].partition("?")[0]
    return hashlib.sha256(f"{host}\n{plain(text)}".encode("utf-8", "surrogatepass")).hexdigest()[:24]


def images_key(urls: Iterable[str]) -> str:
    """Digest of a set of images by the keys of their URLs; empty for none, which is like no other."""
    keys = sorted({url_key(url) for url in urls})
    return hashlib.sha256("\n".join(keys).encode("utf-8", "surrogatepass")).hexdigest()[:32] if keys else ""
