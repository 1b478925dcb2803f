"""Keys under which two pages count as the same: their URL, and their text."""

from __future__ import annotations

import hashlib
import re
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
    words = _SPACE.sub(" ", " ".join(segment.text for segment in document.texts)).strip().casefold()
    return hashlib.sha256(words.encode()).hexdigest()[:32] if words else ""
