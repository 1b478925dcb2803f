"""What a record is by its declared type, or by its first bytes where nothing useful is declared."""

from __future__ import annotations

import re
from collections.abc import Callable

from corpusflow.sources.page import RecordKind

SNIFF_BYTES = 1024

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_MARKUP = re.compile(rb"\s*+(?>(?:<!--.*?-->|<\?xml[^>]*>)\s*+)*+<(?:!doctype\s+html|html|head|body)[\s>]", re.I | re.S)
_IMAGE_MAGIC = (
    ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("image/gif", re.compile(rb"GIF8[79]a")),
    ("image/webp", re.compile(rb"RIFF....WEBP", re.S)),
    ("image/avif", re.compile(rb"....ftypavi[fs]", re.S)),
)


def bare_type(declared: str | None) -> str:
    """The type less its parameters, lower case; empty where none is declared."""
    return (declared or "").partition(";")[0].strip().lower()


def kind_of(declared: str | None, head: Callable[[], bytes]) -> tuple[RecordKind | None, str]:
    """Page, resource (an image) or None for neither, and the MIME type.

    head: gives the first SNIFF_BYTES of the body; asked only where the declared type is missing or
    `application/octet-stream`.
    """
    mime = bare_type(declared)
    if mime == "":
        mime = sniff_image(first := head()) or ("text/html" if looks_like_html(first) else "")
    elif mime == "application/octet-stream":
        mime = sniff_image(head()) or mime
    if mime in _HTML_TYPES:
        return "page", mime
    return ("resource" if mime.startswith("image/") else None), mime


def looks_like_html(head: bytes) -> bool:
    return _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def sniff_image(head: bytes) -> str:
    """The MIME type that the first bytes give away; empty where they are no image of a known format."""
    return next((mime for mime, magic in _IMAGE_MAGIC if magic.match(head)), "")
